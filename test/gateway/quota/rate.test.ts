import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { divideCalls } from "../../../gateway/quota/rate.ts";
import type { Lane } from "../../../schema/terms.ts";
import { answer, openCountry, reserved } from "./processes.ts";
import type { Country, TestProcess } from "./processes.ts";
import { within } from "./within.ts";

/** The most calls that any window of a second saw. */
function mostInASecond(arrivals: readonly number[]): number {
  const ordered = arrivals.toSorted((a, b) => a - b);
  return Math.max(
    0,
    ...ordered.map((from, first) => {
      const after = ordered.findIndex((at) => at >= from + 1_000);
      return (after < 0 ? ordered.length : after) - first;
    }),
  );
}

/** Sends calls as fast as they may leave, each some time on its way, and notes when they reach the owner. */
function flood(
  { clock, owner }: Country,
  process: TestProcess,
  delay: () => number,
  lane: Lane = "counter",
) {
  const arrivals: number[] = [];
  const waited: Lane[] = [];
  const send = async () => {
    const asked = process.reserve(1, lane);
    if (asked instanceof Promise) waited.push(lane);
    const given = await asked;
    if (given.kind !== "reserved") return;
    const there = delay();
    clock.after(there, () => {
      arrivals.push(clock.monotonic());
      clock.after(there, () => void answer(owner, given));
    });
  };
  return { arrivals, waited, send };
}

