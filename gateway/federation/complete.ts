import type { FieldShape, ObjectShape, Shape, Variables } from "../source/shape.ts";

type Row = Record<string, unknown>;

/**
 * The tree that the executor built: it merges each row into those that came before it by reference, so
 * that whoever has what the fetches at the root answered has all that hangs on it.
 *
 * @param roots what they answered, in the order in which it came
 */
export function gatherTree(roots: readonly Row[]): Row {
  const [first, ...others] = roots;
  if (first === undefined) return {};
  if (others.length === 0) return first;
  const tree: Row = Object.create(null) as Row;
  for (const root of roots)
    for (const [key, value] of Object.entries(root))
      if (!isMergedInto(tree[key], value)) tree[key] = value;
  return tree;
}

/** Whether the executor has merged a later value into an earlier one, rather than put it there instead. */
function isMergedInto(earlier: unknown, later: unknown): boolean {
  if (Array.isArray(earlier)) return Array.isArray(later) && earlier.length === later.length;
  return isObject(earlier) && isObject(later);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a client gets of what was gathered for it. */
export interface CompletedAnswer {
  readonly data: Row | null;
  /** Where a null stands because what was gathered does not fit the client's schema, and not by a loss alone. */
  readonly misfits: readonly { readonly path: readonly (string | number)[] }[];
}

/**
 * Makes an answer out of what was gathered: the fields that the client asked for and no others, in its
 * order. What does not fit, or is null where the client's schema allows none, takes away what holds it,
 * up to where a null may stand (GraphQL, section 6.4.4).
 *
 * @param root the shape of the operation, by the schema that clients see
 */
export function completeAnswer(
  root: ObjectShape,
  gathered: Row,
  variables: Variables,
): CompletedAnswer {
  const completion: Completion = { variables, path: [], misfits: [] };
  const data = completeObject(root, gathered, completion);
  return { data, misfits: completion.misfits };
}

/** One pass over an answer. */
interface Completion {
  readonly variables: Variables;
  /** To the value that is being completed; changes meanwhile. */
  readonly path: (string | number)[];
  readonly misfits: { readonly path: readonly (string | number)[] }[];
}

function completeObject(shape: ObjectShape, value: Row, completion: Completion): Row | null {
  const type = shape.abstract ? value["__typename"] : shape.type;
  const fields = typeof type === "string" ? shape.fieldsFor(type) : undefined;
  if (fields === undefined) return misfit(completion);
  const row: Row = Object.create(null) as Row;
  for (const field of fields) {
    if (field.guard && !field.guard(completion.variables)) continue;
    const completed = completeField(field, value, completion);
    if (completed === undefined) return null;
    row[field.key] = completed;
  }
  return row;
}

/** The value of a field; undefined where it may not be null and is. */
function completeField({ key, shape }: FieldShape, row: Row, completion: Completion): unknown {
  completion.path.push(key);
  const value = completeValue(shape, Object.hasOwn(row, key) ? row[key] : null, completion);
  completion.path.pop();
  return value;
}

/** As `completeField`, for the value at the path. */
function completeValue(shape: Shape, value: unknown, completion: Completion): unknown {
  if (shape.kind === "typename") return shape.type;
  const before = completion.misfits.length;
  const completed =
    value === null || value === undefined ? null : completeNonNull(shape, value, completion);
  if (completed !== null || shape.nullable) return completed;
  // What took it away has been told already where that lies within.
  if (completion.misfits.length === before) misfit(completion);
  return undefined;
}

function completeNonNull(
  shape: Exclude<Shape, { kind: "typename" }>,
  value: unknown,
  completion: Completion,
): unknown {
  switch (shape.kind) {
    case "leaf":
      return shape.fits(value) ? value : misfit(completion);
    case "object":
      return typeof value === "object" && !Array.isArray(value)
        ? completeObject(shape.object, value as Row, completion)
        : misfit(completion);
    case "list":
      return Array.isArray(value)
        ? completeList(shape.item, value, completion)
        : misfit(completion);
  }
}

function completeList(
  item: Shape,
  values: readonly unknown[],
  completion: Completion,
): unknown[] | null {
  let whole = true;
  const list = values.map((value, index) => {
    completion.path.push(index);
    const completed = completeValue(item, value, completion);
    completion.path.pop();
    if (completed === undefined) whole = false;
    return completed;
  });
  return whole ? list : null;
}

function misfit({ misfits, path }: Completion): null {
  misfits.push({ path: [...path] });
  return null;
}
