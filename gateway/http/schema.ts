import type { FastifyInstance } from "fastify";
import { printSchema } from "graphql";
import type { GraphQLSchema } from "graphql";

/** `GET /schema.graphql`: what clients can ask, as SDL. */
export function registerSchema(app: FastifyInstance, apiSchema: GraphQLSchema): void {
  const sdl = printSchema(apiSchema);
  app.get("/schema.graphql", (_request, reply) =>
    reply.type("application/graphql; charset=utf-8").send(sdl),
  );
}
