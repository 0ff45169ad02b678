import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ServiceToken, ServiceTokens, Unproven } from "./service-token.ts";

/** What came with a call, until it is known whether both belong together. */
interface Proof {
  readonly token: ServiceToken;
  bodyHash?: string;
}

/**
 * Lets none but the gateway in at the routes of a scope. The token is verified before a byte of the body
 * is read; then the body is hashed as it came, and the token spent on it.
 *
 * @param scope one that Fastify encapsulates (`register`): the server's other doors stay as they are
 */
export function requireServiceToken(scope: FastifyInstance, tokens: ServiceTokens): void {
  const proofs = new WeakMap<FastifyRequest, Proof>();
  scope.addHook("onRequest", async (request, reply) => {
    const token = await tokens.read(request.headers.authorization);
    if ("reason" in token) return refuse(token, request, reply);
    proofs.set(request, { token });
  });

  const parseJson = scope.getDefaultJsonParser("error", "error");
  // A parser that is handed text has lost what bytes there were.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<Buffer>(
    "application/json",
    { parseAs: "buffer" },
    (request, body, done) => {
      const proof = proofs.get(request);
      if (proof) proof.bodyHash = createHash("sha256").update(body).digest("base64url");
      void parseJson(request, body.toString("utf8"), done);
    },
  );

  scope.addHook("preHandler", async (request, reply) => {
    const { token, bodyHash } = proofs.get(request) ?? {};
    // A call without a body has no hash, and so no token that is for it.
    const unproven: Unproven | undefined =
      token === undefined || bodyHash === undefined
        ? { kind: "forged", reason: "no body" }
        : tokens.spend(token, bodyHash);
    if (unproven) return refuse(unproven, request, reply);
  });
}

/** Whoever forges a token learns nothing but that it is not valid; the owner's log says why. */
function refuse(
  { kind, reason }: Unproven,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  request.log.warn({ reason }, "not the gateway's call");
  if (kind === "unknown")
    return reply.code(503).send({
      errors: [
        {
          message: "Who calls cannot be told while the gateway's keys are away. Ask again later.",
          extensions: { code: "SOURCE_UNAVAILABLE" },
        },
      ],
    });
  return reply
    .code(401)
    .header("www-authenticate", "Bearer")
    .send({
      errors: [
        {
          message:
            "This register answers the gateway alone: each call needs a service token of its own, `authorization: Bearer`, and this one has none that is valid for it.",
          extensions: { code: "UNAUTHENTICATED" },
        },
      ],
    });
}
