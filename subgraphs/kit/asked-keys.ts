import { getArgumentValues, getNamedType, getVariableValues, Kind } from "graphql";
import type {
  DocumentNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLSchema,
  OperationDefinitionNode,
} from "graphql";
import { collectFields } from "graphql/execution/collectFields.js";

/** What one root field of an operation asks for. */
export interface AskedField {
  /** The argument that holds the keys; undefined where there is none. */
  readonly argument: string | undefined;
  /**
   * Representations, in their order. A look-up's key stands as the representation that it comes to, and
   * any other field as one thing of its own. None for what tells of the schema alone.
   */
  readonly keys: readonly unknown[];
}

/** An operation that passed validation, and the values of its variables as they came. */
export interface AskedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Makes what tells, before anything is resolved, what an operation asks for: by all its root fields,
 * aliases and fragments together. It tells null where a variable is not of its type; executing the
 * operation then says so.
 *
 * @throws {Error} where the schema has nothing that a gateway could ask for
 */
export function askedKeysReader(
  schema: GraphQLSchema,
): (asked: AskedOperation) => AskedField[] | null {
  const root = schema.getQueryType();
  const fields = root?.getFields() ?? {};
  if (!fields["_entities"])
    throw new Error("The schema has no entity with @key, so that no gateway could join it.");
  const lookups = new Map(Object.entries(fields).map(([name, field]) => [name, readLookup(field)]));
  return ({ document, operation, variables }) => {
    const { coerced } = getVariableValues(
      schema,
      operation.variableDefinitions ?? [],
      variables ?? {},
    );
    if (coerced === undefined) return null;
    const collected = collectFields(
      schema,
      fragmentsOf(document),
      coerced,
      root as GraphQLObjectType,
      operation.selectionSet,
    );
    return [...collected].flatMap(([responseKey, [node]]) => {
      const field = node && fields[node.name.value];
      if (!field || field.name === "_service") return [];
      const values = getArgumentValues(field, node, coerced);
      if (field.name === "_entities")
        return { argument: "representations", keys: listOf(values["representations"]) };
      const lookup = lookups.get(field.name);
      if (!lookup) return { argument: undefined, keys: [{ field: responseKey }] };
      const { argument, type, key } = lookup;
      const keys = listOf(values[argument]).map((value) => ({ __typename: type, [key]: value }));
      return { argument, keys };
    });
  };
}

/** A root field that looks entities up by the field `key`, as `@lookup` says. */
function readLookup(field: GraphQLField<unknown, unknown>) {
  const directive = field.astNode?.directives?.find(({ name }) => name.value === "lookup");
  const key = directive?.arguments?.find(({ name }) => name.value === "key")?.value;
  const [argument] = field.args;
  if (key?.kind !== Kind.STRING || !argument) return undefined;
  return { argument: argument.name, type: getNamedType(field.type).name, key: key.value };
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  return Object.fromEntries(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