describe("The rate", () => {
  test("is never passed within any second, whatever the network does, by one process or two", async () => {
    const country = await openCountry({ perDay: 100_000, callsPerSecond: 10 });
    const delays = [5, 250, 40, 90, 3, 180];
    let turn = 0;
    const delay = () => delays[turn++ % delays.length]!;
    const floods = [country.start(), country.start()].map((process) => ({
      process,
      ...flood(country, process, delay),
    }));
    for (let step = 0; step < 40; step++) {
      for (const { send } of floods) for (let call = 0; call < 3; call++) void send();
      await country.clock.pass(100);
      if (step % 2) for (const { process } of floods) await process.step();
    }
    const [one, other] = floods.map(({ arrivals }) => arrivals) as [number[], number[]];
    expect(mostInASecond([...one, ...other])).toBeLessThanOrEqual(10);
    expect(one.length + other.length).toBeGreaterThan(25);
    expect(Math.min(one.length, other.length)).toBeGreaterThan(5);
  });

  test("is not given to others while the process that has it may still use it", async () => {
    const country = await openCountry({ perDay: null, callsPerSecond: 10 });
    const [first, second] = [country.start(), country.start()];
    const leave = { kind: "returned", ownerDate: null } as const;
    reserved(await first.reserve(1)).settle(leave);
    // The second makes itself known; the first has all there is.
    const asked = second.reserve(1);
    await country.clock.pass(0);
    const sent = { first: 0, second: 0 };
    const send = async (process: TestProcess, which: keyof typeof sent) => {
      if ((await process.reserve(1)).kind === "reserved") sent[which] += 1;
    };
    // While the first renews its share, and so learns of the second, its calls go on.
    const renewed = first.step();
    for (let call = 0; call < 9; call++) void send(first, "first");
    await renewed;
    for (let call = 0; call < 9; call++) void send(second, "second");
    await second.step();
    await country.clock.pass(0);
    expect(sent).toEqual({ first: 9, second: 0 });
    // A second after its answer, the place of the first's first call is the second's, whose calls wait for it
    // longer than an idle process keeps its share.
    for (let step = 0; step < 6; step++) {
      await country.clock.pass(200);
      await first.step();
      await second.step();
    }
    expect(await asked).toMatchObject({ kind: "reserved" });
    expect(sent).toEqual({ first: 9, second: 0 });
  });

  test("that a dead process had goes to the living after two seconds", async () => {
    const country = await openCountry({ perDay: 100_000, callsPerSecond: 10 });
    const [dead, living] = [country.start(), country.start()];
    const gone = flood(country, dead, () => 10);
    for (let call = 0; call < 10; call++) void gone.send();
    await country.clock.pass(400);
    expect(country.failures).toEqual([]);
    expect(gone.arrivals).toHaveLength(10);
    const { arrivals, send } = flood(country, living, () => 10);
    for (let step = 0; step < 25; step++) {
      for (let call = 0; call < 3; call++) void send();
      await country.clock.pass(200);
      await living.step();
    }
    expect(mostInASecond([...gone.arrivals, ...arrivals])).toBeLessThanOrEqual(10);
    expect(arrivals.filter((at) => at < 2_000)).toEqual([]);
    expect(arrivals.length).toBeGreaterThan(20);
  });

  test("that a process had which has ended goes to others when its last calls are a second old", async () => {
    const country = await openCountry({ perDay: null, callsPerSecond: 10 });
    const [ending, other] = [country.start(), country.start()];
    const calls = [];
    for (let call = 0; call < 10; call++) calls.push(reserved(await ending.reserve(1)));
    for (const call of calls) answer(country.owner, call);
    await ending.close();
    const { arrivals, send } = flood(country, other, () => 0);
    for (let step = 0; step < 15; step++) {
      void send();
      await country.clock.pass(200);
      await other.step();
    }
    expect(arrivals.length).toBeGreaterThan(5);
    expect(arrivals.filter((at) => at < 1_000)).toEqual([]);
  });

  test("lets a citizen go before files, and files before data cleaning", async () => {
    const country = await openCountry({ perDay: 100, callsPerSecond: 1, timeoutMs: 5_000 });
    const process = country.start();
    answer(country.owner, reserved(await within(country.clock, process.reserve(1))));
    const order: string[] = [];
    const lanes = ["bulk", "case", "counter"] as const;
    const asked = lanes.map(async (lane) => {
      const given = await process.reserve(1, lane);
      if (given.kind !== "reserved") return;
      order.push(lane);
      answer(country.owner, given);
    });
    for (let step = 0; step < 20; step++) {
      await country.clock.pass(200);
      await process.step();
    }
    await Promise.all(asked);
    expect(order).toEqual(["counter", "case", "bulk"]);
  });

  test("leaves the counter a third of the calls, however much data cleaning there is", async () => {
    const country = await openCountry({ perDay: 1_000_000, callsPerSecond: 30 });
    const process = country.start();
    const bulk = flood(country, process, () => 20, "bulk");
    const counter = flood(country, process, () => 20);
    for (let step = 0; step < 40; step++) {
      for (let call = 0; call < 30; call++) void bulk.send();
      if (step > 5 && step % 2) void counter.send();
      await country.clock.pass(100);
      if (step % 2) await process.step();
    }
    expect(counter.arrivals.length).toBeGreaterThanOrEqual(15);
    // Some wait for the ledger, but none for its turn.
    expect(counter.waited.length).toBeLessThan(6);
    expect(mostInASecond([...bulk.arrivals, ...counter.arrivals])).toBeLessThanOrEqual(30);
    expect(mostInASecond(bulk.arrivals)).toBeLessThanOrEqual(20);
  });

  test("refuses who waits longer than a call may take, and gives the units back", async () => {
    const country = await openCountry({ perDay: 100, callsPerSecond: 1, timeoutMs: 500 });
    const process = country.start();
    reserved(await process.reserve(5));
    expect(await within(country.clock, process.reserve(5))).toMatchObject({
      kind: "unavailable",
      reason: "RATE_LIMITED",
    });
    await process.close();
    expect(await country.account()).toMatchObject({ leased: 5, free: 95 });
  });

  test("counts a retry under the same key as one more call, and only where keys are counted once", async () => {
    const country = await openCountry({ perDay: 100, callsPerSecond: 2 });
    const process = country.start();
    const call = reserved(await process.reserve(5));
    const { signal } = new AbortController();
    expect(await call.again(signal)).toBe(true);
    const second = call.again(signal);
    expect(await within(country.clock, second, process)).toBe(true);
    expect(country.clock.monotonic()).toBeGreaterThanOrEqual(1_000);
    answer(country.owner, call);
    expect(await call.again(signal)).toBe(false);

    const counting = await openCountry({ perDay: 100, countsKeysOnce: false });
    const each = reserved(await counting.start().reserve(5));
    expect(await each.again(signal)).toBe(false);
  });

  test("is left to others by a process that cannot renew its share, before they take it", async () => {
    const country = await openCountry({ perDay: null, callsPerSecond: 10 });
    const process = country.start();
    const leave = { kind: "returned", ownerDate: null } as const;
    reserved(await process.reserve(1)).settle(leave);
    await country.cutLedger();
    await country.clock.pass(800);
    expect(process.reserve(1)).toMatchObject({ kind: "reserved" });
    await country.clock.pass(101);
    expect(await process.reserve(1)).toMatchObject({ reason: "LEDGER_UNAVAILABLE" });
  });

  test("cannot be kept without the ledger: then nothing leaves, and nothing is called exhausted", async () => {
    const country = await openCountry({ perDay: null, callsPerSecond: 10 });
    const process = country.start();
    await country.cutLedger();
    expect(await process.reserve(1)).toMatchObject({ reason: "LEDGER_UNAVAILABLE" });
  });
});

describe("Calls a second are divided", () => {
  const claim = fc.record({ process: fc.uuid(), wanted: fc.nat(200) });
  const claims = fc.uniqueArray(claim, {
    selector: ({ process }) => process,
    minLength: 1,
    maxLength: 8,
  });

  test("whole: none is lost, and none is given twice (any claims)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), claims, fc.nat(9), (calls, given, turn) => {
        const shares = [...divideCalls(calls, given, turn).values()];
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(calls);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("so that who wants little gets it, and nobody who wants more gets less than another", () => {
    const shares = divideCalls(
      50,
      [
        { process: "a", wanted: 5 },
        { process: "b", wanted: 60 },
        { process: "c", wanted: 70 },
      ],
      0,
    );
    expect([...shares]).toEqual([
      ["a", 5],
      ["b", 23],
      ["c", 22],
    ]);
  });

  test("in turns, where there are fewer than processes", () => {
    const both = ["a", "b"].map((process) => ({ process, wanted: 4 }));
    const holders = [0, 1, 2].map((turn) => divideCalls(1, both, turn).get("a"));
    expect(holders).toEqual([1, 0, 1]);
  });
});
