import { errors, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import { LRUCache } from "lru-cache";
import { isRole } from "../../schema/roles.ts";
import type { Role } from "../../schema/roles.ts";
import { IssuerAway } from "./issuer-keys.ts";
import type { IssuerKeys } from "./issuer-keys.ts";

/** Who asks, as the issuer says. */
export interface Identity {
  /** The claim `sub`: names the person toward the issuer, and in the log. */
  readonly subject: string;
  /** The program that the person uses. */
  readonly clientId: string;
  readonly role: Role;
  /** Code of the agency that the person works for; a citizen works for none. */
  readonly agency: string | undefined;
  /** Code of the administrative unit whose business the person does. */
  readonly unit: string | undefined;
  /** A citizen's own personal number. */
  readonly pin: string | undefined;
  /** Level of a citizen's identity. */
  readonly acr: string | undefined;
  /** The words of the claim `scope` (RFC 8693, section 4.2). */
  readonly scopes: ReadonlySet<string>;
}

/** Why a token does not say who asks, in a sentence for the one who sent it. */
export interface UnknownCaller {
  readonly refusal: string;
  /** Whether another try may help, since the issuer did not answer. */
  readonly later: boolean;
}

export interface AccessTokens {
  /** Reads the header `authorization`. Never rejects by the token's or the issuer's fault. */
  read(authorization: string | undefined): Promise<Identity | UnknownCaller>;
}

export interface AccessTokensOptions {
  /** The issuer's URL, exactly as its tokens name it. */
  readonly issuer: string;
  /** This gateway, as the issuer's tokens name it. */
  readonly audience: string;
  readonly keys: IssuerKeys;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Signatures by a key pair alone: with a shared secret, whoever verifies could sign too. */
const algorithms = ["ES256", "ES384", "EdDSA", "Ed25519", "PS256", "RS256"];

/** Seconds by which the issuer's clock and ours may differ. */
const skewSeconds = 60;

/** Bytes of a token at most: it travels in a header. */
const mostBytes = 8_192;

/** Tokens that were verified and are remembered, since a signature takes longer to verify than a plan to run. */
const remembered = 10_000;

/**
 * Opens the reading of access tokens (RFC 9068). A token is verified in full when it first comes, and again
 * when the issuer has withdrawn keys; between, only its time is looked at.
 */
export function openAccessTokens({
  issuer,
  audience,
  keys,
  now,
}: AccessTokensOptions): AccessTokens {
  const verified = new LRUCache<string, Verified>({ max: remembered });
  const verify = async (token: string): Promise<Verified> => {
    const edition = keys.edition();
    const { payload } = await jwtVerify(token, keys.find, {
      issuer,
      audience,
      algorithms,
      // An ID token says who signed in, and is no key to anything.
      typ: "at+jwt",
      requiredClaims: ["sub", "iat", "exp", "client_id", "role"],
      clockTolerance: skewSeconds,
      currentDate: new Date(now()),
    });
    return {
      identity: readIdentity(payload),
      edition,
      from: payload.nbf ?? 0,
      until: payload.exp!,
    };
  };
  return {
    async read(authorization) {
      const token = readBearer(authorization);
      if (typeof token !== "string") return token;
      try {
        let known = verified.get(token);
        if (known === undefined || known.edition !== keys.edition() || !isTimely(known, now())) {
          verified.delete(token);
          known = await verify(token);
          verified.set(token, known);
        }
        return known.identity;
      } catch (error) {
        return explain(error);
      }
    },
  };
}

interface Verified {
  readonly identity: Identity;
  readonly edition: number;
  /** Seconds since 1970, as the claims `nbf` and `exp` count. */
  readonly from: number;
  readonly until: number;
}

function isTimely({ from, until }: Verified, now: number): boolean {
  const seconds = Math.floor(now / 1000);
  return from <= seconds + skewSeconds && until > seconds - skewSeconds;
}

/** The token of a header by RFC 6750, section 2.1. */
function readBearer(authorization: string | undefined): string | UnknownCaller {
  if (authorization === undefined)
    return refuse("Say who asks: send the header `authorization: Bearer` with an access token.");
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1];
  if (token === undefined || token.length > mostBytes)
    return refuse("The header authorization must be `Bearer` and an access token.");
  return token;
}

/** @throws {Error} with a sentence where a claim is not what it must be */
function readIdentity(claims: JWTPayload): Identity {
  const text = (name: string) => {
    const value = claims[name];
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.length > 0 && value.length <= 200) return value;
    throw new UnusableClaim(name);
  };
  const { role } = claims;
  if (!isRole(role)) throw new UnusableClaim("role");
  const [subject, clientId, agency] = [text("sub"), text("client_id"), text("agency")];
  if (subject === undefined) throw new UnusableClaim("sub");
  if (clientId === undefined) throw new UnusableClaim("client_id");
  // What a person asks is charged to an agency, and written down under its name.
  if (agency === undefined && role !== "citizen") throw new UnusableClaim("agency");
  const [unit, pin, acr] = [text("unit"), text("pin"), text("acr")];
  const scopes = new Set(claims["scope"] === "" ? [] : text("scope")?.split(" "));
  return { subject, clientId, role, agency, unit, pin, acr, scopes };
}

class UnusableClaim extends Error {
  readonly claim: string;
  constructor(claim: string) {
    super(`claim ${claim}`);
    this.claim = claim;
  }
}

function explain(error: unknown): UnknownCaller {
  if (error instanceof IssuerAway)
    return {
      refusal:
        "The issuer of access tokens does not answer, so that nobody new can be told. Ask again later.",
      later: true,
    };
  if (error instanceof errors.JWTExpired)
    return refuse("The access token has expired. Sign in again.");
  if (error instanceof UnusableClaim)
    return refuse(
      `The access token is not one for this gateway: its claim ${error.claim} is missing or not what it must be. Ask whoever runs the issuer.`,
    );
  // Whatever else it may be: who forges a token is not to learn how near it came.
  return refuse("The access token is not valid here. Sign in again.");
}

function refuse(refusal: string): UnknownCaller {
  return { refusal, later: false };
}
