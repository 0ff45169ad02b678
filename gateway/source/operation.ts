import {
  Kind,
  TypeInfo,
  isAbstractType,
  parse,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
} from "graphql";
import type { EntityKey } from "../federation/joins.ts";
import type { Lookup } from "../federation/lookups.ts";
import type { SourceSchema } from "../federation/supergraph.ts";
import { readEntityOperation } from "./entity-operation.ts";
import type { KeyCheck } from "./key-check.ts";
import type { OperationText } from "./operation-text.ts";
import { readRootOperation } from "./root-operation.ts";
import type { FieldShape, ObjectShape, People, ShapeSource, Variables } from "./shape.ts";
import { askWho } from "./who.ts";

/** An operation for a source, worked out once: what to send, and how to read what comes back. */
export type Operation = EntityOperation | RootOperation;

/** `{ _entities(representations: $representations) { … } }`; its variables are all but that one. */
export interface EntityOperation extends OperationText {
  readonly kind: "entities";
  /** Names what is asked; operations of one text have one. */
  readonly id: string;
  /** Values of variables that a request may leave out. */
  readonly defaults: Variables;
  /** What is asked of the rows. */
  readonly rows: ObjectShape;
  /** How a row for a representation of a type shows whose it is; undefined where it cannot. */
  checkFor(type: string): KeyCheck | undefined;
}

/** Fields of `Query` or `Mutation`; its text has those that are no joined look-ups. */
export interface RootOperation extends OperationText {
  readonly kind: "root";
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
  /**
   * The same question as one about entities, as which it is joined with those of other requests;
   * undefined where the source resolves no entity by that key.
   */
  readonly joined: EntityOperation | undefined;
}

/** For each type, the key that the representations hold; types with a single key need no choice. */
export type KeyChoice = ReadonlyMap<string, EntityKey>;

/** What an operation is worked out from. */
export interface PlannedOperation {
  readonly source: SourceSchema;
  readonly node: OperationDefinitionNode;
  /** Values of its variables that a request may leave out. */
  readonly defaults: Variables;
  readonly shapes: ShapeSource;
  /** The supergraph's root look-ups, by field. */
  readonly lookups: ReadonlyMap<string, Lookup>;
  readonly keyChoice: KeyChoice;
  /** Types whose objects are people; undefined where nobody notes whose rows are read. */
  readonly people?: People | undefined;
}

/**
 * Works an operation out.
 *
 * @param text what the planner wrote
 */
export function readOperation(
  text: string,
  { source, ...given }: Pick<PlannedOperation, "source" | "lookups" | "keyChoice" | "people">,
): Operation {
  const { people, lookups } = given;
  const typed = askForTypes(parse(text, { noLocation: true }), source);
  const document = people ? askWho(typed, people, { source, lookups }) : typed;
  const fragments = new Map<string, FragmentDefinitionNode>();
  let node: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) node = definition;
  }
  if (node === undefined) throw new Error("The planner wrote no operation.");
  const { schema, sharedFields } = source;
  const planned: PlannedOperation = {
    ...given,
    source,
    node,
    defaults: defaultsOf(node),
    shapes: { schema, sharedFields, fragments, people },
  };
  const [first] = node.selectionSet.selections;
  return first?.kind === Kind.FIELD && first.name.value === "_entities"
    ? readEntityOperation(first, planned)
    : readRootOperation(planned);
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

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
