import { hash, randomUUID } from "node:crypto";
import { bodyHashClaim, serviceTokenSeconds, signerName } from "../../schema/signatures.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** What the gateway shows the owners of sources with each call. */
export interface ServiceTokens {
  /** A token for one call, made when the call leaves: it lives for half a minute, and serves once. */
  sign(call: ServiceCall): string;
}

export interface ServiceCall {
  /** Name of the one source that it is for, such as `population`. */
  readonly audience: string;
  /** The call's body, exactly as it is sent. */
  readonly body: string;
}

export interface ServiceTokensOptions {
  readonly keys: Pick<SigningKeys, "sign">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Opens the making of service tokens (RFC 7519). One says: this body is the gateway's, for this source,
 * now.
 *
 * It names no agency, purpose, lane, case or request itself. They stand in the body, under
 * `extensions`, for each of its rows, and a body that says them otherwise has another hash: so they are
 * signed as surely as claims would be, said once, and next to the rows that they are about. Nor does it
 * name the idempotency key: a call that is repeated is signed anew, with an id of its own, so that an
 * owner can refuse each token that comes twice and still answer the repetition.
 */
export function openServiceTokens({ keys, now }: ServiceTokensOptions): ServiceTokens {
  return {
    sign({ audience, body }) {
      const seconds = Math.floor(now() / 1000);
      const claims = {
        iss: signerName,
        aud: audience,
        iat: seconds,
        exp: seconds + serviceTokenSeconds,
        jti: randomUUID(),
        [bodyHashClaim]: hash("sha256", body, "base64url"),
      };
      return keys.sign("service", JSON.stringify(claims));
    },
  };
}
