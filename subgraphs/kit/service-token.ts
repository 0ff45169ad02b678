import { errors, jwtVerify } from "jose";
import type { JWTVerifyGetKey } from "jose";
import {
  bodyHashClaim,
  serviceTokenSeconds,
  signatureAlgorithm,
  signatureTypes,
  signerName,
} from "../../schema/signatures.ts";
import { GatewayAway } from "./gateway-keys.ts";

/** What a service token of the gateway vouches for. */
export interface ServiceToken {
  /** Never the same twice. */
  readonly id: string;
  /** Base64url of the SHA-256 of the one body that it was made for. */
  readonly bodyHash: string;
  /** Milliseconds since 1970 from which it is worth nothing, wherever a clock stands. */
  readonly until: number;
}

/** Why a call is refused. `reason` is for the owner's log alone, and quotes nothing of the call. */
export interface Unproven {
  readonly kind: "forged" | "unknown";
  readonly reason: string;
}

export interface ServiceTokens {
  /** Reads the header `authorization`, before anything of the body is read. */
  read(authorization: string | undefined): Promise<ServiceToken | Unproven>;
  /** Spends a token on the body that came with it; undefined where they belong together. */
  spend(token: ServiceToken, bodyHash: string): Unproven | undefined;
}

export interface ServiceTokensOptions {
  /** This register's name, as the gateway calls it. */
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Seconds by which the gateway's clock and ours may differ. A gateway that is further off than this signs
 * nothing; and a longer time would only let a stolen token live longer.
 */
const skewSeconds = 5;

/** Characters of a token at most; those of the gateway have 500. */
const mostCharacters = 4_096;

/**
 * Opens the verification of service tokens: that the gateway signed this call, for this register and no
 * other, now, with this body and no other, and that it has not come before.
 *
 * A token serves once. Whoever repeats a call, with the same idempotency key and body, signs it anew, as
 * the gateway does; so a repetition gets through, and the owner's meter counts it once, while a token that
 * somebody copied off the wire is worth nothing. What was spent is remembered by each process for itself,
 * for as long as the token lives: behind a balancer a copy could be answered once by each process.
 */
export function openServiceTokens({ audience, keys, now }: ServiceTokensOptions): ServiceTokens {
  const spent = new Map<string, ServiceToken>();
  return {
    async read(authorization) {
      const token = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined || token.length > mostCharacters)
        return { kind: "forged", reason: authorization === undefined ? "no token" : "no JWS" };
      try {
        return await verify(token, audience, keys, now());
      } catch (error) {
        if (error instanceof GatewayAway)
          return { kind: "unknown", reason: "the gateway's keys cannot be fetched" };
        return { kind: "forged", reason: reasonOf(error) };
      }
    },
    spend(token, bodyHash) {
      if (token.bodyHash !== bodyHash) return { kind: "forged", reason: "another body" };
      forgetOld(spent, now());
      if (spent.has(token.id)) return { kind: "forged", reason: "came before" };
      spent.set(token.id, token);
      return undefined;
    },
  };
}

/** @throws {errors.JOSEError} where it is not what it must be */
async function verify(
  token: string,
  audience: string,
  keys: JWTVerifyGetKey,
  now: number,
): Promise<ServiceToken> {
  const { payload } = await jwtVerify(token, keys, {
    issuer: signerName,
    audience,
    algorithms: [signatureAlgorithm],
    typ: signatureTypes.service,
    requiredClaims: ["exp", "jti", bodyHashClaim],
    maxTokenAge: serviceTokenSeconds,
    clockTolerance: skewSeconds,
    currentDate: new Date(now),
  });
  const { aud, iat, exp, jti, [bodyHashClaim]: bodyHash } = payload;
  const refuse = (claim: string) =>
    new errors.JWTClaimValidationFailed(`unusable ${claim}`, payload, claim);
  // A list of audiences would let one source use it at another.
  if (aud !== audience) throw refuse("aud");
  if (exp! - iat! > serviceTokenSeconds) throw refuse("exp");
  if (typeof jti !== "string" || !/^[\w-]{16,64}$/.test(jti)) throw refuse("jti");
  if (typeof bodyHash !== "string" || !/^[\w-]{43}$/.test(bodyHash)) throw refuse(bodyHashClaim);
  return { id: jti, bodyHash, until: (exp! + skewSeconds) * 1000 };
}

/** Tokens end nearly in the order in which they came, so that the oldest are looked at alone. */
function forgetOld(spent: Map<string, ServiceToken>, now: number): void {
  for (const [id, { until }] of spent) {
    if (until > now) return;
    spent.delete(id);
  }
}

/** A code of jose's, and the claim that it is about; never a value. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return `${error.code} ${error.claim}`;
  return error instanceof errors.JOSEError ? error.code : "not to be read";
}
