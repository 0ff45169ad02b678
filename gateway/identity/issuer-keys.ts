import { createLocalJWKSet, errors } from "jose";
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from "jose";

/** The keys by which an issuer's tokens are verified. */
export interface IssuerKeys {
  /**
   * The key that a token's header names.
   *
   * @throws {errors.JWKSNoMatchingKey} where the issuer has none of that name
   * @throws {IssuerAway} where it is not known whether it has one
   */
  find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>;
  /**
   * Rises when keys were withdrawn: what was verified by them before is to be verified again. To be asked
   * at each token, for it also has old keys fetched again, without waiting for them.
   */
  edition(): number;
}

/** The issuer's keys were never fetched, and cannot be now. */
export class IssuerAway extends Error {}

export interface IssuerKeysOptions {
  /** The issuer's URL, as its tokens name it. */
  readonly issuer: string;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  /** Told why the keys could not be fetched. */
  readonly onFailure: (error: unknown) => void;
}

/** Milliseconds between two fetches at least, so that a flood of unknown keys asks the issuer once. */
const restMs = 30_000;

/** Milliseconds after which keys are fetched again though all are known: one may have been withdrawn. */
const oldMs = 600_000;

/** Milliseconds for one answer of the issuer. */
const patienceMs = 5_000;

/** Bytes of an answer of the issuer at most. */
const mostBytes = 1_000_000;

/**
 * Opens the keys of an issuer of OpenID Connect (Discovery 1.0 section 4, RFC 7517). They are kept: while
 * the issuer is away, tokens of known keys go on. Only the address that the issuer itself publishes is
 * asked, never one that stands in a token's header.
 */
export function openIssuerKeys({ issuer, monotonic, onFailure }: IssuerKeysOptions): IssuerKeys {
  let known: { readonly set: KeySet; readonly names: ReadonlySet<string> } | undefined;
  let edition = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;
  const fetchKeys = (): Promise<void> => {
    fetching ??= readKeys(issuer)
      .then((keys) => {
        const names = new Set(keys.keys.map((key) => JSON.stringify(key)));
        if (known && [...known.names].some((name) => !names.has(name))) edition++;
        known = { set: createLocalJWKSet(keys), names };
      })
      .catch(onFailure)
      .finally(() => {
        triedAt = monotonic();
        fetching = undefined;
      });
    return fetching;
  };
  const mayFetch = () => fetching !== undefined || monotonic() - triedAt >= restMs;
  return {
    edition() {
      if (known !== undefined && monotonic() - triedAt >= oldMs) void fetchKeys();
      return edition;
    },
    async find(header, token) {
      if (known === undefined && mayFetch()) await fetchKeys();
      try {
        return await search(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !mayFetch()) throw error;
        await fetchKeys();
        return await search(header, token);
      }
    },
  };

  function search(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (known === undefined) throw new IssuerAway(`The keys of ${issuer} cannot be fetched.`);
    return known.set(header, token);
  }
}

type KeySet = ReturnType<typeof createLocalJWKSet>;

async function readKeys(issuer: string): Promise<JSONWebKeySet> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const { issuer: named, jwks_uri } = (await readJson(address)) as Record<string, unknown>;
  if (named !== issuer)
    throw new Error(
      `${address} speaks of another issuer than OIDC_ISSUER, ${JSON.stringify(named)}.`,
    );
  if (typeof jwks_uri !== "string" || URL.parse(jwks_uri)?.protocol !== new URL(issuer).protocol)
    throw new Error(`${address} names no address of keys (jwks_uri) that is as safe as its own.`);
  return (await readJson(jwks_uri)) as JSONWebKeySet;
}

async function readJson(address: string): Promise<unknown> {
  const response = await fetch(address, {
    headers: { accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(patienceMs),
  });
  if (!response.ok) throw new Error(`${address} answered HTTP ${response.status}.`);
  const text = await response.text();
  if (text.length > mostBytes) throw new Error(`${address} answered more than ${mostBytes} bytes.`);
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null)
    throw new Error(`${address} answered no object.`);
  return value;
}
