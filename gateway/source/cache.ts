import { LRUCache } from "lru-cache";
import type { RowAnswer } from "./read-rows.ts";

/** What a source said about a row, and when. */
export interface KeptAnswer {
  readonly answer: RowAnswer;
  /** Milliseconds since 1970. */
  readonly asOf: number;
}

/** Answers of one source, kept in memory for a short time. */
export interface AnswerCache {
  /** The answer, where it is no older than the terms' `cacheSeconds`. */
  fresh(key: string): KeptAnswer | undefined;
  /** The answer, where it is no older than the terms' `staleSeconds`: for when the source is silent. */
  stale(key: string): KeptAnswer | undefined;
  /**
   * Takes a source's answer. A whole row or "nobody" is kept in the place of what was there; an answer
   * with an error in it only ends what was there, for an older yes must not outlive it.
   */
  put(key: string, answer: RowAnswer, asOf: number): void;
  /** How many answers are in memory. */
  entries(): number;
}

export interface CacheOptions {
  /** Seconds for which an answer counts as fresh; 0: none is kept as such. */
  readonly cacheSeconds: number;
  /** Seconds for which an answer may stand in for a silent source; 0: never. */
  readonly staleSeconds: number;
  /** Bytes of answers and keys at most; those used longest ago go first. */
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What an entry takes beside its answer and its key, in bytes. */
const overhead = 400;

/** Bytes of a character: Vietnamese letters need two each, and the whole text with them. */
const characterBytes = 2;

/**
 * An answer as it is kept: as text. Objects would be moved and marked by each collection of garbage while
 * they are kept, which took a tenth of the gateway's processor time; and few are asked for again.
 */
interface Entry {
  readonly text: string;
  readonly asOf: number;
}

/** Milliseconds between two clearances at least, so that answers of one second go together. */
const clearanceEvery = 1_000;

/**
 * Opens the cache of a source. Personal data stay in memory no longer than the owner's terms allow (and a
 * second): what is too old goes by itself, though nobody asks for it again.
 */
export function openCache({
  cacheSeconds,
  staleSeconds,
  maxBytes,
  now,
}: CacheOptions): AnswerCache {
  const kept = new LRUCache<string, Entry>({ maxSize: maxBytes });
  const longest = Math.max(cacheSeconds, staleSeconds);
  const noOlder = (key: string, seconds: number): KeptAnswer | undefined => {
    if (seconds === 0) return undefined;
    const found = kept.get(key);
    if (found === undefined) return undefined;
    const age = now() - found.asOf;
    // A clock that went back says nothing about an answer's age.
    if (age < 0 || age >= seconds * 1000) return undefined;
    return { answer: JSON.parse(found.text) as RowAnswer, asOf: found.asOf };
  };
  let clearance: NodeJS.Timeout | undefined;
  const clearWhenDue = (oldest: number) => {
    const wait = Math.max(clearanceEvery, oldest + longest * 1000 - now());
    clearance = setTimeout(clear, Math.min(wait, longest * 1000)).unref();
  };
  const clear = () => {
    clearance = undefined;
    let oldest = Number.POSITIVE_INFINITY;
    const tooOld: string[] = [];
    for (const [key, { asOf }] of kept.entries()) {
      const age = now() - asOf;
      if (age < 0 || age >= longest * 1000) tooOld.push(key);
      else oldest = Math.min(oldest, asOf);
    }
    for (const key of tooOld) kept.delete(key);
    if (kept.size > 0) clearWhenDue(oldest);
  };
  return {
    fresh: (key) => noOlder(key, cacheSeconds),
    stale: (key) => noOlder(key, staleSeconds),
    put(key, answer, asOf) {
      const whole = answer.kind === "none" || (answer.kind === "row" && answer.errors.length === 0);
      if (!whole || longest === 0) {
        kept.delete(key);
        return;
      }
      const text = JSON.stringify(answer);
      const size = (text.length + key.length) * characterBytes + overhead;
      kept.set(key, { text, asOf }, { size });
      if (clearance === undefined) clearWhenDue(asOf);
    },
    entries: () => kept.size,
  };
}
