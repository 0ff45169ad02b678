import { randomFillSync } from "node:crypto";
import { canonicalize } from "../../schema/canonical-json.ts";
import { commitDetail } from "./entry.ts";
import type { Entry, JsonObject, StoredDetail, StoredEntry } from "./entry.ts";
import { hashBytes } from "./merkle.ts";

/** An entry that lacks nothing but its time and place. */
export interface SealedEntry {
  readonly entry: Omit<StoredEntry, "at">;
  readonly detail: StoredDetail;
}

/** No name has them; and the statement that writes a group parts texts by one of them. */
const control = /[\u0000-\u001f]/; // oxlint-disable-line no-control-regex

/** Salts that are drawn at once: the system's generator takes as long for one as for all of them. */
const salts = new Uint8Array(128 * hashBytes);
let drawn = salts.length;

/**
 * Draws the salt and commits to the detail.
 *
 * @throws {Error} with a sentence where the entry holds what cannot be written down
 */
export function sealEntry({ kind, agency, purpose, facts, detail }: Entry): SealedEntry {
  const { subject, caseNumber, pin } = detail;
  for (const text of [kind, agency, purpose, subject, caseNumber, pin?.key ?? null])
    if (text !== null && control.test(text))
      throw new Error("An entry's text holds a control character, which cannot be written down.");
  if (pin && pin.hash.length !== hashBytes)
    throw new Error(`A PIN's hash has ${hashBytes} bytes, not ${pin.hash.length}.`);
  const more = writeObject(detail.more);
  const stored = { salt: drawSalt(), subject, caseNumber, pin, more };
  const commitment = commitDetail(stored);
  return {
    entry: { kind, agency, purpose, facts: writeObject(facts), commitment },
    detail: stored,
  };
}

/** @param object or its canonical JSON */
function writeObject(object: JsonObject | string): string {
  return typeof object === "string" ? object : canonicalize(object);
}

function drawSalt(): Uint8Array {
  if (drawn === salts.length) {
    randomFillSync(salts);
    drawn = 0;
  }
  return salts.slice(drawn, (drawn += hashBytes));
}
