import { base64url } from "jose";
import type { Json } from "../../schema/canonical-json.ts";
import { commit, saltBytes } from "./commitment.ts";
import { writeRecord } from "./record.ts";
import type { EvidenceSource } from "./record.ts";

/** An answer that is about to be sent, and whose entries are in the log. */
export interface Answer {
  /** Milliseconds since 1970, by the clock of the log. */
  readonly at: number;
  readonly agency: string;
  /** Base64url of the SHA-256 of the operation's text. */
  readonly operation: string;
  readonly sources: readonly EvidenceSource[];
  /** Each person whom it is about, with the index of his entry in the log. */
  readonly people: readonly { readonly pin: string; readonly index: number }[];
  /** The answer's `data`. */
  readonly result: Json;
}

/** What an answer is proven by. */
export interface Evidence {
  /** Goes into the answer, and is kept. */
  readonly id: string;
  /** Kept, and told to whoever knows the id: it says nothing of a person. */
  readonly jws: string;
  /** Base64url. Goes to the file and onto the document, and is kept and served nowhere else. */
  readonly salt: string;
}

/** What signing works with. */
export interface EvidenceMeans {
  /** Signs as a JWS of the type `lien-thong-evidence+jws`. */
  readonly sign: (payload: string) => string;
  /** So many random bytes, which nobody can foresee. */
  readonly random: (bytes: number) => Uint8Array;
}

/** Bytes of an id: enough that nobody finds one by trying. */
const idBytes = 16;

/**
 * Signs an answer. One salt serves for all that the record commits to, since a document shows all of it;
 * no two answers share one, so that two records about a person cannot be told to be.
 */
export async function signAnswer(
  { at, agency, operation, sources, people, result }: Answer,
  { sign, random }: EvidenceMeans,
): Promise<Evidence> {
  const id = base64url.encode(random(idBytes));
  const salt = base64url.encode(random(saltBytes));
  const entries = await Promise.all(
    people.map(async ({ pin, index }) => ({ index, pin: await commit(salt, { pin }) })),
  );
  const jws = sign(
    writeRecord({
      id,
      signedAt: new Date(at).toISOString(),
      agency,
      operation,
      sources,
      entries,
      result: await commit(salt, { result }),
    }),
  );
  return { id, jws, salt };
}
