import Fastify from "fastify";
import type { FastifyInstance } from "fastify";
import { endConnectionsOnStop } from "./listen.ts";
import { registerSecurityHeaders } from "./security-headers.ts";

/** Milliseconds for a request's bytes to arrive: a drip of them would hold a connection at no cost. */
const requestTimeout = 30_000;

/** The HTTP server without its doors: what holds for each of them. It does not listen yet. */
export function buildDoors(options: {
  readonly bodyBytes: number;
  readonly isStopping: () => boolean;
}): FastifyInstance {
  // Fastify's own log lines hold URLs; the door of /graphql writes the one line of a request.
  const app = Fastify({ bodyLimit: options.bodyBytes, requestTimeout, logger: false });
  registerSecurityHeaders(app);
  endConnectionsOnStop(app, options.isStopping);
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type("text/plain; charset=utf-8")
      .send("There is nothing here. The API answers at /graphql; /explorer shows how to ask.\n"),
  );
  return app;
}
