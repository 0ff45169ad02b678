import { createHash } from "node:crypto";
import { Kind, isAbstractType, isCompositeType, parseType } from "graphql";
import type {
  FieldNode,
  NameNode,
  SelectionNode,
  SelectionSetNode,
  VariableDefinitionNode,
  VariableNode,
} from "graphql";
import type { SourceSchema } from "../federation/supergraph.ts";
import { askForKey, onType } from "./key-check.ts";
import type { KeyCheck } from "./key-check.ts";
import type { EntityOperation, PlannedOperation } from "./operation.ts";
import { writeOperation } from "./operation-text.ts";
import type { OperationText } from "./operation-text.ts";
import { covers, shapeObject } from "./shape.ts";
import type { ObjectShape, ShapeSource } from "./shape.ts";

/** The variable that holds what is asked for. */
const representations = "representations";

/**
 * Works out `{ _entities(representations: $representations) { … } }`, and asks each row for its key.
 *
 * @param field the planner's `_entities`
 */
export function readEntityOperation(
  field: FieldNode,
  { source, node, shapes, keyChoice, defaults }: PlannedOperation,
): EntityOperation {
  const selectionSet = field.selectionSet ?? emptySelection;
  const checks = new Map<string, KeyCheck>();
  const added: SelectionNode[] = [];
  for (const type of typesAsked(selectionSet, shapes)) {
    const key = keyChoice.get(type) ?? source.keys.get(type)?.[0];
    if (key === undefined) continue;
    const { check, added: fields } = askForKey(type, key.selection, [], answers(type, source));
    if (check === undefined) continue;
    checks.set(type, check);
    added.push(onType(type, fields));
  }
  const entity = source.schema.getType("_Entity");
  if (!isCompositeType(entity)) throw new Error(`The source "${source.name}" has no entities.`);
  const selected = [...selectionSet.selections, ...added];
  const text = writeOperation(
    { operation: node.operation, directives: node.directives ?? [] },
    [{ ...field, selectionSet: { ...selectionSet, selections: selected } }],
    node.variableDefinitions ?? [],
    shapes.fragments,
  );
  const { schema } = source;
  return {
    ...askEntitiesBy(text),
    defaults,
    rows: entityRows(selectionSet, source, shapes),
    checkFor(type) {
      const own = checks.get(type);
      if (own) return own;
      const concrete = schema.getType(type);
      for (const [outer, check] of checks) {
        const on = schema.getType(outer);
        if (isCompositeType(on) && isCompositeType(concrete) && covers(on, concrete, schema))
          return check;
      }
      return undefined;
    },
  };
}

/**
 * Works a root look-up out as a question about entities, so that it can be joined with the same question
 * of others; undefined where the source resolves no entity of the type by that key, or does not answer it.
 *
 * @param selectionSet what is asked of each row
 * @param rows the shape of that
 */
export function joinLookup(
  type: string,
  key: string,
  selectionSet: SelectionSetNode,
  rows: ObjectShape,
  { source, node, shapes, defaults }: PlannedOperation,
): EntityOperation | undefined {
  const resolvable = source.keys.get(type)?.find(({ text }) => text === key);
  if (resolvable === undefined) return undefined;
  const { check, added } = askForKey(type, resolvable.selection, [], answers(type, source));
  if (check === undefined) return undefined;
  const text = writeOperation(
    { operation: node.operation, directives: [] },
    [entitiesField(onType(type, [...selectionSet.selections, ...added]))],
    [...(node.variableDefinitions ?? []), representationsDefinition],
    shapes.fragments,
  );
  return {
    ...askEntitiesBy(text),
    defaults,
    rows,
    checkFor: () => check,
  };
}

/**
 * An operation on entities as its text has it. It is named by that, so that the same question shares a call
 * wherever it stood in a query.
 */
function askEntitiesBy({
  query,
  variables,
  reads,
}: OperationText): Pick<EntityOperation, "kind" | "id" | keyof OperationText> {
  return {
    kind: "entities",
    id: createHash("sha256").update(query).digest("base64url"),
    query,
    reads,
    variables: variables.filter((name) => name !== representations),
  };
}

/** Whether a source answers a field of a type; an `@external` one it need not even know. */
export function answers(
  type: string,
  { externalFields }: SourceSchema,
): (field: string) => boolean {
  return (field) => !externalFields.has(`${type}.${field}`);
}

/** Rows by their type; the union `_Entity` leaves out interfaces, which may have keys too. */
function entityRows(
  selectionSet: SelectionSetNode,
  source: SourceSchema,
  shapes: ShapeSource,
): ObjectShape {
  const known = new Map<string, ObjectShape | undefined>();
  const work = (name: string) => {
    const type = source.schema.getType(name);
    return isCompositeType(type) && !isAbstractType(type)
      ? shapeObject(type, [{ selectionSet, guard: undefined }], shapes)
      : undefined;
  };
  return {
    type: "an entity",
    abstract: true,
    fieldsFor(name) {
      if (!known.has(name)) known.set(name, work(name));
      return known.get(name)?.fieldsFor(name);
    },
  };
}

/** The types on which the fragments of `_entities` stand. */
function typesAsked({ selections }: SelectionSetNode, { fragments }: ShapeSource): Set<string> {
  const types = new Set<string>();
  for (const selection of selections) {
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
    if (fragment && "typeCondition" in fragment && fragment.typeCondition)
      types.add(fragment.typeCondition.name.value);
  }
  return types;
}

const name = (value: string): NameNode => ({ kind: Kind.NAME, value });
const variable: VariableNode = { kind: Kind.VARIABLE, name: name(representations) };
const emptySelection: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [] };

/** `$representations: [_Any!]!` */
const representationsDefinition: VariableDefinitionNode = {
  kind: Kind.VARIABLE_DEFINITION,
  variable,
  type: parseType("[_Any!]!", { noLocation: true }),
};

/** `_entities(representations: $representations) { … }` */
function entitiesField(selection: SelectionNode): FieldNode {
  return {
    kind: Kind.FIELD,
    name: name("_entities"),
    arguments: [{ kind: Kind.ARGUMENT, name: name(representations), value: variable }],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
  };
}
