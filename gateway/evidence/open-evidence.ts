import type { GatewayDatabase } from "../database/pool.ts";
import type { SigningKeys } from "../identity/signing-keys.ts";
import type { Question } from "./commitment.ts";
import { isEvidenceId, signingDay } from "./record.ts";
import { signAnswer } from "./sign.ts";
import type { Answer, Evidence } from "./sign.ts";
import { ClockOff, findRecord, keepHead, keepRecord } from "./stored-evidence.ts";
import type { SignedHead } from "./stored-evidence.ts";
import { verifyRecord } from "./verify.ts";

/** Evidence of a running gateway: what its answers are proven by, and what anyone may know of that. */
export interface EvidenceRoom {
  readonly prove: ProveAnswer;
  readonly find: FindEvidence;
  readonly publicKeys: SigningKeys["publicKeys"];
  /** Has a signed head of the log join each record whose entries it includes first. */
  joinHead(head: SignedHead): Promise<void>;
}

/**
 * Signs an answer, and keeps its record. Once it resolves, whoever asks finds the record.
 *
 * @throws where it could not be signed or kept: then nothing may be sent
 */
export type ProveAnswer = (answer: UnprovenAnswer) => Promise<AnswerEvidence>;

/** An answer that is about to be sent; what JSON leaves out of question and answer is left out here too. */
export interface UnprovenAnswer extends Pick<Answer, "agency" | "sources" | "entries" | "people"> {
  readonly question: { readonly operation: string; readonly variables: object };
  readonly answer: object;
}

/** What goes with an answer, as `extensions.evidence`: with it, the saved answer is a document of its own. */
export interface AnswerEvidence extends Evidence {
  readonly people: readonly string[];
  readonly question: Question;
}

/** Finds a record that is genuine. Any text may be asked for; one that can be no id takes as long as another. */
export type FindEvidence = (id: string) => Promise<FoundEvidence | undefined>;

/** What anyone may know of a genuine record. */
export interface FoundEvidence {
  readonly id: string;
  /** Civil day of its signing, in Vietnam. */
  readonly day: string;
  /** Code of the agency that asked. */
  readonly agency: string;
  /** Name of the key that it was signed with. */
  readonly keyId: string;
  readonly jws: string;
  /** JWS of the first head of the log that includes its entries; null as long as none does. */
  readonly treeHead: string | null;
}

export interface EvidenceOptions {
  readonly database: GatewayDatabase;
  readonly keys: Pick<SigningKeys, "sign" | "publicKeys">;
  /** Milliseconds since 1970, by the clock on the wall. */
  readonly now: () => number;
  /** So many random bytes, which nobody can foresee. */
  readonly random: (bytes: number) => Uint8Array;
  /** Told in a sentence what an operator should look at: a clock, or a record that somebody has changed. */
  readonly onProblem: (sentence: string) => void;
}

/** Opens the room of evidence over the gateway's own database and keys. */
export function openEvidence(options: EvidenceOptions): EvidenceRoom {
  const { database, keys, now, random, onProblem } = options;
  const means = { sign: (payload: string) => keys.sign("evidence", payload), random };
  return {
    async prove(given) {
      const { entries, people } = given;
      const { question, answer } = asSent({ question: given.question, answer: given.answer });
      const at = Math.floor(now());
      const evidence = signAnswer({ ...given, at, question, answer }, means);
      await keepRecord(database, {
        id: evidence.id,
        jws: evidence.jws,
        signedAt: new Date(at).toISOString(),
        lastEntry: entries === undefined || entries.length === 0 ? null : Math.max(...entries),
      }).catch((error: unknown) => {
        if (error instanceof ClockOff) onProblem(error.message);
        throw error;
      });
      return { ...evidence, people, question };
    },
    find: (id) => findGenuine(id, options),
    publicKeys: keys.publicKeys,
    joinHead: (head) => keepHead(database, head),
  };
}

/** What is signed is what goes over the wire. */
function asSent(said: Pick<UnprovenAnswer, "question" | "answer">) {
  return JSON.parse(JSON.stringify(said)) as Pick<Answer, "question" | "answer">;
}

/** An id that no record has: it is looked for in the place of what can be no id. */
const nobodysId = "A".repeat(22);

async function findGenuine(
  given: string,
  { database, keys, onProblem }: EvidenceOptions,
): Promise<FoundEvidence | undefined> {
  const id = isEvidenceId(given) ? given : nobodysId;
  const kept = await findRecord(database, id);
  if (kept === undefined) return undefined;
  const verdict = await verifyRecord(kept.jws, {
    keys: keys.publicKeys(),
    // It stands in another table then.
    isRevoked: () => false,
  });
  if (verdict.kind === "false" || verdict.record.id !== id) {
    const fault = verdict.kind === "false" ? verdict.fault : "OTHER_RECORD";
    onProblem(
      `The record of evidence ${id} is not as the gateway signed it, or its key is gone (${fault}). Look who can write into the gateway's database, and keep keys for as long as what they signed.`,
    );
    return undefined;
  }
  const { record, kid } = verdict;
  return {
    id,
    day: signingDay(record),
    agency: record.agency,
    keyId: kid,
    jws: kept.jws,
    treeHead: kept.treeHead,
  };
}
