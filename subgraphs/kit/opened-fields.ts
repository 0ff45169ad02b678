import { buildSubgraphSchema } from "@apollo/subgraph";
import { Kind, getNamedType, isAbstractType, isCompositeType } from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  SelectionNode,
  SelectionSetNode,
} from "graphql";
import { readPolicies, spellOutPolicies } from "../../schema/policies.ts";
import type { FieldPolicy } from "../../schema/policies.ts";
import type { CheckFields, FieldRefusal } from "./own-policy.ts";

type Variables = Readonly<Record<string, unknown>>;

/** Federation's own root fields: what is asked of an entity stands within. */
const federation: ReadonlySet<string> = new Set(["_entities", "_service"]);

/**
 * Makes the owner's check of fields out of the policies in the owner's own SDL (`schema/policy.graphql`).
 *
 * Of whom a field is asked, only the gateway can tell: to an owner a spouse is one more key. So a field
 * is open here where it is open for the purpose at all.
 *
 * @param typeDefs the owner's SDL, with the shared parts of the agreement
 */
export function makeFieldCheck(typeDefs: DocumentNode): CheckFields {
  const schema = buildSubgraphSchema(typeDefs);
  const policies = readPolicies(spellOutPolicies(typeDefs));
  const keys = readKeyFields(typeDefs);
  const isOpen = (coordinate: string, purposes: ReadonlySet<string>) => {
    // What the asker has sent as a key is nothing new to him.
    if (keys.has(coordinate)) return true;
    const policy = policies.get(coordinate);
    return policy !== undefined && (policy.impersonal || opensForAll(policy, purposes));
  };
  return ({ definitions }, purposes, variables) => {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        fragments.set(definition.name.value, definition);
    const refusals = new Map<string, FieldRefusal>();
    const walk = ({ selections }: SelectionSetNode, type: GraphQLCompositeType): void => {
      for (const selection of selections) {
        if (isLeftOut(selection, variables)) continue;
        if (selection.kind === Kind.FIELD) {
          ask(selection, type);
          continue;
        }
        const spread = selection.kind === Kind.FRAGMENT_SPREAD;
        const fragment = spread ? fragments.get(selection.name.value) : selection;
        // It says the same wherever it is spread.
        if (spread) fragments.delete(selection.name.value);
        if (!fragment) continue;
        const named = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
        walk(fragment.selectionSet, isCompositeType(named) ? named : type);
      }
    };
    const ask = (
      { name: { value: name }, selectionSet }: FieldNode,
      type: GraphQLCompositeType,
    ) => {
      if (name.startsWith("__")) return;
      if (type !== schema.getQueryType() || !federation.has(name))
        for (const { name: each } of [
          type,
          ...(isAbstractType(type) ? schema.getPossibleTypes(type) : []),
        ])
          if (!isOpen(`${each}.${name}`, purposes))
            refusals.set(`${each}.${name}`, refuse(`${each}.${name}`, policies));
      const field = "getFields" in type ? type.getFields()[name] : undefined;
      const result = field && getNamedType(field.type);
      if (selectionSet && isCompositeType(result)) walk(selectionSet, result);
    };
    for (const operation of definitions) {
      const root =
        operation.kind === Kind.OPERATION_DEFINITION && schema.getRootType(operation.operation);
      if (root) walk(operation.selectionSet, root);
    }
    return [...refusals.values()];
  };
}

function opensForAll({ openings }: FieldPolicy, purposes: ReadonlySet<string>): boolean {
  return [...purposes].every((purpose) => openings.some(({ to }) => to.includes(purpose)));
}

function refuse(field: string, policies: ReadonlyMap<string, FieldPolicy>): FieldRefusal {
  const open = new Set(policies.get(field)?.openings.flatMap(({ to }) => to));
  return {
    field,
    message:
      open.size > 0
        ? `${field} is open for ${[...open].join(", ")} alone.`
        : `${field} is closed to everybody.`,
  };
}

/**
 * Whether `@skip` or `@include` leaves a selection out for certain: the gateway grants a request on that,
 * and sends such a field with its condition.
 */
function isLeftOut({ directives = [] }: SelectionNode, variables: Variables): boolean {
  return directives.some(({ name, arguments: given = [] }) => {
    if (name.value !== "skip" && name.value !== "include") return false;
    const node = given.find((argument) => argument.name.value === "if")?.value;
    const value =
      node?.kind === Kind.VARIABLE && Object.hasOwn(variables, node.name.value)
        ? variables[node.name.value]
        : node?.kind === Kind.BOOLEAN
          ? node.value
          : undefined;
    return value === (name.value === "skip");
  });
}

/** Coordinates of the fields that are a `@key` of their type by themselves. */
function readKeyFields({ definitions }: DocumentNode): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const type of definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.OBJECT_TYPE_EXTENSION)
      continue;
    for (const { name, arguments: given = [] } of type.directives ?? [])
      for (const { value } of name.value === "key" ? given : [])
        if (value.kind === Kind.STRING) keys.add(`${type.name.value}.${value.value.trim()}`);
  }
  return keys;
}
