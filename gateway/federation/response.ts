import type { GraphQLFormattedError } from "graphql";
import { lessFresh } from "../access.ts";
import type { SourceReport } from "../access.ts";
import type { Loss, LossRecord, Path, RowLoss } from "../source/loss.ts";
import { findMarks } from "./loss-places.ts";

/** An answer's data, as the executor composed it for the client. */
export type Data = Record<string, unknown> | null;

/** An error that stands in an answer. */
export interface LossError extends GraphQLFormattedError {
  readonly path?: Path;
}

/**
 * The errors of an answer: one for each field that a source was asked for and that is not known.
 *
 * Each loss is followed along its path in the data that the client gets. It stands where it ends at a
 * null, or at the null that stands above it; where the client did not select the field it has no place
 * and is dropped. A row of which nothing is known and that no error of its source tells of gets one
 * at its own path: other sources answered about somebody whom this one could not confirm.
 */
export function placeErrors(data: Data, record: LossRecord): LossError[] {
  if (record.rows.length === 0) return [];
  const places = findMarks(record);
  const errors = new Map<string, LossError>();
  const stand = (path: Path, loss: Loss, id: string) => {
    if (!errors.has(id)) errors.set(id, describe(path, loss));
  };
  const untold: { at: Path; loss: Loss }[] = [];
  for (const [number, row] of record.rows.entries()) {
    const at = places.get(number) ?? upToList(row.near);
    if (!standFields(data, at, row, stand) && row.whole) untold.push({ at, loss: row.whole });
  }
  const told = new Set(
    [...errors.values()].map(({ path, extensions }) =>
      rowId(path?.slice(0, -1) ?? [], extensions?.["source"]),
    ),
  );
  for (const { at, loss } of untold) {
    const path = selectedPart(data, at);
    const id = rowId(path, loss.source);
    if (!told.has(id)) stand(path, loss, id);
  }
  return [...errors.values()];
}

/** Names a source's share in the object at a path. */
function rowId(path: Path, source: unknown): string {
  return `${JSON.stringify(path)} ${String(source)}`;
}

/** Lets a row's lost fields stand; false where none has a place. */
function standFields(
  data: Data,
  at: Path,
  row: RowLoss,
  stand: (path: Path, loss: Loss, id: string) => void,
): boolean {
  let stood = false;
  for (const { path, loss } of row.fields) {
    const place = nullOn(data, [...at, ...path]);
    if (place === undefined) continue;
    stood = true;
    stand(place, loss, JSON.stringify(place));
  }
  return stood;
}

/** The path of the null on a path: at its end, or the first above it; undefined where there is none. */
function nullOn(data: Data, path: Path): Path | undefined {
  const real: (string | number)[] = [];
  let value: unknown = data;
  for (const key of path) {
    if (value === null) return real.length > 0 ? real : path.slice(0, 1);
    const own = ownKey(value, key);
    if (own === undefined) return undefined;
    real.push(own);
    value = (value as Record<string | number, unknown>)[own];
  }
  return value === null ? (real.length > 0 ? real : undefined) : undefined;
}

/** As much of a path as the client selected. */
export function selectedPart(data: Data, path: Path): Path {
  const real: (string | number)[] = [];
  let value: unknown = data;
  for (const key of path) {
    const own = value === null ? undefined : ownKey(value, key);
    if (own === undefined) break;
    real.push(own);
    value = (value as Record<string | number, unknown>)[own];
  }
  return real;
}

/**
 * Where an object has a key. The planner asks a source for `name__alias_0` where two fragments mean
 * different things by `name`; the client knows it as `name`.
 */
function ownKey(value: unknown, key: string | number): string | number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, key)) return key;
  const asked = typeof key === "string" ? /^(.+)__alias_\d+$/.exec(key)?.[1] : undefined;
  return asked !== undefined && Object.hasOwn(value, asked) ? asked : undefined;
}

/** The part of a fetch's path that names one place. */
function upToList(path: Path): Path {
  const list = path.indexOf("@");
  return list === -1 ? path : path.slice(0, list);
}

function describe(path: Path, { message, told, ...details }: Loss): LossError {
  const { code, source, retryAt, nextStep } = details;
  const extensions = { code, source, retryAt, nextStep, ...told };
  return path.length > 0 ? { message, path, extensions } : { message, extensions };
}

/**
 * Errors for nulls that the executor put up because the sources' answers do not fit the supergraph's
 * schema together (it reports them in `extensions.valueCompletion` alone), where no loss explains them.
 */
export function placeMisfits(
  data: Data,
  misfits: readonly Pick<GraphQLFormattedError, "path">[],
  placed: readonly LossError[],
): LossError[] {
  const taken = new Set(placed.map(({ path }) => JSON.stringify(path)));
  const errors: LossError[] = [];
  for (const { path } of misfits) {
    const place = path && nullOn(data, path);
    const id = JSON.stringify(place);
    if (place === undefined || taken.has(id)) continue;
    taken.add(id);
    errors.push({
      message: "The sources' answers do not fit together here, so this is not known.",
      path: place,
      extensions: {
        code: "SOURCE_ERROR",
        source: null,
        retryAt: null,
        nextStep: "Tell the gateway's operator the request id; the rest of the answer stands.",
      },
    });
  }
  return errors;
}

/** One report a source, over all its calls of a request: see `addReports`. */
export function sumReports(reports: readonly SourceReport[]): SourceReport[] {
  const sums = new Map<string, SourceReport>();
  for (const report of reports) {
    const sum = sums.get(report.name);
    sums.set(report.name, sum ? addReports(sum, report) : report);
  }
  return [...sums.values()];
}

/** Of what both show the least fresh, as of the oldest; what one of them lost is told by its errors. */
function addReports(a: SourceReport, b: SourceReport): SourceReport {
  const records = a.records + b.records;
  if (a.asOf === null) return { ...b, records };
  if (b.asOf === null) return { ...a, records };
  const asOf = a.asOf < b.asOf ? a.asOf : b.asOf;
  return { name: a.name, status: lessFresh(a.status, b.status), asOf, records };
}
