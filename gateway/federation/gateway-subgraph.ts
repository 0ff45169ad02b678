import type { GraphQLDataSource } from "@apollo/gateway";
import { execute, parse } from "graphql";
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { WatchedLine } from "../source/sources.ts";
import { keepRecent } from "./recent.ts";

/**
 * What the gateway answers itself: a function that throws a `gatewayError` where it cannot tell, for each field of the `Query` of schema/gateway.graphql.
 */
export type GatewayFields = Readonly<Record<string, () => unknown>>;

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
    async process({ request }) {
      const text = request.query ?? "";
      const document = documents.get(text) ?? parse(text, { noLocation: true });
      documents.set(text, document);
      const { data = null, errors } = await execute({
        schema,
        document,
        rootValue: fields,
        variableValues: request.variables ?? {},
      });
      return { data, ...(errors && { errors: errors.map((error) => error.toJSON()) }) };
    },
  };
}
