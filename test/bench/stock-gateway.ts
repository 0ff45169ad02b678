import { readFileSync } from "node:fs";
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginUsageReportingDisabled } from "@apollo/server/plugin/disabled";
import fastifyApollo from "@as-integrations/fastify";
import Fastify from "fastify";

/**
 * What ours is measured against: `@apollo/gateway` as its documentation shows it, behind the same
 * Apollo Server and the same Fastify. The supergraph comes as the first argument, the port is free and
 * told to the parent.
 */
const server = new ApolloServer({
  gateway: new ApolloGateway({ supergraphSdl: readFileSync(process.argv[2]!, "utf8") }),
  plugins: [ApolloServerPluginUsageReportingDisabled()],
});
await server.start();
const app = Fastify();
await app.register(fastifyApollo(server));
process.on("disconnect", () => process.exit());
process.send?.({ ready: await app.listen({ port: 0, host: "127.0.0.1" }) });
