import type { FastifyInstance } from "fastify";
import type { AccessTokens } from "../identity/access-token.ts";

/**
 * Shows the routes of a scope to integrators alone: what the registers can be asked is told to those who
 * build on it.
 *
 * @param scope one that Fastify encapsulates (`register`): the server's other doors stay as they are
 */
export function showToIntegratorsAlone(scope: FastifyInstance, tokens: AccessTokens): void {
  scope.addHook("onRequest", async (request, reply) => {
    const identity = await tokens.read(request.headers.authorization);
    if ("refusal" in identity)
      return reply
        .code(identity.later ? 503 : 401)
        .header("www-authenticate", "Bearer")
        .type("text/plain; charset=utf-8")
        .send(`${identity.refusal}\n`);
    if (identity.role !== "integrator")
      return reply
        .code(403)
        .type("text/plain; charset=utf-8")
        .send("This is shown to integrators alone. Come back with an integrator's access token.\n");
  });
}
