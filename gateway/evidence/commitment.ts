import { base64url } from "jose";
import { canonicalize } from "../../schema/canonical-json.ts";
import type { Json } from "../../schema/canonical-json.ts";

/** Bytes of a salt: as many as the hash has, so that guessing the salt is no way either. */
export const saltBytes = 32;

/** What was asked: a yes means nothing without the day and the place that it was asked for. */
export interface Question {
  /** The operation as it was planned, with variables in the place of the literals of arguments. */
  readonly operation: string;
  readonly variables: { readonly [name: string]: Json };
}

/** What may be committed to: each under its own name, so that none stands for another. */
export type Committed =
  | { readonly pin: string }
  | { readonly question: Question }
  | { readonly answer: Json };

/**
 * Commits to a value: HMAC-SHA-256 (RFC 2104) of its canonical JSON under a random salt, in base64url.
 * Without the salt a yes or no, a sex or a personal number could be found out by trying; with it, whoever
 * holds the document can show that it is this value and no other.
 *
 * It runs on the cryptography that browsers have too.
 *
 * @param salt base64url
 * @throws {NotJson} where the value is not JSON
 */
export async function commit(salt: string, value: Committed): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    base64url.decode(salt) as Uint8Array<ArrayBuffer>,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const text = new TextEncoder().encode(writeCommitted(value));
  return base64url.encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, text)));
}

/** The text whose HMAC a commitment is: of the one member that counts, and nothing else that came with it. */
export function writeCommitted(value: Committed): string {
  if ("pin" in value) return canonicalize({ pin: value.pin });
  if ("answer" in value) return canonicalize({ answer: value.answer });
  const { operation, variables } = value.question;
  return canonicalize({ question: { operation, variables } });
}

/** Whether a text can be a salt. */
export function isSalt(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}
