import { bearsKey } from "./key-check.ts";
import type { KeyCheck } from "./key-check.ts";
import { markLoss } from "./loss.ts";
import type { Describe, LossCode, LossRecord, LostField, Path, Told } from "./loss.ts";
import { lostRow, nullsIn } from "./outage-answer.ts";
import { isRow, ownValue, readFields } from "./read-row.ts";
import type { Row } from "./read-row.ts";
import type { ObjectShape, Variables } from "./shape.ts";
import type { SourceError } from "./source-errors.ts";

/** One row that a call asks for: an entity by its representation, or a look-up's row by its key. */
export interface AskedRow {
  /** Type by which it is asked. */
  readonly type: string;
  /** What is known of it: the representation, or the key. */
  readonly known: Row;
  /** How it shows whose it is; undefined where it cannot. */
  readonly check: KeyCheck | undefined;
}

/** What a source says about a row. `none`: its register knows nobody of that key. */
export type RowAnswer =
  | { readonly kind: "row"; readonly value: Row; readonly errors: readonly RowError[] }
  | { readonly kind: "none" }
  | ({ readonly kind: "lost" } & Failure);

/** Why there is no answer. */
export interface Failure {
  readonly code: LossCode;
  /** For the log; undefined where there is nothing to be said of the source. */
  readonly reason: string | undefined;
  /** What the client is told of it beside its code, where anything is known. */
  readonly told?: Told;
}

/** A source's error about a row; `path` starts at the row, undefined where it names no place. */
export interface RowError {
  readonly path: Path | undefined;
  readonly code: LossCode;
}

/**
 * Puts the rows of an answer beside what was asked. A row counts only where it stands at its place and
 * bears its key: a source that mixes rows up has mixed up people, so they are refused and never put
 * in order. A null counts as "nobody" only from a source that may say so, and only in an answer whose
 * other rows all stand where they belong.
 *
 * @param got what stood where the list of rows should be
 * @param errors the source's errors, by place
 * @param mayDeny whether the source may say that there is nobody of that key
 */
export function placeRows(
  asked: readonly AskedRow[],
  got: unknown,
  errors: (place: number) => readonly RowError[],
  mayDeny: (row: AskedRow) => boolean,
): RowAnswer[] {
  if (!Array.isArray(got))
    return asked.map((_, place) => lost(errors(place), "no list where the rows should be"));
  const rows: readonly unknown[] = got;
  const foreign = asked.map(({ check, known }, place) => {
    const row = rows[place];
    return check !== undefined && isRow(row) && !bearsKey(check, known, row);
  });
  const lengthFits = rows.length === asked.length;
  const inOrder = lengthFits && !foreign.includes(true);
  return asked.map((row, place): RowAnswer => {
    const value = rows[place];
    const rowErrors = errors(place);
    if (value === undefined) return lost(rowErrors, "fewer rows than were asked for");
    if (foreign[place]) return lost(rowErrors, "the row bears another key than it was asked by");
    if (value === null) {
      if (rowErrors.length > 0) return lost(rowErrors, "the row is an error");
      if (!inOrder) return lost([], "null in an answer whose rows are out of place");
      return mayDeny(row) ? { kind: "none" } : lost([], "null from a source that must give a row");
    }
    if (!isRow(value)) return lost(rowErrors, `expected a row, got ${typeof value}`);
    if (!lengthFits && row.check === undefined)
      return lost(rowErrors, "another number of rows than was asked for");
    return { kind: "row", value, errors: rowErrors };
  });
}

function lost(errors: readonly RowError[], reason: string): RowAnswer {
  return { kind: "lost", code: errors[0]?.code ?? "SOURCE_ERROR", reason };
}

/** What writing rows into the answer needs. */
export interface RowWriting {
  readonly shape: ObjectShape;
  readonly variables: Variables;
  readonly record: LossRecord;
  readonly near: Path;
  /** Grows with the keys of the people whose rows are read. */
  readonly people: Set<string>;
  readonly describe: Describe;
  /** Called with what did not fit, for the log. */
  readonly onFault: (reason: string) => void;
}

/**
 * Makes the row that the executor gets: fresh at each call, since the executor writes into it, and
 * marked where it lost something. "Nobody" is a row too, all null and nothing lost.
 */
export function writeRow(asked: AskedRow, answer: RowAnswer, writing: RowWriting): Row {
  const { shape, variables, record, near, people, describe } = writing;
  if (answer.kind !== "row") {
    const loss =
      answer.kind === "lost" ? describe(answer.code, answer.told) : describe("SOURCE_ERROR");
    const fields = shape.fieldsFor(asked.type) ?? [];
    const written = lostRow(fields, asked.type, asked.known, loss, variables);
    if (answer.kind === "lost")
      markLoss(written.row, { fields: written.fields, whole: loss, near }, record);
    return written.row;
  }
  const type = rowType(asked, answer.value, shape);
  const fields = type === undefined ? undefined : shape.fieldsFor(type);
  if (fields === undefined)
    return writeRow(
      asked,
      lost(answer.errors, "a row of another type than was asked for"),
      writing,
    );
  const faults: { path: Path; reason: string }[] = [];
  const row = readFields(fields, answer.value, { variables, path: [], faults, people });
  const losses: LostField[] = [];
  for (const { path, code } of answer.errors)
    for (const at of placesOf(path, row)) losses.push({ path: at, loss: describe(code) });
  for (const { path, reason } of faults) {
    writing.onFault(`${path.join(".")}: ${reason}`);
    losses.push({ path, loss: describe("SOURCE_ERROR") });
  }
  if (losses.length > 0) markLoss(row, { fields: losses, whole: null, near }, record);
  return row;
}

/** The type by which a row is read: as asked, or where that has several, as the row says. */
function rowType({ type }: AskedRow, row: Row, shape: ObjectShape): string | undefined {
  const said = ownValue(row, "__typename");
  if (shape.fieldsFor(type) === undefined) return typeof said === "string" ? said : undefined;
  return said === undefined || said === type ? type : undefined;
}

/**
 * The nulls of a row that an error explains: the one on its path, or where its path leads to none (or
 * it has no path), every null of the row, since any of them may be what it is about.
 */
export function placesOf(path: Path | undefined, row: Row): Path[] {
  const at = path && nullOn(path, row);
  return at ? [at] : nullsIn(row);
}

function nullOn(path: Path, row: Row): Path | undefined {
  let value: unknown = row;
  for (const [depth, key] of path.entries()) {
    if (value === null) return path.slice(0, depth);
    value = typeof value === "object" ? ownValue(value as Row, String(key)) : undefined;
  }
  return value === null ? path : undefined;
}

/** Errors under a list of rows, by place; those that name no place stand at every one. */
export function errorsByPlace(
  errors: readonly SourceError[],
  key: string,
): (place: number) => readonly RowError[] {
  if (errors.length === 0) return () => none;
  const everywhere: RowError[] = [];
  const placed = new Map<number, RowError[]>();
  for (const { path, code } of errors) {
    if (path !== undefined && path[0] !== key) continue;
    const place = path?.[1];
    if (typeof place !== "number") everywhere.push({ path: undefined, code });
    else placed.set(place, [...(placed.get(place) ?? []), { path: path?.slice(2), code }]);
  }
  return (place) => [...(placed.get(place) ?? []), ...everywhere];
}

const none: readonly RowError[] = [];
