import { LRUCache } from "lru-cache";

/** How often each of many people may ask. */
export interface RateLimit {
  /**
   * Counts one request of a person.
   *
   * @returns 0 where it may go on, else the milliseconds after which the person may ask again
   */
  take(subject: string): number;
}

export interface RateLimitOptions {
  /** Requests that a person may send in a minute, evenly. */
  readonly perMinute: number;
  /** Requests that may come at once after a pause, as a screen sends them. */
  readonly atOnce: number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
}

/** People that are remembered; whoever asked longest ago is forgotten, and begins with a full share. */
const remembered = 100_000;

/**
 * Opens the limit. Kept as the instant at which a person's share is full again: one number a person, and
 * nothing to be cleared (the generic cell rate algorithm, ITU-T I.371).
 */
export function openRateLimit({ perMinute, atOnce, monotonic }: RateLimitOptions): RateLimit {
  const eachMs = 60_000 / perMinute;
  const fullAt = new LRUCache<string, number>({ max: remembered });
  return {
    take(subject) {
      const now = monotonic();
      const full = Math.max(now, fullAt.get(subject) ?? now) + eachMs;
      const wait = full - now - eachMs * atOnce;
      if (wait > 0) return Math.ceil(wait);
      fullAt.set(subject, full);
      return 0;
    },
  };
}
