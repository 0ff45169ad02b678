import { createLocalJWKSet, errors } from "jose";
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import type { KeyKind } from "../../schema/signatures.ts";

/** The gateway's keys were never fetched, and cannot be now. */
export class GatewayAway extends Error {}

export interface GatewayKeysOptions {
  /** Where the gateway publishes its keys: `https://…/.well-known/jwks.json`. */
  readonly url: string;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  /** Told why the keys could not be fetched. */
  readonly onFailure: (error: unknown) => void;
}

/** Milliseconds between two fetches at least, so that a flood of unknown keys asks the gateway once. */
const restMs = 30_000;

/**
 * The same for as long as there are none at all, and nobody is answered: a gateway that has just started
 * may have called us before its page, or another gateway's behind the same address, could be reached.
 */
const firstRestMs = 1_000;

/** Milliseconds after which keys are fetched again though all are known: one may have been withdrawn. */
const oldMs = 600_000;

/** Milliseconds for the gateway's answer. */
const patienceMs = 5_000;

/** Bytes of the gateway's answer at most. */
const mostBytes = 1_000_000;

/** What a call to a source is signed with; keys of log heads and of evidence sign no call. */
const kind: KeyKind = "service";

/**
 * Opens the keys that a gateway's calls are verified by (RFC 7517). They are fetched when a call first
 * needs them, and kept: while the gateway's page of keys is away, known keys go on and unknown ones are
 * refused. Only this address is asked, never one that stands in a token.
 *
 * What it gives throws `JWKSNoMatchingKey` where the gateway has no such key, and `GatewayAway` where
 * that is not known.
 */
export function openGatewayKeys({
  url,
  monotonic,
  onFailure,
}: GatewayKeysOptions): JWTVerifyGetKey {
  let known: ReturnType<typeof createLocalJWKSet> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;
  const fetchKeys = (): Promise<void> => {
    fetching ??= readKeys(url)
      .then((keys) => {
        known = createLocalJWKSet(keys);
      })
      .catch(onFailure)
      .finally(() => {
        triedAt = monotonic();
        fetching = undefined;
      });
    return fetching;
  };
  const mayFetch = () =>
    fetching !== undefined || monotonic() - triedAt >= (known === undefined ? firstRestMs : restMs);
  const search: JWTVerifyGetKey = (header, token) => {
    if (known === undefined) throw new GatewayAway(`The keys at ${url} cannot be fetched.`);
    // Without a name it would be whichever key is there alone.
    if (typeof header.kid !== "string") throw new errors.JWKSNoMatchingKey();
    return known(header, token);
  };
  return async (header, token) => {
    if (known === undefined && mayFetch()) await fetchKeys();
    else if (monotonic() - triedAt >= oldMs) void fetchKeys();
    try {
      return await search(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayFetch()) throw error;
      await fetchKeys();
      return await search(header, token);
    }
  };
}

async function readKeys(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(patienceMs),
  });
  if (!response.ok) throw new Error(`${url} answered HTTP ${response.status}.`);
  const text = await response.text();
  if (text.length > mostBytes) throw new Error(`${url} answered more than ${mostBytes} bytes.`);
  const { keys } = Object(JSON.parse(text)) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error(`${url} answered no set of keys.`);
  return { keys: keys.filter((key) => (Object(key) as { kind?: unknown }).kind === kind) };
}
