import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginInlineTraceDisabled } from "@apollo/server/plugin/disabled";
import { buildSubgraphSchema } from "@apollo/subgraph";
import type { GraphQLResolverMap } from "@apollo/subgraph";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import Fastify from "fastify";
import type { DocumentNode } from "graphql";
import { readSectors } from "../../schema/sectors.ts";
import { scalars } from "../../schema/scalars.ts";

/** A subgraph over HTTP, real but for its data, which are a few objects. */
export interface Miniature {
  readonly url: string;
  /** Bodies of the requests that it got, parsed, in their order. */
  readonly asked: readonly {
    readonly query: string;
    readonly variables?: Readonly<Record<string, unknown>>;
  }[];
  close(): Promise<void>;
}

export async function serveMiniature(
  typeDefs: DocumentNode,
  resolvers: GraphQLResolverMap<unknown>,
): Promise<Miniature> {
  const apollo = new ApolloServer({
    schema: buildSubgraphSchema([{ typeDefs, resolvers }]),
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  });
  await apollo.start();
  const asked: Miniature["asked"][number][] = [];
  const app = Fastify({ forceCloseConnections: true });
  app.get("/health", () => ({ status: "alive" }));
  app.post("/graphql", {
    preHandler: (request, _reply, done) => {
      asked.push(request.body as Miniature["asked"][number]);
      done();
    },
    handler: fastifyApolloHandler(apollo),
  });
  const origin = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url: `${origin}/graphql`,
    asked,
    async close() {
      await app.close();
      await apollo.stop();
    },
  };
}

/** A citizen, over all registers. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The four sectors with these citizens, by PIN. Whoever isn't among them is nobody to population and
 * has an empty row in the others.
 */
export async function serveCountry(
  citizens: Readonly<Record<string, Row>>,
): Promise<Readonly<Record<string, Miniature>>> {
  const served = await Promise.all(
    readSectors().map(async ({ name, typeDefs }) => {
      const rowOf = (pin: string) => ({ ...citizens[pin], pin });
      const known = (pin: string) => (citizens[pin] ? rowOf(pin) : null);
      const citizen = {
        __resolveReference: (key: { pin: string }) =>
          name === "population" ? known(key.pin) : { ...key, ...rowOf(key.pin) },
      };
      const resolvers = {
        ...scalars,
        Citizen: citizen,
        ...(name === "population" && {
          Query: {
            citizen: (_: unknown, { pin }: { pin: string }) => known(pin),
            citizens: (_: unknown, { pins }: { pins: string[] }) => pins.map(known),
          },
        }),
      };
      const subgraph = await serveMiniature(typeDefs, resolvers);
      return [name, subgraph] as const;
    }),
  );
  return Object.fromEntries(served);
}
