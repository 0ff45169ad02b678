import type { FastifyInstance } from "fastify";
import type { SigningKeys } from "../identity/signing-keys.ts";

/** Where owners of sources, and readers of documents, find the gateway's public keys. */
export const jwksPath = "/.well-known/jwks.json";

/** `GET /.well-known/jwks.json`: the keys that the gateway signs with, without what signs (RFC 7517). */
export function registerJwks(app: FastifyInstance, publicKeys: SigningKeys["publicKeys"]): void {
  app.get(jwksPath, (_request, reply) =>
    reply.type("application/jwk-set+json").send(JSON.stringify(publicKeys())),
  );
}
