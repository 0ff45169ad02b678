import { expect, test } from "vitest";
import { openTrial } from "../support/gateway-processes.ts";
import { beginLoad, isExhausted } from "../support/officers.ts";
import { makeOwnerGate } from "../support/owner-gate.ts";

/** Calls come at the owner's pace, on a busy machine more slowly. */
const patience = { timeout: 60_000 };

test("two gateways on one ledger spend an owner's day to the record: each lane its floor and the rest, and nobody is refused before", async () => {
  const lanes = {
    counter: { floor: 300, lendFrom: null },
    case: { floor: 200, lendFrom: null },
    bulk: { floor: 100, lendFrom: null },
  };
  const limit = 1_500;
  const trial = await openTrial({ perDay: limit, lanes });
  const gateways = await Promise.all([trial.startGateway(), trial.startGateway()]);
  const [one, other] = gateways;
  /** Whoever asks in a lane until both gateways say that it is spent: records answered, and all refusals. */
  const spend = async (lane: "counter" | "case" | "bulk") => {
    const loads = gateways.map(({ url }) => beginLoad(url, { officers: 8, lane }));
    await Promise.all(loads.map(({ until }) => until(isExhausted)));
    const results = await Promise.all(loads.map(({ stop }) => stop()));
    const codes = new Set(results.flatMap(({ refused }) => Object.keys(refused)));
    return { answered: results[0]!.answered + results[1]!.answered, codes: [...codes] };
  };
  const codes = ["QUOTA_EXHAUSTED"];

  // What one gateway holds and no longer uses, the other gets before it refuses anybody.
  const idle = beginLoad(other.url, { lane: "bulk" });
  await idle.until(({ answered }) => answered >= 300);
  const before = await idle.stop();
  const alone = beginLoad(one.url, { lane: "bulk" });
  await alone.until(isExhausted);
  expect(before.answered + (await alone.stop()).answered).toBe(1_000);
  expect([before.refused, Object.keys(alone.result.refused)]).toEqual([{}, codes]);
  expect(await trial.readMeter()).toBe(1_000);

  expect(await spend("case")).toEqual({ answered: 200, codes });
  expect(await spend("bulk")).toEqual({ answered: 0, codes });
  expect(await spend("counter")).toEqual({ answered: 300, codes });
  expect(await trial.settle()).toMatchObject([{ free: 0, spent: limit, meter: limit }]);
}, 120_000);

test("two gateways on one ledger share a day that both spend at once, to the record", async () => {
  const limit = 1_500;
  const trial = await openTrial({ perDay: limit });
  const gateways = await Promise.all([trial.startGateway(), trial.startGateway()]);
  const loads = gateways.map(({ url }) => beginLoad(url, { officers: 8 }));
  await Promise.all(loads.map(({ until }) => until(isExhausted)));
  const results = await Promise.all(loads.map((load) => load.stop()));
  expect(await trial.readMeter()).toBe(limit);
  const answered = results.map((result) => result.answered);
  expect(answered[0]! + answered[1]!).toBe(limit);
  expect(Math.min(...answered)).toBeGreaterThan(0);
  const codes = results.flatMap(({ refused }) => Object.keys(refused));
  expect(codes).toEqual(["QUOTA_EXHAUSTED", "QUOTA_EXHAUSTED"]);
  expect(await trial.settle()).toMatchObject([{ spent: limit, meter: limit }]);
}, 120_000);

test.each([
  ["one gateway calls", 1],
  ["two gateways call", 2],
])(
  "%s an owner never more often in any second than its terms allow, and nearly as often",
  async (_, count) => {
    const callsPerSecond = 20;
    const gate = makeOwnerGate();
    // Each call asks for one record, and none is given up: it would come when another has left in its place.
    const terms = { perDay: 100_000, callsPerSecond, largestBatch: 1, timeoutMs: 20_000 };
    const trial = await openTrial(terms, gate.place);
    const gateways = await Promise.all(Array.from({ length: count }, () => trial.startGateway()));
    const loads = gateways.map(({ url }) => beginLoad(url, { officers: 40 }));
    await expect.poll(() => gate.arrived(), patience).toBeGreaterThan(callsPerSecond * 5);
    await Promise.all(loads.map((load) => load.stop()));
    expect(gate.mostInASecond()).toBeLessThanOrEqual(callsPerSecond);
    expect(gate.mostInASecond()).toBeGreaterThan(callsPerSecond / 2);
  },
  120_000,
);
