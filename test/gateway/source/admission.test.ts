import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { lanes } from "../../../schema/terms.ts";
import type { Lane } from "../../../schema/terms.ts";
import { openAdmission } from "../../../gateway/source/admission.ts";
import type { Leave } from "../../../gateway/source/admission.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new AbortController().signal;
const open = (places: number, waiting = 100) =>
  openAdmission({ places, waiting, patienceMs: 1_000, slowMs: 200, now: Date.now });

/** Enters at once, or fails the test. */
function enterNow(admission: ReturnType<typeof open>, lane: Lane): Leave {
  const entered = admission.enter(lane, never);
  if (typeof entered !== "function") throw new Error(`The lane ${lane} has to wait.`);
  return entered;
}

/** Enters, and notes the lane once there is a place. */
function queueUp(admission: ReturnType<typeof open>, lane: Lane, order: (Lane | null)[]): void {
  void Promise.resolve(admission.enter(lane, never)).then((leave) =>
    order.push(leave === null ? null : lane),
  );
}

describe("a place at a source", () => {
  test("goes to the counter first, then to files, then to data that are cleaned", async () => {
    const admission = open(1);
    const leave = enterNow(admission, "counter");
    const order: (Lane | null)[] = [];
    for (const lane of ["bulk", "case", "counter"] as const) queueUp(admission, lane, order);
    leave(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toEqual(["counter"]);
  });

  test("is free at the counter however many files and data wait: they leave a third", async () => {
    const admission = open(9);
    for (let call = 0; call < 6; call++) enterNow(admission, "bulk")(true);
    for (let call = 0; call < 6; call++) enterNow(admission, call % 2 ? "case" : "bulk");
    const order: (Lane | null)[] = [];
    queueUp(admission, "case", order);
    queueUp(admission, "bulk", order);
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toEqual([]);
    for (let call = 0; call < 3; call++) enterNow(admission, "counter");
  });

  test("is not waited for longer than a call may take, nor by more than may wait", async () => {
    const admission = open(1, 2);
    enterNow(admission, "counter");
    const order: (Lane | null)[] = [];
    for (let call = 0; call < 3; call++) queueUp(admission, "counter", order);
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toEqual([null]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(order).toEqual([null, null, null]);
  });

  test("is not kept for a call that nobody waits for any more", async () => {
    const admission = open(1);
    const leave = enterNow(admission, "counter");
    const gone = new AbortController();
    const entering = admission.enter("counter", gone.signal);
    gone.abort();
    expect(await entering).toBeNull();
    leave(true);
    enterNow(admission, "counter");
  });

  test("is for one file at first, for one more with each that is answered in good time, and for half as many after one that is not", () => {
    const admission = open(9);
    /** Fills what there is for files, and lets them be answered after so long; how many there were. */
    const round = (ms: number): number => {
      const inside: Leave[] = [];
      const gone = new AbortController();
      for (let entered = admission.enter("bulk", gone.signal); typeof entered === "function";) {
        inside.push(entered);
        entered = admission.enter("bulk", gone.signal);
      }
      gone.abort();
      vi.advanceTimersByTime(ms);
      for (const leave of inside) leave(true);
      return inside.length;
    };
    expect([round(100), round(100), round(100), round(100)]).toEqual([1, 2, 4, 6]);
    const leave = enterNow(admission, "case");
    vi.advanceTimersByTime(201);
    leave(true);
    expect(round(100)).toBe(3);
    for (let call = 0; call < 9; call++) enterNow(admission, "counter");
  });

  test("is one after an outage, and one more with each call that is answered", () => {
    const admission = open(8);
    admission.startSlowly();
    let inside = [enterNow(admission, "counter")];
    const rounds = [1];
    while (rounds.at(-1)! < 8) {
      for (const leave of inside) leave(true);
      inside = [];
      for (let entered = admission.enter("counter", never); typeof entered === "function";) {
        inside.push(entered);
        entered = admission.enter("counter", never);
      }
      rounds.push(inside.length);
      // Whoever was refused waits; let it go, so that the next round counts places alone.
      vi.advanceTimersByTime(1_000);
    }
    expect(rounds).toEqual([1, 2, 4, 8]);
  });

  test("after an outage none is added by a call that fails", () => {
    const admission = open(8);
    admission.startSlowly();
    enterNow(admission, "counter")(false);
    enterNow(admission, "counter");
    expect(typeof admission.enter("counter", never)).not.toBe("function");
  });
});

test("whatever comes and goes, no more are inside than there are places, and nobody is forgotten", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.tuple(fc.constantFrom(...lanes), fc.nat(5)), { maxLength: 60 }),
      async (places, steps) => {
        const admission = open(places);
        const inside: { lane: Lane; leave: Leave }[] = [];
        let entered = 0;
        for (const [lane, leaving] of steps) {
          void Promise.resolve(admission.enter(lane, never)).then((leave) => {
            entered++;
            if (leave) inside.push({ lane, leave });
          });
          await vi.advanceTimersByTimeAsync(0);
          expect(inside.length).toBeLessThanOrEqual(places);
          expect(inside.filter((one) => one.lane !== "counter").length).toBeLessThanOrEqual(
            Math.max(1, Math.floor((places * 2) / 3)),
          );
          for (const { leave } of inside.splice(0, leaving)) leave(true);
          await vi.advanceTimersByTimeAsync(0);
        }
        while (inside.length > 0) {
          for (const { leave } of inside.splice(0)) leave(true);
          await vi.advanceTimersByTimeAsync(0);
        }
        expect(entered).toBe(steps.length);
      },
    ),
  );
});
