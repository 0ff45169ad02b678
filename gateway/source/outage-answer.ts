import type { Loss, LostField } from "./loss.ts";
import { isRow, ownValue, setValue } from "./read-row.ts";
import type { Row } from "./read-row.ts";
import type { FieldShape, ObjectShape, Variables } from "./shape.ts";

/**
 * The row that stands in for one that a source did not give: its type, what is known of it from
 * elsewhere, and everything else explicitly null. Never absent, and never a null row: the executor
 * would drop the citizen from every fetch that builds on this one.
 *
 * @param known the key that was asked by, or the representation
 */
export function lostRow(
  fields: readonly FieldShape[],
  type: string,
  known: Row,
  loss: Loss,
  variables: Variables,
): { row: Row; fields: LostField[] } {
  const row: Row = {};
  const lost: LostField[] = [];
  for (const { key, name, shape, guard, shared } of fields) {
    if (guard && !guard(variables)) continue;
    const value = ownValue(known, name);
    if (name === "__typename") setValue(row, key, type);
    else if (shape.kind === "object" && isRow(value)) {
      const inner = lostRow(
        fieldsOf(shape.object.fieldsFor(shape.object.type)),
        shape.object.type,
        value,
        loss,
        variables,
      );
      setValue(row, key, inner.row);
      for (const field of inner.fields) lost.push({ path: [key, ...field.path], loss });
    } else if (shape.kind === "leaf" && value !== undefined && value !== null)
      setValue(row, key, value);
    else if (shape.kind === "object" && shared) {
      for (const path of lostInside(key, shape.object)) lost.push({ path, loss });
    } else {
      setValue(row, key, null);
      lost.push({ path: [key], loss });
    }
  }
  return { row, fields: lost };
}

/**
 * What is lost of an object that other sources answer too. The object is left absent then, so that
 * what they know of it stays; each field that was asked for here is lost.
 */
export function lostInside(key: string, object: ObjectShape): (string | number)[][] {
  return fieldsOf(object.fieldsFor(object.type)).map((field) => [key, field.key]);
}

/** Paths of every null in a row: what an error that names no place may be about. */
export function nullsIn(row: Row): (string | number)[][] {
  const found: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (value === null) found.push(path);
    else if (Array.isArray(value)) value.forEach((item, index) => walk(item, [...path, index]));
    else if (isRow(value)) for (const key of Object.keys(value)) walk(value[key], [...path, key]);
  };
  walk(row, []);
  return found;
}

function fieldsOf(fields: readonly FieldShape[] | undefined): readonly FieldShape[] {
  return fields ?? [];
}
