import type { FieldShape, ObjectShape, Shape, Variables } from "./shape.ts";

/** An object out of JSON. */
export type Row = Record<string, unknown>;

/** One pass over a row: where it stands, and what it found wrong. */
export interface Reading {
  readonly variables: Variables;
  /** From the row to the value being read; changes while reading. */
  readonly path: (string | number)[];
  /** What did not fit. `reason` is for the log: it names types and fields, never a value. */
  readonly faults: { readonly path: readonly (string | number)[]; readonly reason: string }[];
  /** Grows with the keys of the people whose rows are read. */
  readonly people: Set<string>;
}

/**
 * Copies out of an object of an answer exactly the fields that were asked for, checked against the
 * source's schema. What does not fit becomes null and a fault. A null stays where it is found even
 * where the schema allows none: the answer to the client carries it up as far as its own schema says.
 *
 * A copy, because the executor writes into what it is given, and because a source that answers more
 * than it was asked must not reach fields of others.
 */
export function readFields(fields: readonly FieldShape[], value: Row, reading: Reading): Row {
  const row: Row = {};
  for (const { key, shape, guard, namesPerson } of fields) {
    if (guard && !guard(reading.variables)) continue;
    reading.path.push(key);
    const read = readValue(shape, ownValue(value, key), reading);
    if (namesPerson && typeof read === "string") reading.people.add(read);
    setValue(row, key, read);
    reading.path.pop();
  }
  return row;
}

/** Reads the value of a field or of a list's place. */
export function readValue(shape: Shape, value: unknown, reading: Reading): unknown {
  if (shape.kind === "typename") {
    if (value !== shape.type) fault(reading, `another type than ${shape.type}`);
    return shape.type;
  }
  if (value === null)
    return shape.nullable ? null : fault(reading, "null where the schema allows none");
  if (value === undefined) return fault(reading, "the field is missing");
  switch (shape.kind) {
    case "leaf":
      return shape.fits(value)
        ? ownCopy(value)
        : fault(reading, `expected ${shape.type}, got ${kindOf(value)}`);
    case "list":
      return Array.isArray(value)
        ? readList(shape.item, value, reading)
        : fault(reading, `expected a list, got ${kindOf(value)}`);
    case "object":
      return isRow(value)
        ? readObject(shape.object, value, reading)
        : fault(reading, `expected ${shape.object.type}, got ${kindOf(value)}`);
  }
}

/** A scalar of a source's own may be an object, and the executor writes into objects. */
function ownCopy(value: unknown): unknown {
  return typeof value === "object" ? structuredClone(value) : value;
}

function readList(item: Shape, values: readonly unknown[], reading: Reading): unknown[] {
  return values.map((value, index) => {
    reading.path.push(index);
    const read = readValue(item, value, reading);
    reading.path.pop();
    return read;
  });
}

/** Reads an object of a type that may be abstract; then its own `__typename` decides. */
function readObject(object: ObjectShape, value: Row, reading: Reading): Row | null {
  const type = object.abstract ? ownValue(value, "__typename") : object.type;
  const fields = typeof type === "string" ? object.fieldsFor(type) : undefined;
  return fields === undefined
    ? fault(reading, `expected ${object.type}, got an object of no such type`)
    : readFields(fields, value, reading);
}

function fault(reading: Reading, reason: string): null {
  reading.faults.push({ path: [...reading.path], reason });
  return null;
}

/** Whether a value of JSON is an object. */
export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A property of its own: JSON may lack `constructor`, and no prototype may answer for it. */
export function ownValue(row: Row, key: string): unknown {
  return Object.hasOwn(row, key) ? row[key] : undefined;
}

/** Sets a property of its own, `__proto__` too, which GraphQL allows as an alias. */
export function setValue(row: Row, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(row, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else row[key] = value;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : typeof value;
}
