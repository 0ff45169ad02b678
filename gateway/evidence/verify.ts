import { compactVerify, createLocalJWKSet, errors } from "jose";
import type { JSONWebKeySet } from "jose";
import type { Json } from "../../schema/canonical-json.ts";
import { signatureAlgorithm, signatureTypes } from "../../schema/signatures.ts";
import type { KeyKind } from "../../schema/signatures.ts";
import { commit, isSalt } from "./commitment.ts";
import type { Question } from "./commitment.ts";
import { readRecord } from "./record.ts";
import type { EvidenceRecord } from "./record.ts";

/** What a reader has before him. */
export interface EvidenceDocument {
  /** Printed on it: the record that it says it is proven by. */
  readonly id: string;
  readonly jws: string;
  /** Printed on it, base64url. */
  readonly salt: string;
  /** Everybody whom it is about, in any order. */
  readonly people: readonly string[];
  readonly question: Question;
  /** The whole answer that it shows, without `extensions.evidence`. */
  readonly answer: Json;
}

/** What a reader knows of the gateway, from its own page or a copy of it. */
export interface EvidenceTrust {
  /** `/.well-known/jwks.json`, with the keys of old. */
  readonly keys: JSONWebKeySet;
  /** Whether the agency has taken a record back; nobody can know that without asking. */
  readonly isRevoked: (id: string) => boolean;
}

/** Why a record or a document is not genuine. */
export const evidenceFaults = [
  /** No key of that name and kind is the gateway's. */
  "UNKNOWN_KEY",
  /** Not a record, or not as it was signed. */
  "NOT_SIGNED",
  "REVOKED",
  /** The document bears the number of another record. */
  "OTHER_RECORD",
  /** Not the salt that it was signed with, or not these people. */
  "OTHER_PEOPLE",
  /** Not the salt that it was signed with, or not this question. */
  "OTHER_QUESTION",
  /** Not the salt that it was signed with, or not this answer. */
  "OTHER_ANSWER",
] as const;

export type EvidenceFault = (typeof evidenceFaults)[number];

export type Verdict<T> =
  | ({ readonly kind: "genuine" } & T)
  | { readonly kind: "false"; readonly fault: EvidenceFault };

/** A record, and the name of the key that it was signed with. */
export interface SignedRecord {
  readonly record: EvidenceRecord;
  readonly kid: string;
}

/**
 * Verifies a document that a reader has in hand: the record's signature, and that it was made for these
 * people, this question and this answer. Nobody is asked, and nothing of the document goes anywhere.
 */
export async function verifyDocument(
  { id, jws, salt, people, question, answer }: EvidenceDocument,
  trust: EvidenceTrust,
): Promise<Verdict<SignedRecord>> {
  const verdict = await verifyRecord(jws, trust);
  if (verdict.kind === "false") return verdict;
  const { record } = verdict;
  if (record.id !== id) return isFalse("OTHER_RECORD");
  if (!isSalt(salt)) return isFalse("OTHER_PEOPLE");
  const committed = await Promise.all(people.map((pin) => commit(salt, { pin })));
  if (committed.toSorted().join() !== record.people.toSorted().join())
    return isFalse("OTHER_PEOPLE");
  if ((await commit(salt, { question })) !== record.question) return isFalse("OTHER_QUESTION");
  if ((await commit(salt, { answer })) !== record.answer) return isFalse("OTHER_ANSWER");
  return verdict;
}

/** Verifies a record alone, without the document: that the gateway signed it, and stands by it. */
export async function verifyRecord(
  jws: string,
  { keys, isRevoked }: EvidenceTrust,
): Promise<Verdict<SignedRecord>> {
  const signed = await readSigned(jws, keys);
  if (typeof signed === "string") return isFalse(signed);
  return isRevoked(signed.record.id) ? isFalse("REVOKED") : { kind: "genuine", ...signed };
}

async function readSigned(jws: string, keys: JSONWebKeySet): Promise<SignedRecord | EvidenceFault> {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, keysOf("evidence", keys), {
      algorithms: [signatureAlgorithm],
    });
    const { typ, kid } = protectedHeader;
    if (typ !== signatureTypes.evidence || kid === undefined) return "NOT_SIGNED";
    const record = readRecord(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return record === undefined ? "NOT_SIGNED" : { record, kid };
  } catch (error) {
    return error instanceof errors.JWKSNoMatchingKey ? "UNKNOWN_KEY" : "NOT_SIGNED";
  }
}

/** What calls and log heads are signed with proves no answer. */
function keysOf(kind: KeyKind, { keys }: JSONWebKeySet): ReturnType<typeof createLocalJWKSet> {
  return createLocalJWKSet({ keys: keys.filter((key) => "kind" in key && key.kind === kind) });
}

function isFalse(fault: EvidenceFault): { readonly kind: "false"; readonly fault: EvidenceFault } {
  return { kind: "false", fault };
}
