import { markLoss } from "./loss.ts";
import type { Describe, LossCode, LossRecord, LostField, Path, Told } from "./loss.ts";
import type { AskedLookup, EntityOperation, RootOperation } from "./operation.ts";
import { lostInside } from "./outage-answer.ts";
import { isRow, ownValue, readValue, setValue } from "./read-row.ts";
import type { Row } from "./read-row.ts";
import { errorsByPlace, placeRows, placesOf, writeRow } from "./read-rows.ts";
import type { AskedRow, Failure, RowAnswer, RowError } from "./read-rows.ts";
import { objectOf } from "./root-operation.ts";
import type { FieldShape, Variables } from "./shape.ts";
import type { SourceError } from "./source-errors.ts";

/** An answer to an operation on `Query` or `Mutation`; `failure` where there is none. */
export interface RootAnswer {
  readonly data: unknown;
  readonly errors: readonly SourceError[];
  readonly failure: Failure | null;
}

/** What writing root fields into the answer needs. */
export interface RootWriting {
  readonly variables: Variables;
  readonly record: LossRecord;
  readonly near: Path;
  /** Grows with the keys of the people whose rows are read. */
  readonly people: Set<string>;
  readonly describe: Describe;
  readonly onFault: (reason: string) => void;
}

/** A look-up of an operation, and the rows that it asks for. */
export interface RowsOfLookup {
  readonly field: FieldShape;
  readonly lookup: AskedLookup;
  readonly rows: readonly AskedRow[];
}

/** What an operation asks for by these variables. */
export interface RootQuestion {
  /** Look-ups that are asked as questions about entities. */
  readonly joined: readonly (RowsOfLookup & { readonly operation: EntityOperation })[];
  /** Keys and root fields that the operation's own text asks for. */
  readonly records: number;
}

/** Sorts out what an operation asks for by these variables. */
export function gatherLookups({ fields }: RootOperation, variables: Variables): RootQuestion {
  const joined: RootQuestion["joined"][number][] = [];
  let records = 0;
  for (const { field, lookup } of fields) {
    if (field.guard && !field.guard(variables)) continue;
    const rows = lookup ? askedRows(lookup, variables) : [];
    if (lookup?.joined) joined.push({ field, lookup, rows, operation: lookup.joined });
    // Without a key it is asked too: what that means is for the source to say.
    else records += Math.max(1, rows.length);
  }
  return { joined, records };
}

/**
 * Writes the data of an operation on a root. A look-up that got no row still gives one, which holds the
 * key that was asked by, so that other sources can be asked about it; any other field that got no
 * value is null.
 *
 * @param answer to the operation's own text
 * @param rows the answers to joined look-ups, by response key
 */
export function writeRoot(
  operation: RootOperation,
  answer: RootAnswer,
  rows: ReadonlyMap<string, readonly RowAnswer[]>,
  writing: RootWriting,
): Row {
  const data: Row = {};
  const got = isRow(answer.data) ? answer.data : {};
  const losses: LostField[] = [];
  const plain: Row = {};
  for (const { field, lookup } of operation.fields) {
    if (field.guard && !field.guard(writing.variables)) continue;
    const asked = lookup ? askedRows(lookup, writing.variables) : [];
    const rowsAsked = lookup !== undefined && (asked.length > 0 || lookup.joined !== undefined);
    const value = rowsAsked
      ? writeLookup(
          { field, lookup, rows: asked },
          rows.get(field.key) ?? readLookup({ field, lookup, rows: asked }, got, answer, writing),
          writing,
          losses,
        )
      : writePlain(field, got, answer, writing, losses);
    if (value === undefined) continue;
    setValue(data, field.key, value);
    if (!rowsAsked) setValue(plain, field.key, value);
  }
  const plainKeys = new Set(Object.keys(plain));
  for (const { path, code } of answer.errors)
    if (path === undefined || plainKeys.has(String(path[0])))
      for (const at of placesOf(path, plain))
        losses.push({ path: at, loss: writing.describe(code) });
  if (losses.length > 0)
    markLoss(data, { fields: losses, whole: null, near: writing.near }, writing.record);
  return data;
}

