import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openBatches } from "../../../gateway/source/batch.ts";
import type { BatchOptions } from "../../../gateway/source/batch.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Batches whose calls end when told so. */
function openHeld(options: Partial<BatchOptions> = {}) {
  const batches = openBatches<string, string>({ windowMs: 10, largest: 100, ...options });
  const calls: { asks: readonly string[]; end: () => void; fail: (error: Error) => void }[] = [];
  const send = (asks: readonly string[]) =>
    new Promise<string[]>((resolve, reject) => {
      calls.push({ asks, end: () => resolve(asks.map((ask) => `re ${ask}`)), fail: reject });
    });
  return {
    load: (ask: string, key = "key") => batches.load(key, ask, send),
    calls,
    sent: () => calls.map(({ asks }) => asks.join()),
  };
}

/** Lets everything run that is due in this turn of the event loop and the next, and no timer's time pass. */
const turn = () => vi.advanceTimersByTimeAsync(0);

describe("on a quiet line", () => {
  test("a batch leaves at once, with all that came in the same turn", async () => {
    const { load, calls, sent } = openHeld({ windowMs: 1_000_000 });
    const replies = Promise.all([load("a"), load("b")]);
    await turn();
    expect(sent()).toEqual(["a,b"]);
    calls[0]!.end();
    expect(await replies).toEqual(["re a", "re b"]);
  });

  test("it is quiet again after a call that failed", async () => {
    const { load, calls, sent } = openHeld({ windowMs: 1_000_000 });
    const failed = load("a").catch((error: Error) => error.message);
    await turn();
    calls[0]!.fail(new Error("no"));
    expect(await failed).toBe("no");
    void load("b");
    await turn();
    expect(sent()).toEqual(["a", "b"]);
  });
});

describe("while a call of its key is in flight", () => {
  test("a batch waits for the call to end, and takes along who came meanwhile", async () => {
    const { load, calls, sent } = openHeld({ windowMs: 1_000_000 });
    void load("a");
    await turn();
    void load("b");
    await turn();
    void load("c");
    await turn();
    expect(sent()).toEqual(["a"]);
    calls[0]!.end();
    await turn();
    expect(sent()).toEqual(["a", "b,c"]);
  });

  test("it waits for the window and no longer, counted from the first who waits", async () => {
    const { load, sent } = openHeld({ windowMs: 10 });
    void load("a");
    await turn();
    void load("b");
    await vi.advanceTimersByTimeAsync(6);
    void load("c");
    await vi.advanceTimersByTimeAsync(3);
    expect(sent()).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent()).toEqual(["a", "b,c"]);
    void load("d");
    await vi.advanceTimersByTimeAsync(9);
    expect(sent()).toEqual(["a", "b,c"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent()).toEqual(["a", "b,c", "d"]);
  });

  test("several batches wait together, and the next one has a window of its own", async () => {
    const { load, calls, sent } = openHeld({ windowMs: 10, largest: 1 });
    void load("a");
    await turn();
    void load("b");
    await vi.advanceTimersByTimeAsync(6);
    void load("c");
    calls[0]!.end();
    await turn();
    expect(sent()).toEqual(["a", "b", "c"]);
    void load("d");
    await vi.advanceTimersByTimeAsync(9);
    expect(sent()).toEqual(["a", "b", "c"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent()).toEqual(["a", "b", "c", "d"]);
  });

  test("a batch of another key leaves at once", async () => {
    const { load, sent } = openHeld({ windowMs: 1_000_000 });
    void load("a", "one");
    await turn();
    void load("b", "other");
    await turn();
    expect(sent()).toEqual(["a", "b"]);
  });
});

test("no batch has more questions than the largest, and the rest goes in further ones", async () => {
  const { load, calls, sent } = openHeld({ largest: 2, windowMs: 1_000_000 });
  const replies = Promise.all(["a", "b", "c", "d", "e"].map((ask) => load(ask)));
  await turn();
  expect(sent()).toEqual(["a,b", "c,d", "e"]);
  for (const ask of ["f", "g", "h"]) void load(ask);
  await turn();
  calls[1]!.end();
  await turn();
  expect(sent()).toEqual(["a,b", "c,d", "e", "f,g", "h"]);
  calls[0]!.end();
  calls[2]!.end();
  expect(await replies).toEqual(["re a", "re b", "re c", "re d", "re e"]);
});
