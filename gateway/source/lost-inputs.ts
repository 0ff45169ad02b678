import type { Loss, LossRecord, Path } from "./loss.ts";
import { nullsIn } from "./outage-answer.ts";
import { isRow, ownValue } from "./read-row.ts";
import type { Row } from "./read-row.ts";

/** An object of the executor's tree, and how it was come to: what stands on its path, from a root on. */
interface Place {
  readonly entity: Row;
  readonly path: Path;
  readonly root: Row;
}

/** Losses that made parts of a representation null, by the name of its field. */
export type LostInputs = ReadonlyMap<string, Loss>;

/**
 * For each representation, what made its nulls: its key's, or those of fields by which its source finds
 * others (`@requires`). A null that no loss made is not among them: its source said that there is none.
 *
 * The executor reads representations from the objects at a fetch's path, in order, and leaves out those
 * that lack a field. So they are walked along together, and the loss is the one that an object on the way
 * to the null bears a mark of.
 *
 * @param near the fetch's path, as in `RowLoss.near`
 */
export function findLostInputs(
  representations: readonly Row[],
  near: Path,
  record: LossRecord,
): readonly LostInputs[] {
  if (record.rows.length === 0) return representations.map(() => nothingLost);
  const places = record.roots
    .map((root) => [...walk(root, near, [], root)])
    .find(({ length }) => length > 0);
  if (places === undefined) return representations.map(() => nothingLost);
  const types = new Set(places.map(({ entity }) => entity["__typename"]));
  let next = 0;
  return representations.map((representation) => {
    // A type that no object bears is the name of an interface, which the planner put in its place.
    const renamed = !types.has(representation["__typename"]);
    const isOrigin = ({ entity }: Place) => wasReadFrom(entity, representation, renamed);
    let at = next;
    while (at < places.length && !isOrigin(places[at]!)) at++;
    const place = places[at];
    if (place === undefined) return nothingLost;
    next = at + 1;
    const lost = new Map<string, Loss>();
    for (const path of nullsIn(representation)) {
      const loss = lossAt(place.root, [...place.path, ...path], record);
      const field = String(path[0]);
      if (loss && !lost.has(field)) lost.set(field, loss);
    }
    return lost;
  });
}

const nothingLost: LostInputs = new Map();

/** The objects at a fetch's path, in the executor's order. */
function* walk(value: unknown, near: Path, path: Path, root: Row): Generator<Place> {
  const [key, ...rest] = near;
  if (key === undefined) {
    if (isRow(value)) yield { entity: value, path, root };
  } else if (key === "@") {
    if (!Array.isArray(value)) return;
    for (const [index, item] of value.entries()) yield* walk(item, rest, [...path, index], root);
  } else if (isRow(value)) yield* walk(ownValue(value, String(key)), rest, [...path, key], root);
}

function wasReadFrom(entity: unknown, representation: unknown, renamed: boolean): boolean {
  if (Array.isArray(representation))
    return (
      Array.isArray(entity) &&
      entity.length === representation.length &&
      representation.every((item, index) => wasReadFrom(entity[index], item, false))
    );
  if (!isRow(representation)) return entity === representation;
  return (
    isRow(entity) &&
    Object.keys(representation).every(
      (key) =>
        (renamed && key === "__typename") ||
        (Object.hasOwn(entity, key) && wasReadFrom(entity[key], representation[key], false)),
    )
  );
}

/** The loss of the value at a path, by the nearest mark above it. */
function lossAt(root: Row, path: Path, { mark, rows }: LossRecord): Loss | undefined {
  let nearest: Loss | undefined;
  let value: unknown = root;
  for (const [depth, key] of path.entries()) {
    if (isRow(value))
      for (const number of Object.keys(Object(value[mark]))) {
        const lost = rows[Number(number)]?.fields.find((field) =>
          field.path.every((step, index) => step === path[depth + index]),
        );
        if (lost) nearest = lost.loss;
      }
    value = Object(value)[key];
  }
  return nearest;
}
