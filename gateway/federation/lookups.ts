import { Kind, getNamedType, getNullableType, isListType, isObjectType } from "graphql";
import type {
  DirectiveNode,
  DocumentNode,
  GraphQLField,
  GraphQLNamedType,
  GraphQLSchema,
} from "graphql";
import { directives, text } from "./joins.ts";
import type { Joins } from "./joins.ts";

/** A root field that looks entities up by a key, such as `citizen(pin: PIN!): Citizen`. */
export interface Lookup {
  /** Name of the field of `Query`. */
  readonly field: string;
  /** Its only argument: one key, or a list of them. */
  readonly argument: string;
  /** Whether it takes a list of keys and answers a row for each, in order. */
  readonly list: boolean;
  /** The entity that it returns. */
  readonly type: string;
  /** The key field of the entity that the argument holds. */
  readonly key: string;
  /** The source that answers it. */
  readonly source: string;
}

/**
 * The look-ups of a supergraph. Where it has the directive `@lookup`, those that bear it; in a foreign
 * one, every root field whose only argument has the name and type of the entity's single key.
 *
 * @throws {Error} where `@lookup` stands on a field that cannot be one
 */
export function readLookups(
  document: DocumentNode,
  schema: GraphQLSchema,
  joins: Joins,
): { lookups: ReadonlyMap<string, Lookup>; declared: boolean } {
  const declared = document.definitions.some(
    ({ kind, ...definition }) =>
      kind === Kind.DIRECTIVE_DEFINITION &&
      "name" in definition &&
      definition.name?.value === "lookup",
  );
  const names = new Map([...joins.graphs].map(([name, graph]) => [graph, name]));
  const found = new Map<string, Lookup>();
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const [graph, ...others] = joins.answering("Query", field.name);
    const source = names.get(graph ?? "");
    // Which of several sources would be asked is the planner's choice; nothing can be promised of it.
    if (source === undefined || others.length > 0) continue;
    const [directive] = field.astNode ? directives(field.astNode, "lookup") : [];
    const lookup = directive
      ? declaredLookup(field, directive, source)
      : declared
        ? undefined
        : impliedLookup(field, source, joins);
    if (lookup) found.set(field.name, lookup);
  }
  return { lookups: found, declared };
}

function declaredLookup(
  field: GraphQLField<unknown, unknown>,
  directive: DirectiveNode,
  source: string,
): Lookup {
  const key = text(directive, "key") ?? "";
  const lookup = lookupBy(field, key, source);
  if (lookup === undefined)
    throw new Error(
      `Query.${field.name} bears @lookup(key: "${key}"); such a field has one argument, a key or a list of keys of the type of that field, and returns the object or a list of it.`,
    );
  return lookup;
}

function impliedLookup(
  field: GraphQLField<unknown, unknown>,
  source: string,
  joins: Joins,
): Lookup | undefined {
  const [key, ...others] = joins.keysOfType(getNamedType(field.type).name);
  if (key === undefined || others.length > 0 || field.args[0]?.name !== key.text) return undefined;
  return lookupBy(field, key.text, source);
}

/** The look-up that a field is when `key` is its key; undefined where its form does not fit. */
function lookupBy(
  field: GraphQLField<unknown, unknown>,
  key: string,
  source: string,
): Lookup | undefined {
  const [argument, ...others] = field.args;
  const type: GraphQLNamedType = getNamedType(field.type);
  if (argument === undefined || others.length > 0 || !isObjectType(type)) return undefined;
  const keyField = type.getFields()[key];
  if (keyField === undefined || getNamedType(keyField.type) !== getNamedType(argument.type))
    return undefined;
  const list = isListType(getNullableType(argument.type));
  const answersList = isListType(getNullableType(field.type));
  if (list !== answersList || isListType(getNullableType(keyField.type))) return undefined;
  return { field: field.name, argument: argument.name, list, type: type.name, key, source };
}
