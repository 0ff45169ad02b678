import {
  GraphQLID,
  Kind,
  getNamedType,
  isListType,
  isNonNullType,
  valueFromASTUntyped,
} from "graphql";
import type {
  DirectiveNode,
  FieldNode,
  GraphQLArgument,
  GraphQLInputType,
  SelectionNode,
  SelectionSetNode,
} from "graphql";
import type { Lookup } from "../federation/lookups.ts";
import { answers, joinLookup } from "./entity-operation.ts";
import { askForKey, selectField } from "./key-check.ts";
import type { AskedLookup, PlannedOperation, RootOperation } from "./operation.ts";
import { writeOperation } from "./operation-text.ts";
import { shapeObject } from "./shape.ts";
import type { FieldShape, ObjectShape, Shape, Variables } from "./shape.ts";

/**
 * Works out an operation on `Query` or `Mutation`. Its look-ups by key become questions about entities
 * of their own, and are no longer in its text; those that cannot be joined stay there, and ask each row
 * for its key.
 */
export function readRootOperation(planned: PlannedOperation): RootOperation {
  const { source, node, shapes, defaults } = planned;
  const root = source.schema.getRootType(node.operation);
  if (!root) throw new Error(`The source "${source.name}" has no ${node.operation}.`);
  const { selectionSet } = node;
  const fields =
    shapeObject(root, [{ selectionSet, guard: undefined }], shapes).fieldsFor(root.name) ?? [];
  const asked = askLookups(fields, planned);
  const text = writeOperation(
    { operation: node.operation, directives: node.directives ?? [] },
    writeSelections(selectionSet.selections, asked),
    node.variableDefinitions ?? [],
    shapes.fragments,
  );
  return {
    ...text,
    kind: "root",
    defaults,
    fields: fields.map((field) => ({ field, lookup: asked.get(field.key)?.lookup })),
  };
}

interface WorkedLookup {
  readonly lookup: AskedLookup;
  /** The field as it is sent; undefined where the look-up is joined. */
  readonly sent: FieldNode | undefined;
}

/**
 * The look-ups of an operation, by response key; one that cannot be joined and stands twice in it is left
 * as it is.
 */
function askLookups(
  fields: readonly FieldShape[],
  planned: PlannedOperation,
): ReadonlyMap<string, WorkedLookup> {
  const worked = new Map<string, WorkedLookup>();
  if (planned.node.operation !== "query") return worked;
  const places = Map.groupBy(rootFields(planned.node.selectionSet.selections), ({ node }) =>
    responseKey(node),
  );
  for (const field of fields) {
    const lookup = planned.lookups.get(field.name);
    const [first, ...others] = places.get(field.key) ?? [];
    if (first?.node.selectionSet === undefined || lookup === undefined) continue;
    const selectionSet =
      others.length === 0 ? first.node.selectionSet : mergeSelections([first, ...others]);
    const work = workLookup(first.node, selectionSet, field, lookup, planned);
    if (work.lookup.joined || others.length === 0) worked.set(field.key, work);
  }
  return worked;
}

function workLookup(
  node: FieldNode,
  selectionSet: SelectionSetNode,
  { shape }: FieldShape,
  lookup: Lookup,
  planned: PlannedOperation,
): WorkedLookup {
  const { type, key } = lookup;
  const argument = argumentOf(node, argumentOfLookup(lookup, planned)?.type);
  const joined = alwaysHasKey(lookup, planned)
    ? joinLookup(type, key, selectionSet, objectOf(shape), planned)
    : undefined;
  if (joined)
    return { lookup: { lookup, check: joined.checkFor(type), argument, joined }, sent: undefined };
  const { check, added } = askForKey(
    type,
    selectField(key),
    selectionSet.selections,
    answers(type, planned.source),
  );
  const selections = [...selectionSet.selections, ...added];
  return {
    lookup: { lookup, check, argument, joined },
    sent: { ...node, selectionSet: { ...selectionSet, selections } },
  };
}

/**
 * Whether a look-up always names its keys. What a source means by null is for itself to say, and so is
 * what stands for an argument that is left out.
 */
function alwaysHasKey(lookup: Lookup, planned: PlannedOperation): boolean {
  const { type, defaultValue } = argumentOfLookup(lookup, planned) ?? {};
  if (!isNonNullType(type) || defaultValue !== undefined) return false;
  return !isListType(type.ofType) || isNonNullType(type.ofType.ofType);
}

function argumentOfLookup(
  { field }: Lookup,
  { source }: PlannedOperation,
): GraphQLArgument | undefined {
  return source.schema.getQueryType()?.getFields()[field]?.args[0];
}

/** A root field where it stands in an operation. */
interface RootPlace {
  readonly node: FieldNode;
  /** The directives that decide whether it counts, from the outside in. */
  readonly conditions: readonly (readonly DirectiveNode[])[];
}

function* rootFields(
  selections: readonly SelectionNode[],
  outer: RootPlace["conditions"] = [],
): Generator<RootPlace> {
  for (const selection of selections) {
    const conditions = selection.directives?.length ? [...outer, selection.directives] : outer;
    if (selection.kind === Kind.FIELD) yield { node: selection, conditions };
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      yield* rootFields(selection.selectionSet.selections, conditions);
  }
}

/** What a field asks for at all its places, each under its own conditions. */
function mergeSelections(places: readonly RootPlace[]): SelectionSetNode {
  const within = (selections: readonly SelectionNode[]): SelectionSetNode => ({
    kind: Kind.SELECTION_SET,
    selections,
  });
  return within(
    places.flatMap(({ node, conditions }) =>
      conditions.reduceRight<readonly SelectionNode[]>(
        (inner, directives) => [
          { kind: Kind.INLINE_FRAGMENT, directives, selectionSet: within(inner) },
        ],
        node.selectionSet?.selections ?? [],
      ),
    ),
  );
}

/** The selections as they are sent: without joined look-ups, and without fragments left empty by that. */
function writeSelections(
  selections: readonly SelectionNode[],
  asked: ReadonlyMap<string, WorkedLookup>,
): SelectionNode[] {
  return selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) {
      const worked = asked.get(responseKey(selection));
      return worked === undefined ? [selection] : worked.sent ? [worked.sent] : [];
    }
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [selection];
    const inner = writeSelections(selection.selectionSet.selections, asked);
    const selectionSet = { ...selection.selectionSet, selections: inner };
    return inner.length > 0 ? [{ ...selection, selectionSet }] : [];
  });
}

function responseKey({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value;
}

/**
 * Reads the value of a field's first argument; a look-up has no other. A number for an `ID` becomes the
 * text that the source would make of it; in a representation nothing else would.
 */
function argumentOf(
  field: FieldNode,
  type: GraphQLInputType | undefined,
): (variables: Variables) => unknown {
  const node = field.arguments?.[0]?.value;
  if (node === undefined) return () => null;
  if (getNamedType(type) !== GraphQLID) return (variables) => valueFromASTUntyped(node, variables);
  return (variables) => {
    const value: unknown = valueFromASTUntyped(node, variables);
    return Array.isArray(value) ? value.map(textOfId) : textOfId(value);
  };
}

function textOfId(value: unknown): unknown {
  return typeof value === "number" ? String(value) : value;
}

/** The shape of a look-up's rows, of which it may answer a list. */
export function objectOf(shape: Shape): ObjectShape {
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
