import { describe, expect, test } from "vitest";
import { forecast, withLimit } from "../../../gateway/quota/forecast.ts";
import type { Plan } from "../../../gateway/quota/forecast.ts";
import { parseTermsBySource } from "../../../schema/terms.ts";

const terms = parseTermsBySource(
  JSON.stringify({
    population: {
      perDay: 200_000,
      callsPerSecond: 3,
      largestBatch: 10,
      lanes: {
        counter: { floor: 60_000 },
        case: { floor: 40_000, lendFrom: "15:00" },
        bulk: { floor: 20_000, lendFrom: "18:00" },
      },
    },
  }),
  "terms.json",
).get("population")!;

/** At eight in the morning in Hanoi; two calls a second of ten records are data cleaning's. */
const plan: Plan = {
  now: Date.parse("2026-07-24T08:00:00+07:00"),
  terms,
  today: undefined,
  usual: { counter: 0, case: 0, bulk: 0 },
  grants: [],
};

function ends(units: readonly number[], changed: Plan = plan) {
  const jobs = units.map((each, index) => ({
    name: `job ${index}`,
    lane: "bulk" as const,
    units: each,
  }));
  return forecast(jobs, changed).map(({ endsAt }) =>
    endsAt === null ? null : new Date(endsAt + 7 * 3_600_000).toISOString().slice(0, 19),
  );
}

describe("A forecast", () => {
  test("tells when each job ends, at the speed that the owner allows", () => {
    expect(ends([72_000, 7_200])).toEqual(["2026-07-24T09:00:00", "2026-07-24T09:06:00"]);
  });

  test("waits for the hour at which a floor is lent", () => {
    expect(ends([100_000])).toEqual(["2026-07-24T09:23:20"]);
    expect(ends([101_200])).toEqual(["2026-07-24T15:01:00"]);
  });

  test("goes on the next day when a day is used up", () => {
    expect(ends([141_200])).toEqual(["2026-07-25T00:01:00"]);
  });

  test("leaves what others usually spend", () => {
    const usual = { counter: 90_000, case: 0, bulk: 0 };
    expect(ends([141_200, 70_000], { ...plan, usual })).toEqual([
      "2026-07-25T00:26:00",
      "2026-07-25T15:26:00",
    ]);
  });

  test("reckons that what others have spent today is not spent again", () => {
    const pot = (floor: number, spent: number) => ({ floor, leased: 0, doubt: 0, spent });
    const today = {
      limit: 200_000,
      free: 120_000,
      pots: {
        counter: pot(60_000, 80_000),
        case: pot(40_000, 0),
        bulk: pot(20_000, 0),
        granted: pot(0, 0),
      },
    };
    const usual = { counter: 90_000, case: 0, bulk: 0 };
    expect(ends([70_000], { ...plan, today, usual })).toEqual(["2026-07-24T08:58:20"]);
    expect(ends([70_001], { ...plan, today, usual })[0]).toMatch(/^2026-07-24T15:00:00/);
  });

  test("lets each lane spend its own floor, and all of them the rest", () => {
    const jobs = (units: number) => [
      { name: "files", lane: "case" as const, units: 80_000 },
      { name: "cleaning", lane: "bulk" as const, units },
    ];
    const endsOn = (units: number) =>
      forecast(jobs(units), plan).map(({ endsAt }) => new Date(endsAt!).toISOString());
    const unlimited = { ...terms, callsPerSecond: null };
    expect(
      forecast(jobs(60_000), { ...plan, terms: unlimited }).map(({ endsAt }) => endsAt),
    ).toEqual([plan.now, plan.now]);
    expect(endsOn(60_000)).toEqual(["2026-07-24T02:06:40.000Z", "2026-07-24T02:56:40.000Z"]);
  });

  test("lets a counter's job have the slots that others must leave to it", () => {
    const counter = { name: "counter", lane: "counter" as const, units: 36_000 };
    expect(forecast([counter], plan)).toEqual([
      { name: "counter", endsAt: Date.parse("2026-07-24T08:20:00+07:00") },
    ]);
  });

  test("leaves alone what is granted, on its days", () => {
    const grants = [{ from: "2026-07-24", until: "2026-07-24", records: 50_000 }];
    expect(ends([50_001], { ...plan, grants })[0]).toMatch(/^2026-07-24T15:00/);
    expect(ends([50_000], { ...plan, grants })[0]).toMatch(/^2026-07-24T08:41/);
  });

  test("says that a job never ends where nothing is left for it", () => {
    const none = {
      ...terms,
      perDay: 100_000,
      lanes: { ...terms.lanes, case: { floor: 40_000, lendFrom: null } },
    };
    expect(ends([1], { ...plan, terms: none })).toEqual([null]);
  });

  test("tells what another limit would change", () => {
    expect(ends([300_000])).toEqual(["2026-07-26T00:16:40"]);
    expect(ends([300_000], withLimit(plan, 500_000))).toEqual(["2026-07-24T12:10:00"]);
    expect(ends([300_000], withLimit(plan, null))).toEqual(["2026-07-24T12:10:00"]);
  });
});
