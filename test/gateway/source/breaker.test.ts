import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openBreaker } from "../../../gateway/source/breaker.ts";
import type { LineState } from "../../../gateway/source/breaker.ts";

const start = Date.parse("2026-03-02T08:00:00Z");
beforeEach(() => vi.useFakeTimers({ now: start, toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

function open() {
  const changes: LineState[] = [];
  const breaker = openBreaker<"well" | "failed">({
    failed: (result) => result === "failed",
    now: Date.now,
    random: () => 1,
    onChange: (state) => changes.push(state),
  });
  const call = (result: "well" | "failed") => breaker.run(() => Promise.resolve(result));
  const fail = async (times: number) => {
    for (let time = 0; time < times; time++) await call("failed");
  };
  return { ...breaker, changes, call, fail };
}

const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

test("five failures open a line, which then calls nobody and says when it will", async () => {
  const { fail, call, state, changes } = open();
  await fail(4);
  expect(state().state).toBe("closed");
  await fail(1);
  expect(state()).toEqual({ state: "open", since: start, retryAt: start + 1_000 });
  expect(await call("well")).toBeUndefined();
  expect(changes).toHaveLength(1);
});

test("a source that fails every second time is found out too", async () => {
  const { call, state } = open();
  for (let time = 0; time < 10; time++) await call(time % 2 ? "failed" : "well");
  expect(state().state).toBe("open");
});

test("a failure now and then opens nothing", async () => {
  const { call, state } = open();
  for (let time = 0; time < 100; time++) await call(time % 4 === 0 ? "failed" : "well");
  expect(state().state).toBe("closed");
});

test("one call tries an open line, and meanwhile nobody waits for what becomes of it", async () => {
  const { fail, call, run, state } = open();
  await fail(5);
  later(1_000);
  let answer: (result: "well" | "failed") => void = () => {};
  const trying = run(() => new Promise((resolve) => (answer = resolve)));
  expect(state().state).toBe("recovering");
  expect(await call("well")).toBeUndefined();
  answer("well");
  expect(await trying).toBe("well");
  expect(state()).toMatchObject({ state: "closed", retryAt: null });
  expect(await call("well")).toBe("well");
});

test("a line that stays silent is tried ever more seldom, at least every half minute", async () => {
  const { fail, call, state } = open();
  await fail(5);
  const waits: number[] = [];
  for (let time = 0; time < 8; time++) {
    const wait = state().retryAt! - Date.now();
    waits.push(wait);
    later(wait);
    await call("failed");
  }
  expect(state()).toMatchObject({ state: "open", since: start });
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("a fault of the gateway's own is thrown on and opens nothing", async () => {
  const { run, state } = open();
  for (let time = 0; time < 10; time++)
    await expect(run(() => Promise.reject(new Error("ours")))).rejects.toThrow("ours");
  expect(state().state).toBe("closed");
});
