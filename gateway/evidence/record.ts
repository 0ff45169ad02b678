import { canonicalize } from "../../schema/canonical-json.ts";
import type { Json } from "../../schema/canonical-json.ts";

/**
 * What is signed of an answer. Whoever has it alone learns from it neither whom it is about nor what was
 * said: those are commitments (`commitment.ts`), which only the document's salt opens.
 */
export interface EvidenceRecord {
  /** Base64url of 128 random bits: the name by which anyone may ask for it. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly signedAt: string;
  /** Code of the agency that asked. */
  readonly agency: string;
  /**
   * Base64url of the SHA-256 of the operation's text; null where that might hold a personal number, which
   * could be found by trying.
   */
  readonly operation: string | null;
  /** Commitment to the operation's text and its variables. */
  readonly question: string;
  /** Where the answer comes from, as `extensions.sources` said it. */
  readonly sources: readonly EvidenceSource[];
  /** Indexes of the log's entries about it; null where the gateway kept no log. */
  readonly entries: readonly number[] | null;
  /** A commitment to the personal number of each person whom the question names. */
  readonly people: readonly string[];
  /** Commitment to the answer as it was sent, errors and all, without `extensions.evidence`. */
  readonly answer: string;
}

export interface EvidenceSource {
  readonly name: string;
  readonly status: string;
  /** Null where it did not answer. */
  readonly asOf: string | null;
}

/** The text that is signed: canonical, so that a record has one. */
export function writeRecord(record: EvidenceRecord): string {
  const { id, signedAt, agency, operation, question, sources, entries, people, answer } = record;
  return canonicalize({
    id,
    signedAt,
    agency,
    operation,
    question,
    sources: sources.map(({ name, status, asOf }) => ({ name, status, asOf })),
    entries,
    people,
    answer,
  });
}

/** Reads a text that was signed; undefined where it is none that `writeRecord` wrote. */
export function readRecord(text: string): EvidenceRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
    // Else it might hold a name twice, and be read in two ways.
    if (canonicalize(value as Json) !== text) return undefined;
  } catch {
    return undefined;
  }
  return isRecord(value) && writeRecord(value) === text ? value : undefined;
}

/**
 * The civil day on which an answer was signed, in Vietnam, which has been seven hours ahead of UTC for as long
 * as there has been evidence.
 *
 * @returns `YYYY-MM-DD`
 */
export function signingDay({ signedAt }: Pick<EvidenceRecord, "signedAt">): string {
  return new Date(Date.parse(signedAt) + 7 * 3_600_000).toISOString().slice(0, 10);
}

/** Whether a text can be the id of a record. */
export function isEvidenceId(text: string): boolean {
  return isToken(text, 22);
}

function isRecord(value: unknown): value is EvidenceRecord {
  const { id, signedAt, agency, operation, question, sources, entries, people, answer } = Object(
    value,
  ) as Record<string, unknown>;
  return (
    isToken(id, 22) &&
    isInstant(signedAt) &&
    typeof agency === "string" &&
    (operation === null || isToken(operation, 43)) &&
    isToken(question, 43) &&
    Array.isArray(sources) &&
    sources.every(isSource) &&
    (entries === null || (Array.isArray(entries) && entries.every(isIndex))) &&
    Array.isArray(people) &&
    people.every((person) => isToken(person, 43)) &&
    isToken(answer, 43)
  );
}

function isSource(value: unknown): value is EvidenceSource {
  const { name, status, asOf } = Object(value) as Record<string, unknown>;
  return (
    typeof name === "string" &&
    typeof status === "string" &&
    (asOf === null || typeof asOf === "string")
  );
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isInstant(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-[\d-]{5}T[\d:.]{12}Z$/.test(value) && isTime(value);
}

function isTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

/** Base64url of a known length. */
function isToken(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === length && /^[\w-]+$/.test(value);
}
