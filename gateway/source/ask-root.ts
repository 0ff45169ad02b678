import { errorsByPlace } from "./ask-entities.ts";
import { markLoss } from "./loss.ts";
import type { Loss, LossCode, LossRecord, LostField, Path } from "./loss.ts";
import type { AskedLookup, RootOperation } from "./operation.ts";
import { lostInside } from "./outage-answer.ts";
import { isRow, ownValue, readValue, setValue } from "./read-row.ts";
import type { Row } from "./read-row.ts";
import { placeRows, placesOf, writeRow } from "./read-rows.ts";
import type { AskedRow, Failure, RowAnswer, RowError } from "./read-rows.ts";
import type { FieldShape, ObjectShape, Shape, Variables } from "./shape.ts";
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
  readonly describe: (code: LossCode) => Loss;
  readonly onFault: (reason: string) => void;
}

/** Keys and root fields that an operation asks for. */
export function countRecords({ fields }: RootOperation, variables: Variables): number {
  let count = 0;
  for (const { field, lookup } of fields)
    if (!field.guard || field.guard(variables))
      count += lookup ? askedKeys(lookup, variables).length : 1;
  return count;
}

/**
 * Writes the data of an operation on a root. A look-up that got no row still gives one, which holds the
 * key that was asked by, so that other sources can be asked about it; any other field that got no
 * value is null.
 */
export function writeRoot(operation: RootOperation, answer: RootAnswer, writing: RootWriting): Row {
  const data: Row = {};
  const got = isRow(answer.data) ? answer.data : {};
  const losses: LostField[] = [];
  const plain: Row = {};
  for (const { field, lookup } of operation.fields) {
    if (field.guard && !field.guard(writing.variables)) continue;
    const keys = lookup ? askedKeys(lookup, writing.variables) : [];
    const value =
      lookup && keys.length > 0
        ? writeLookup(field, lookup, keys, got, answer, writing, losses)
        : writePlain(field, got, answer, writing, losses);
    if (value === undefined) continue;
    setValue(data, field.key, value);
    if (!lookup) setValue(plain, field.key, value);
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
  { variables, describe, onFault }: RootWriting,
  losses: LostField[],
): unknown {
  const lose = (code: LossCode, path: Path = [field.key]): null | undefined => {
    const inside = field.shared && path.length === 1 && field.shape.kind === "object";
    const paths = inside ? lostInside(field.key, objectOf(field.shape)) : [path];
    for (const lost of paths) losses.push({ path: lost, loss: describe(code) });
    return inside ? undefined : null;
  };
  if (failure) return lose(failure.code);
  if (!isRow(data)) return lose(errors[0]?.code ?? "SOURCE_ERROR");
  const faults: { path: Path; reason: string }[] = [];
  const value = readValue(field.shape, ownValue(got, field.key), {
    variables,
    path: [field.key],
    faults,
  });
  for (const { path, reason } of faults) {
    // Null where none is allowed, from a source that says why: its error tells more than the fault.
    if (errors.some((error) => error.path?.[0] === field.key)) continue;
    onFault(`${path.join(".")}: ${reason}`);
    lose("SOURCE_ERROR", path);
  }
  return value;
}

/** Reads a look-up's row, or list of rows. */
function writeLookup(
  field: FieldShape,
  lookup: AskedLookup,
  keys: readonly unknown[],
  got: Row,
  { data, errors, failure }: RootAnswer,
  writing: RootWriting,
  losses: LostField[],
): unknown {
  const { list, type, key } = lookup.lookup;
  const shape = objectOf(field.shape);
  const asked = keys.map((value): AskedRow => ({
    type,
    known: { [key]: value },
    check: lookup.check,
  }));
  const value = ownValue(got, field.key);
  const byPlace = list ? errorsByPlace(errors, field.key) : errorsOfOne(errors, field.key);
  const answers = failure
    ? asked.map((): RowAnswer => ({ kind: "lost", ...failure }))
    : placeRows(asked, list || !isRow(data) ? value : [value], byPlace, () => true);
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
  return list ? rows : rows[0];
}

function errorsOfOne(errors: readonly SourceError[], key: string): () => readonly RowError[] {
  const own = errors
    .filter(({ path }) => path === undefined || path[0] === key)
    .map(({ path, code }) => ({ path: path?.slice(1), code }));
  return () => own;
}

/** The keys that a look-up asks by; none where its argument is null. */
function askedKeys(lookup: AskedLookup, variables: Variables): readonly unknown[] {
  const value = lookup.argument(variables);
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function objectOf(shape: Shape): ObjectShape {
  switch (shape.kind) {
    case "object":
      return shape.object;
    case "list":
      return objectOf(shape.item);
    case "leaf":
    case "typename":
      throw new Error("A look-up returns objects.");
  }
}
