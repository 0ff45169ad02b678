import { createHmac } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Pin } from "../../schema/values/pin.ts";

/** A key under which PINs are hashed for a year; only whoever has it can tell whose hash it is. */
export interface PinKey {
  /** The epoch and, where the year has more keys than one, what tells them apart: `2026`, `2026-b`. */
  readonly id: string;
  readonly secret: KeyObject;
}

/** A PIN as the log knows it. */
export interface PinHash {
  readonly key: string;
  /** HMAC-SHA-256, 32 bytes. */
  readonly hash: Uint8Array;
}

/**
 * Hash of a PIN under an epoch's key. Plain hashes would hide nothing: there are so few PINs that all of
 * them can be tried.
 */
export function hashPin({ id, secret }: PinKey, pin: Pin): PinHash {
  const hash = createHmac("sha256", secret).update(pin).digest("hex");
  return { key: id, hash: Buffer.from(hash, "hex") };
}

/** The year, by UTC, whose entries a key is for. */
function epochOf(keyId: string): number {
  return Number(keyId.slice(0, 4));
}

/**
 * The key for new entries: the last one of the year.
 *
 * @param keys in the order of their ids
 * @param now milliseconds since 1970
 * @throws {Error} with a sentence where the year has none: an older one would outlive its epoch
 */
export function chooseKey(keys: readonly PinKey[], now: number): PinKey {
  const year = new Date(now).getUTCFullYear();
  const key = keys.findLast(({ id }) => epochOf(id) === year);
  if (key) return key;
  throw new Error(
    `There is no key for the PIN hashes of ${year}. Make one, put it where the others are, and ask again.`,
  );
}
