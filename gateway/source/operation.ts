import {
  Kind,
  TypeInfo,
  isAbstractType,
  isCompositeType,
  parse,
  print,
  stripIgnoredCharacters,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from "graphql";
import type { EntityKey } from "../federation/joins.ts";
import type { Lookup } from "../federation/lookups.ts";
import type { SourceSchema } from "../federation/supergraph.ts";
import { askForKey, onType } from "./key-check.ts";
import type { KeyCheck } from "./key-check.ts";
import { covers, shapeObject } from "./shape.ts";
import type { FieldShape, ObjectShape, ShapeSource, Variables } from "./shape.ts";

/** An operation for a source, worked out once: what to send, and how to read what comes back. */
export type Operation = EntityOperation | RootOperation;

/** `{ _entities(representations: $representations) { … } }` */
export interface EntityOperation {
  readonly kind: "entities";
  /** What to send: our text as a JSON string. */
  readonly query: string;
  /** Values of variables that a request may leave out. */
  readonly defaults: Variables;
  /** What is asked of the rows. */
  readonly rows: ObjectShape;
  /** How a row for a representation of a type shows whose it is; undefined where it cannot. */
  checkFor(type: string): KeyCheck | undefined;
}

/** Fields of `Query` or `Mutation`. */
export interface RootOperation {
  readonly kind: "root";
  readonly query: string;
  readonly defaults: Variables;
  readonly fields: readonly RootField[];
}

export interface RootField {
  readonly field: FieldShape;
  /** Set where the field looks entities up by key. */
  readonly lookup: AskedLookup | undefined;
}

/** A look-up as an operation asks it. */
export interface AskedLookup {
  readonly lookup: Lookup;
  readonly check: KeyCheck | undefined;
  /** The value of its argument: a key, or a list of them. */
  argument(variables: Variables): unknown;
}

/** For each type, the key that the representations hold; types with a single key need no choice. */
export type KeyChoice = ReadonlyMap<string, EntityKey>;

/**
 * Works an operation out.
 *
 * @param text what the planner wrote; its name is left out, so that a client's names multiply nothing
 * @param lookups the supergraph's root look-ups, by field
 */
export function readOperation(
  text: string,
  source: SourceSchema,
  lookups: ReadonlyMap<string, Lookup>,
  keyChoice: KeyChoice,
): Operation {
  const document = askForTypes(parse(text, { noLocation: true }), source);
  const fragments = new Map<string, FragmentDefinitionNode>();
  let operation: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
  }
  if (operation === undefined) throw new Error("The planner wrote no operation.");
  const shapes: ShapeSource = {
    schema: source.schema,
    sharedFields: source.sharedFields,
    fragments,
  };
  const { name: _, ...anonymous } = operation;
  const send = (selections: readonly SelectionNode[]) =>
    JSON.stringify(
      stripIgnoredCharacters(
        print({
          kind: Kind.DOCUMENT,
          definitions: [
            { ...anonymous, selectionSet: { kind: Kind.SELECTION_SET, selections } },
            ...fragments.values(),
          ],
        }),
      ),
    );
  const [first] = operation.selectionSet.selections;
  const defaults = defaultsOf(operation);
  return first?.kind === Kind.FIELD && first.name.value === "_entities"
    ? { ...readEntities(first, keyChoice, source, shapes, send), defaults }
    : { ...readRoot(operation, lookups, source, shapes, send), defaults };
}

function readEntities(
  field: FieldNode,
  keyChoice: KeyChoice,
  source: SourceSchema,
  shapes: ShapeSource,
  send: (selections: readonly SelectionNode[]) => string,
): Omit<EntityOperation, "defaults"> {
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
  const { schema } = source;
  return {
    kind: "entities",
    query: send([{ ...field, selectionSet: { ...selectionSet, selections: selected } }]),
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

function readRoot(
  operation: OperationDefinitionNode,
  lookups: ReadonlyMap<string, Lookup>,
  source: SourceSchema,
  shapes: ShapeSource,
  send: (selections: readonly SelectionNode[]) => string,
): Omit<RootOperation, "defaults"> {
  const root = source.schema.getRootType(operation.operation);
  if (!root) throw new Error(`The source "${source.name}" has no ${operation.operation}.`);
  const asked = new Map<string, AskedLookup>();
  const askKeys = (selection: SelectionNode): SelectionNode => {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const { selectionSet } = selection;
      return {
        ...selection,
        selectionSet: { ...selectionSet, selections: selectionSet.selections.map(askKeys) },
      };
    }
    if (selection.kind !== Kind.FIELD || !selection.selectionSet) return selection;
    const lookup = lookups.get(selection.name.value);
    if (lookup === undefined || operation.operation !== "query") return selection;
    const { selectionSet } = selection;
    const key = askForKey(
      lookup.type,
      keyField(lookup.key),
      selectionSet.selections,
      answers(lookup.type, source),
    );
    asked.set(selection.alias?.value ?? selection.name.value, {
      lookup,
      check: key.check,
      argument: argumentOf(selection),
    });
    return {
      ...selection,
      selectionSet: { ...selectionSet, selections: [...selectionSet.selections, ...key.added] },
    };
  };
  const { selectionSet } = operation;
  const fields = shapeObject(root, [{ selectionSet, guard: undefined }], shapes).fieldsFor(
    root.name,
  );
  return {
    kind: "root",
    query: send(selectionSet.selections.map(askKeys)),
    fields: (fields ?? []).map((field) => ({ field, lookup: asked.get(field.key) })),
  };
}

function answers(type: string, { externalFields }: SourceSchema): (field: string) => boolean {
  return (field) => !externalFields.has(`${type}.${field}`);
}

/** Reads the value of a field's first argument; a look-up has no other. */
function argumentOf(field: FieldNode): (variables: Variables) => unknown {
  const node = field.arguments?.[0]?.value;
  return (variables) => (node === undefined ? null : valueFromASTUntyped(node, variables));
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}

/** Asks every object of an abstract type for its type, without which its fields cannot be checked. */
function askForTypes(document: DocumentNode, source: SourceSchema): DocumentNode {
  const types = new TypeInfo(source.schema);
  return visit(
    document,
    visitWithTypeInfo(types, {
      SelectionSet(node) {
        const type = types.getParentType();
        if (!isAbstractType(type) || type.name === "_Entity") return undefined;
        const present = node.selections.some(
          (selection) =>
            selection.kind === Kind.FIELD &&
            selection.name.value === "__typename" &&
            !selection.alias &&
            !selection.directives?.length,
        );
        return present ? undefined : { ...node, selections: [typename, ...node.selections] };
      },
    }),
  );
}

function keyField(name: string): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: name } }],
  };
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
const emptySelection: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [] };
