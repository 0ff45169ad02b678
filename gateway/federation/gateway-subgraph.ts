import type { GraphQLDataSource } from "@apollo/gateway";
import { execute, parse } from "graphql";
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { Access } from "../access.ts";
import type { RequestContext } from "../source/data-source.ts";
import type { WatchedLine } from "../source/sources.ts";
import { keepRecent } from "./recent.ts";

/**
 * What the gateway answers itself: for each field of the `Query` and the `Mutation` of
 * schema/gateway.graphql a function of its arguments and of who asks, which throws a `gatewayError`
 * where it cannot tell or must not do it.
 */
export type GatewayFields = Readonly<
  // The schema has coerced the arguments to what the field declares.
  // oxlint-disable-next-line typescript/no-explicit-any
  Record<string, (args: any, access: Access) => unknown>
>;

/** A line, as schema/gateway.graphql describes a source. */
export function describeLine({ name, owner, state, since, retryAt }: WatchedLine) {
  const states = { closed: "UP", recovering: "RECOVERING", open: "DOWN" };
  const instant = (at: number) => new Date(at).toISOString();
  return {
    name,
    owner,
    state: states[state],
    since: instant(since),
    retryAt: retryAt === null ? null : instant(retryAt),
  };
}

/** Characters of operations kept parsed; the planner writes few different ones. */
const keptCharacters = 100_000;

/**
 * The gateway's own part of the supergraph, answered in this process. What it throws is a fault of the
 * gateway, and is answered as such.
 *
 * @param schema as the supergraph has it
 */
export function createGatewaySubgraph(
  schema: GraphQLSchema,
  fields: GatewayFields,
): GraphQLDataSource {
  const documents = keepRecent<DocumentNode>(keptCharacters);
  return {
    async process({ request, context }) {
      const text = request.query ?? "";
      const document = documents.get(text) ?? parse(text, { noLocation: true });
      documents.set(text, document);
      const { data = null, errors } = await execute({
        schema,
        document,
        rootValue: fields,
        contextValue: (context as RequestContext).access,
        variableValues: request.variables ?? {},
      });
      return { data, ...(errors && { errors: errors.map((error) => error.toJSON()) }) };
    },
  };
}
