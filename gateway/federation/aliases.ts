import { GraphQLError, Kind, TypeInfo, isAbstractType, visit, visitWithTypeInfo } from "graphql";
import type {
  DocumentNode,
  FieldNode,
  GraphQLCompositeType,
  GraphQLSchema,
  VariableDefinitionNode,
} from "graphql";
import type { Supergraph } from "./supergraph.ts";

/** The planner's own variable; a client's of that name would take its place. */
const plannerVariable = "representations";

/**
 * Names with which a client could falsify what one ministry is told about another's answer. What goes
 * from source to source (`@key`, `@requires`) is read from rows by response name, and a client chooses
 * response names: `{ citizen(pin: …) { sex: fullName maritalHistory { date } } }` would send a name as
 * the sex. Refused, not renamed and mapped back: an answer must say what its fields hold.
 *
 * Refused is an alias that is another field's name on the same type or on a type that the object may
 * turn out to have; where the supergraph is `open`, whose clients may long have such aliases, only
 * where sources are told that field. Aliases that begin with `__` are GraphQL's own.
 *
 * @param document a valid one
 */
export function findFalsifyingNames(
  document: DocumentNode,
  { apiSchema, fieldsBetweenSources }: Supergraph,
  open: boolean,
): GraphQLError[] {
  const errors: GraphQLError[] = [];
  const typeInfo = new TypeInfo(apiSchema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      [Kind.VARIABLE_DEFINITION]: (node) => {
        if (node.variable.name.value !== plannerVariable) return;
        errors.push(
          refuse(
            `A variable must not be named $${plannerVariable}, the gateway's own; name it otherwise.`,
            node,
          ),
        );
      },
      [Kind.FIELD]: (node) => {
        const alias = node.alias?.value;
        const type = typeInfo.getParentType();
        if (alias === undefined || alias === node.name.value || !type) return;
        const falsified = alias.startsWith("__")
          ? "a name of GraphQL itself"
          : describeNamesake(alias, type, { apiSchema, fieldsBetweenSources }, open);
        if (falsified !== undefined)
          errors.push(
            refuse(
              `The alias "${alias}" of ${type.name}.${node.name.value} is ${falsified}; choose another alias.`,
              node,
              { alias, field: `${type.name}.${node.name.value}` },
            ),
          );
      },
    }),
  );
  return errors;
}

/** The other field that the alias names, for a sentence; undefined where there is none. */
function describeNamesake(
  alias: string,
  parent: GraphQLCompositeType,
  { apiSchema, fieldsBetweenSources }: Pick<Supergraph, "apiSchema" | "fieldsBetweenSources">,
  open: boolean,
): string | undefined {
  if (parent.name.startsWith("__")) return undefined;
  const bearer = typesOf(parent, apiSchema).find(
    (type) =>
      fieldsBetweenSources.get(type.name)?.has(alias) ||
      (!open && "getFields" in type && Object.hasOwn(type.getFields(), alias)),
  );
  return bearer && `the name of another field, ${bearer.name}.${alias}, which sources may be told`;
}

/** The type and every one that its objects may turn out to have. */
function typesOf(type: GraphQLCompositeType, schema: GraphQLSchema): GraphQLCompositeType[] {
  return isAbstractType(type) ? [type, ...schema.getPossibleTypes(type)] : [type];
}

function refuse(
  message: string,
  node: FieldNode | VariableDefinitionNode,
  details: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(message, {
    nodes: node,
    extensions: { code: "BAD_USER_INPUT", ...details },
  });
}
