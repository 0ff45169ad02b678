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
   *
   * @param bytes size of what was said
   */
  put(key: string, answer: RowAnswer, asOf: number, bytes: number): void;
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

/** An answer as objects takes about this many times its size as text. */
const growth = 3;
/** What an entry takes beside its answer and its key. */
const overhead = 400;

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
  const kept = new LRUCache<string, KeptAnswer>({ maxSize: maxBytes });
  const longest = Math.max(cacheSeconds, staleSeconds);
  const noOlder = (key: string, seconds: number) => {
    if (seconds === 0) return undefined;
    const found = kept.get(key);
    if (found === undefined) return undefined;
    const age = now() - found.asOf;
    // A clock that went back says nothing about an answer's age.
    return age >= 0 && age < seconds * 1000 ? found : undefined;
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
    put(key, answer, asOf, bytes) {
      const whole = answer.kind === "none" || (answer.kind === "row" && answer.errors.length === 0);
      if (!whole || longest === 0) {
        kept.delete(key);
        return;
      }
      const size = Math.ceil(bytes * growth) + key.length + overhead;
      kept.set(key, { answer, asOf }, { size });
      if (clearance === undefined) clearWhenDue(asOf);
    },
    entries: () => kept.size,
  };
}
