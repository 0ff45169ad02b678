import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openCache } from "../../../gateway/source/cache.ts";
import type { CacheOptions } from "../../../gateway/source/cache.ts";
import type { RowAnswer } from "../../../gateway/source/read-rows.ts";

const row = (name: string): RowAnswer => ({ kind: "row", value: { name }, errors: [] });
const nobody: RowAnswer = { kind: "none" };
const lost: RowAnswer = { kind: "lost", code: "SOURCE_ERROR", reason: "no" };

const day = Date.parse("2026-03-02T08:00:00Z");
beforeEach(() => {
  // `Date` is not read by the cache: its clock is handed in.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A cache, and the clock by which it goes. */
function open(options: Partial<CacheOptions> = {}) {
  let now = day;
  const cache = openCache({
    cacheSeconds: 60,
    staleSeconds: 900,
    maxBytes: 1_000_000,
    now: () => now,
    ...options,
  });
  return {
    cache,
    put: (key: string, answer = row(key)) => cache.put(key, answer, now),
    /** Lets time pass, and timers with it. */
    pass(seconds: number) {
      now += seconds * 1000;
      vi.advanceTimersByTime(Math.max(0, seconds * 1000));
    },
  };
}

describe("an answer", () => {
  test("is fresh for the terms' cacheSeconds, and stands in for a silent source for their staleSeconds", () => {
    const { cache, put, pass } = open();
    put("an");
    const kept = { answer: row("an"), asOf: day };
    pass(59.999);
    expect([cache.fresh("an"), cache.stale("an")]).toEqual([kept, kept]);
    pass(0.001);
    expect([cache.fresh("an"), cache.stale("an")]).toEqual([undefined, kept]);
    pass(839.999);
    expect(cache.stale("an")).toEqual(kept);
    pass(0.001);
    expect(cache.stale("an")).toBeUndefined();
  });

  test("is not kept where the owner's terms allow neither", () => {
    const { cache, put } = open({ cacheSeconds: 0, staleSeconds: 0 });
    put("an");
    expect([cache.fresh("an"), cache.stale("an"), cache.entries()]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });

  test.each([
    ["an error about the row", lost],
    [
      "a row with an error in it",
      { ...row("an"), errors: [{ path: ["name"], code: "NOT_RECORDED" }] } as RowAnswer,
    ],
  ])("ends with %s", (_, answer) => {
    const { cache, put } = open();
    put("an");
    put("an", answer);
    expect([cache.fresh("an"), cache.stale("an")]).toEqual([undefined, undefined]);
  });

  test("gives way to a newer one, to nobody too", () => {
    const { cache, put } = open();
    put("an");
    put("an", nobody);
    expect(cache.stale("an")!.answer).toEqual(nobody);
  });

  test("is worth nothing when the clock has gone back behind it", () => {
    const { cache, put, pass } = open();
    put("an");
    pass(-1);
    expect([cache.fresh("an"), cache.stale("an")]).toEqual([undefined, undefined]);
  });
});

describe("memory", () => {
  test("is bounded by bytes: what was used longest ago goes first", () => {
    const { cache, put } = open({ maxBytes: 100_000 });
    for (let number = 0; number < 1_000; number++) {
      put(`key ${number}`, row("ư".repeat(500)));
      cache.fresh("key 0");
    }
    expect(cache.entries()).toBeGreaterThan(10);
    expect(cache.entries()).toBeLessThanOrEqual(100);
    expect(cache.fresh("key 0")).toBeDefined();
    expect(cache.fresh("key 1")).toBeUndefined();
    put("large", row("ư".repeat(50_000)));
    expect(cache.fresh("large")).toBeUndefined();
  });

  test("holds no answer longer than the terms allow, though nobody asks for it any more", () => {
    const { cache, put, pass } = open({ cacheSeconds: 60, staleSeconds: 0 });
    for (let second = 0; second < 30; second++) {
      put(`key ${second}`);
      pass(1);
    }
    pass(29);
    expect(cache.entries()).toBe(30);
    for (let gone = 1; gone <= 30; gone++) {
      pass(1);
      // A second later at most, so that answers go together.
      expect(cache.entries()).toBeLessThanOrEqual(30 - gone + 1);
    }
    pass(1);
    expect(cache.entries()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    put("again");
    pass(61);
    expect(cache.entries()).toBe(0);
  });

  test("holds none from a time that the clock has gone back behind", () => {
    const { cache, put, pass } = open();
    put("an");
    pass(-10_000);
    pass(901);
    expect(cache.entries()).toBe(0);
  });

  test("keeps no process alive", () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().length;
    open().put("an");
    expect(process.getActiveResourcesInfo().length).toBe(before);
  });
});
