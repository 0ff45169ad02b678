import { compactVerify, createLocalJWKSet } from "jose";
import { canonicalize } from "../../schema/canonical-json.ts";
import { signatureAlgorithm, signatureTypes } from "../../schema/signatures.ts";
import type { PublicKey } from "../../schema/signatures.ts";
import { verifyConsistency } from "./merkle-proof.ts";
import { hashBytes } from "./merkle.ts";
import { proveGrowth, readTreeState } from "./stored-tree.ts";
import type { Statements, TreeState } from "./stored-tree.ts";

/** A tree's state, vouched for by the gateway's signature. */
export interface TreeHead extends TreeState {
  /** Compact JWS of type `lien-thong-head+jws` over canonical JSON `{ at, root, size }`. */
  readonly jws: string;
}

/** Why a head is not signed; the message is for an operator. */
export class HeadRefused extends Error {
  override readonly name = "HeadRefused";
}

export interface HeadSigner {
  readonly connections: Statements;
  /** Signs with a key of the kind `head`: a compact JWS of that type. */
  readonly sign: (payload: string) => string;
  /** Milliseconds since 1970 by this machine's clock. */
  readonly now: () => number;
}

/** Milliseconds by which this machine's clock and the database's may differ. */
const mostOffMs = 5_000;

/**
 * Signs the tree as it is now, which must have grown out of the one of the head before: whoever changes
 * the log gets no signature on it.
 *
 * @param previous the newest head that was signed or published; undefined where there was none
 * @throws {HeadRefused} with a sentence where the log does not go on from there, or a clock is wrong
 */
export async function signHead(
  { connections, sign, now }: HeadSigner,
  previous: TreeState | undefined,
): Promise<TreeHead> {
  const state = await readTreeState(connections);
  const off = Math.abs(now() - Date.parse(state.at));
  if (off > mostOffMs)
    throw new HeadRefused(
      `The gateway's clock is ${Math.round(off / 1000)} seconds away from the log's, the newest entry's or its database's; no tree head is signed. Set both by a time server.`,
    );
  if (previous) await confirmGrowth(connections, previous, state);
  return { ...state, jws: sign(writePayload(state)) };
}

/**
 * Confirms that the log still begins with what a head says: to be asked before a gateway opens, with the
 * newest published head, since a database that was restored from an older copy has lost entries.
 *
 * @throws {HeadRefused} with a sentence where it does not
 */
export async function confirmHead(connections: Statements, head: TreeState): Promise<void> {
  await confirmGrowth(connections, head, await readTreeState(connections));
}

async function confirmGrowth(
  connections: Statements,
  before: TreeState,
  state: TreeState,
): Promise<void> {
  if (state.size < before.size)
    throw new HeadRefused(
      `A tree head of ${before.at} says that the log has ${before.size} entries, and the database holds ${state.size}: it was restored from an older copy, or cut. Restore the newest, or have the log verified.`,
    );
  const proof = await proveGrowth(connections, before.size, state.size);
  if (!verifyConsistency(before.size, state.size, before.root, state.root, proof))
    throw new HeadRefused(
      `The log's first ${before.size} entries are not those of the tree head of ${before.at}: the log was changed. Have it verified.`,
    );
}

function writePayload({ size, root, at }: TreeState): string {
  return canonicalize({ size, root: Buffer.from(root).toString("base64url"), at });
}

/** Reads a head, as far as it is genuine; undefined where it is not. */
export type ReadHead = (jws: string) => Promise<TreeHead | undefined>;

/** @param keys as `GET /.well-known/jwks.json` tells them; those of other kinds are passed over */
export function readHeadsBy(keys: readonly PublicKey[]): ReadHead {
  const heads = createLocalJWKSet({ keys: keys.filter(({ kind }) => kind === "head") });
  return async (jws) => {
    try {
      const { payload, protectedHeader } = await compactVerify(jws, heads, {
        algorithms: [signatureAlgorithm],
      });
      if (protectedHeader.typ !== signatureTypes.head) return undefined;
      return readPayload(jws, new TextDecoder().decode(payload));
    } catch {
      return undefined;
    }
  };
}

function readPayload(jws: string, payload: string): TreeHead | undefined {
  const { size, root, at } = JSON.parse(payload) as Record<string, unknown>;
  if (typeof size !== "number" || typeof root !== "string" || typeof at !== "string")
    return undefined;
  const hash = Buffer.from(root, "base64url");
  if (!Number.isSafeInteger(size) || size < 0 || hash.length !== hashBytes) return undefined;
  return { size, root: hash, at, jws };
}
