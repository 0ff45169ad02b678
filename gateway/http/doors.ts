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
  /** Addresses of proxies that are believed whom they speak for, with commas between; none by default. */
  readonly trustedProxies?: string;
}): FastifyInstance {
  const app = Fastify({
    bodyLimit: options.bodyBytes,
    requestTimeout,
    trustProxy: options.trustedProxies || false,
    rewriteUrl: ({ url = "/" }) => makeReadable(url),
    // Fastify's own log lines hold URLs; the door of /graphql writes the one line of a request.
    logger: false,
  });
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

/**
 * An address whose escapes cannot be read is taken letter by letter. Fastify would refuse it before any door
 * sees it, in words of its own that repeat it.
 */
function makeReadable(url: string): string {
  try {
    decodeURIComponent(url);
    return url;
  } catch {
    return url.replaceAll("%", "%25");
  }
}
