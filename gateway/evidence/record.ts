import { canonicalize } from "../../schema/canonical-json.ts";
import type { Json } from "../../schema/canonical-json.ts";

/**
 * What is signed of an answer. Whoever has it alone learns from it neither whom it is about nor what was
 * said: those are commitments (`commitment.ts`), which only the document's salt opens.
 */
export interface EvidenceRecord {
  /** Base64url of 128 random bits: the name by which anyone may ask for it. */
  readonly id: string;
  /** ISO 8601, UTC, by the clock of the log. */
  readonly signedAt: string;
  /** Code of the agency that asked. */
  readonly agency: string;
  /** Base64url of the SHA-256 of the operation's text. */
  readonly operation: string;
  /** Where the answer comes from, as `extensions.sources` said it. */
  readonly sources: readonly EvidenceSource[];
  /** The log's entry of each person whom the answer is about. */
  readonly entries: readonly EvidenceEntry[];
  /** Commitment to the answer's `data`. */
  readonly result: string;
}

export interface EvidenceSource {
  readonly name: string;
  readonly status: string;
  /** Null where it did not answer. */
  readonly asOf: string | null;
}

export interface EvidenceEntry {
  /** Its index in the log. */
  readonly index: number;
  /** Commitment to the personal number. */
  readonly pin: string;
}

/** The text that is signed: canonical, so that a record has one. */
export function writeRecord(record: EvidenceRecord): string {
  const { id, signedAt, agency, operation, sources, entries, result } = record;
  return canonicalize({
    id,
    signedAt,
    agency,
    operation,
    sources: sources.map(({ name, status, asOf }) => ({ name, status, asOf })),
    entries: entries.map(({ index, pin }) => ({ index, pin })),
    result,
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

function isRecord(value: unknown): value is EvidenceRecord {
  const { id, signedAt, agency, operation, sources, entries, result } = Object(value) as Record<
    string,
    unknown
  >;
  return (
    isToken(id, 22) &&
    typeof signedAt === "string" &&
    typeof agency === "string" &&
    isToken(operation, 43) &&
    Array.isArray(sources) &&
    sources.every(isSource) &&
    Array.isArray(entries) &&
    entries.every(isEntry) &&
    isToken(result, 43)
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

function isEntry(value: unknown): value is EvidenceEntry {
  const { index, pin } = Object(value) as Record<string, unknown>;
  return Number.isSafeInteger(index) && (index as number) >= 0 && isToken(pin, 43);
}

/** Base64url of a known length. */
function isToken(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === length && /^[\w-]+$/.test(value);
}
