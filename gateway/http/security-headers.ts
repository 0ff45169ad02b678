import type { FastifyInstance } from "fastify";

/**
 * What every answer tells a browser: it holds personal data that nothing may keep, and it is no page,
 * so nothing in it may run or be framed. A door that serves a page says otherwise for itself.
 */
const headers = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export function registerSecurityHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}
