import type { Pin } from "../../schema/values/pin.ts";
import { hashPin } from "./pin-hash.ts";
import type { PinHash, PinKey } from "./pin-hash.ts";

/** Hashes that are remembered of a key; when there are more, all are forgotten. */
const remembered = 2_000;

/** As long as the keys are: a key that is taken away, or read anew, takes its hashes with it. */
const recent = new WeakMap<PinKey, Map<Pin, PinHash>>();

/** As `hashPin`, reckoned once for a request, whose people are counted for their case and then recorded. */
export function hashRecent(key: PinKey, pin: Pin): PinHash {
  let hashes = recent.get(key);
  if (hashes === undefined) {
    hashes = new Map();
    recent.set(key, hashes);
  }
  const known = hashes.get(pin);
  if (known) return known;
  const hash = hashPin(key, pin);
  if (hashes.size >= remembered) hashes.clear();
  hashes.set(pin, hash);
  return hash;
}