/** Reads a field that is no look-up; undefined where it is to be absent (see `lostInside`). */
function writePlain(
  field: FieldShape,
  got: Row,
  { data, errors, failure }: RootAnswer,
  { variables, people, describe, onFault }: RootWriting,
  losses: LostField[],
): unknown {
  const lose = (code: LossCode, path: Path = [field.key], told?: Told): null | undefined => {
    const inside = field.shared && path.length === 1 && field.shape.kind === "object";
    const paths = inside ? lostInside(field.key, objectOf(field.shape)) : [path];
    for (const lost of paths) losses.push({ path: lost, loss: describe(code, told) });
    return inside ? undefined : null;
  };
  if (failure) return lose(failure.code, undefined, failure.told);
  if (!isRow(data)) return lose(errors[0]?.code ?? "SOURCE_ERROR");
  const faults: { path: Path; reason: string }[] = [];
  const value = readValue(field.shape, ownValue(got, field.key), {
    variables,
    path: [field.key],
    faults,
    people,
  });
  for (const { path, reason } of faults) {
    // Null where none is allowed, from a source that says why: its error tells more than the fault.
    if (errors.some((error) => error.path?.[0] === field.key)) continue;
    onFault(`${path.join(".")}: ${reason}`);
    lose("SOURCE_ERROR", path);
  }
  return value;
}

/** Reads the rows of a look-up that was not joined. */
function readLookup(
  { field, lookup: { lookup }, rows }: RowsOfLookup,
  got: Row,
  { data, errors, failure }: RootAnswer,
  { onFault }: RootWriting,
): readonly RowAnswer[] {
  if (failure) return rows.map((): RowAnswer => ({ kind: "lost", ...failure }));
  const value = ownValue(got, field.key);
  const byPlace = lookup.list ? errorsByPlace(errors, field.key) : errorsOfOne(errors, field.key);
  const answers = placeRows(
    rows,
    lookup.list || !isRow(data) ? value : [value],
    byPlace,
    () => true,
  );
  for (const answer of answers)
    if (answer.kind === "lost" && answer.reason !== undefined) onFault(answer.reason);
  return answers;
}

/** Writes a look-up's row, or list of rows. */
function writeLookup(
  { field, lookup: { lookup }, rows: asked }: RowsOfLookup,
  answers: readonly RowAnswer[],
  writing: RootWriting,
  losses: LostField[],
): unknown {
  const { list } = lookup;
  const shape = objectOf(field.shape);
  const rows = asked.map((row, place) => {
    const answer = answers[place];
    if (answer === undefined || answer.kind === "none") return null;
    if (answer.kind === "lost" && answer.code === "BAD_USER_INPUT") {
      // What was asked is wrong; nobody else need be asked about it.
      const path = list ? [field.key, place] : [field.key];
      losses.push({ path, loss: writing.describe(answer.code) });
      return null;
    }
    return writeRow(row, answer, { ...writing, shape });
  });
  return list ? rows : (rows[0] ?? null);
}

function errorsOfOne(errors: readonly SourceError[], key: string): () => readonly RowError[] {
  const own = errors
    .filter(({ path }) => path === undefined || path[0] === key)
    .map(({ path, code }) => ({ path: path?.slice(1), code }));
  return () => own;
}

/** The rows that a look-up asks for; none where its argument is null. */
function askedRows(
  { lookup: { type, key }, check, argument }: AskedLookup,
  variables: Variables,
): AskedRow[] {
  const value = argument(variables);
  if (value === null || value === undefined) return [];
  const keys: readonly unknown[] = Array.isArray(value) ? value : [value];
  return keys.map((each) => ({ type, known: { __typename: type, [key]: each }, check }));
}
