import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allot, availableTo, lentOn, orderTurns } from "../../../gateway/quota/lanes.ts";
import type { DayAccount, Pot } from "../../../gateway/quota/lanes.ts";
import { lanes, parseTermsBySource, mostForFiles } from "../../../schema/terms.ts";

const floors = { counter: 60_000, case: 40_000, bulk: 20_000, granted: 0 };

/** A day of 200,000 units on which each pot has spent so much. */
function accountAfter(
  spent: Partial<Record<Pot, number>>,
  kept: Record<Pot, number> = floors,
): DayAccount {
  const pot = (name: Pot) => ({ floor: kept[name], leased: 0, doubt: 0, spent: spent[name] ?? 0 });
  const used = Object.values(spent).reduce((sum, units) => sum + units, 0);
  return {
    limit: 200_000,
    free: 200_000 - used,
    pots: {
      counter: pot("counter"),
      case: pot("case"),
      bulk: pot("bulk"),
      granted: pot("granted"),
    },
  };
}

describe("A lane", () => {
  test("may spend its floor and the common rest", () => {
    const fresh = accountAfter({});
    expect(lanes.map((lane) => availableTo(lane, fresh, []))).toEqual([140_000, 120_000, 100_000]);
  });

  test("leaves the others their floors, however much it asks", () => {
    const night = accountAfter({ bulk: 100_000 });
    expect(lanes.map((lane) => availableTo(lane, night, []))).toEqual([60_000, 40_000, 0]);
  });

  test("spends its floor first, and the rest is there for all", () => {
    expect(availableTo("bulk", accountAfter({ counter: 60_000 }), [])).toBe(100_000);
    expect(availableTo("bulk", accountAfter({ counter: 61_000 }), [])).toBe(99_000);
  });

  test("leaves the agencies what they were granted, and gives them no more of its floor for it", () => {
    const kept = { ...floors, granted: 30_000 };
    expect(availableTo("bulk", accountAfter({}, kept), [])).toBe(70_000);
    expect(availableTo("bulk", accountAfter({ granted: 10_000 }, kept), [])).toBe(70_000);
  });

  test("is lent floors from their hour on, and the counter's never", () => {
    const { lanes: terms } = parseTermsBySource(
      '{ "a": { "lanes": { "counter": { "floor": 1 }, "case": { "lendFrom": "15:00" }, "bulk": { "lendFrom": "18:00" } } } }',
      "terms.json",
    ).get("a")!;
    expect(lentOn("2026-07-24", "2026-07-24T14:59:59", terms)).toEqual([]);
    expect(lentOn("2026-07-24", "2026-07-24T15:00:00", terms)).toEqual(["case"]);
    expect(lentOn("2026-07-24", "2026-07-25T00:00:01", terms)).toEqual(["case", "bulk"]);
    expect(lentOn("2026-07-25", "2026-07-24T23:59:59", terms)).toEqual([]);
    expect(availableTo("counter", accountAfter({}), ["case", "bulk"])).toBe(200_000);
    expect(availableTo("bulk", accountAfter({}), ["case", "bulk"])).toBe(140_000);
  });

  test("has its floor left until it has spent it, whatever the others do (any history)", () => {
    const step = fc.record({
      lane: fc.constantFrom(...lanes),
      units: fc.integer({ min: 1, max: 90_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const spent: Record<string, number> = {};
        for (const { lane, units } of steps) {
          const taken = Math.min(units, availableTo(lane, accountAfter(spent), []));
          spent[lane] = (spent[lane] ?? 0) + taken;
        }
        const account = accountAfter(spent);
        expect(account.free).toBeGreaterThanOrEqual(0);
        for (const lane of lanes)
          expect(availableTo(lane, account, [])).toBeGreaterThanOrEqual(
            floors[lane] - (spent[lane] ?? 0),
          );
      }),
    );
  });
});

test("Files and data cleaning leave a third of the places free, and always have one", () => {
  expect([1, 2, 3, 10, 50].map(mostForFiles)).toEqual([1, 1, 2, 6, 33]);
});

describe("In a lane's queue", () => {
  test("an agency's first call goes before another's second", () => {
    const turns = orderTurns({});
    const places = ["da-nang", "da-nang", "hue", "da-nang", "hue"].map((agency) => ({
      agency,
      place: turns.place(agency),
    }));
    const order = places.toSorted((a, b) => a.place - b.place).map(({ agency }) => agency);
    expect(order).toEqual(["da-nang", "hue", "da-nang", "hue", "da-nang"]);
  });

  test("a weight of three gives three turns for one", () => {
    const turns = orderTurns({ "ho-chi-minh": 3 });
    const ask = (agency: string) =>
      Array.from({ length: 30 }, () => ({ agency, place: turns.place(agency) }));
    const order = [...ask("hue"), ...ask("ho-chi-minh")].toSorted((a, b) => a.place - b.place);
    const first = order.slice(0, 20).filter(({ agency }) => agency === "ho-chi-minh");
    expect(first).toHaveLength(15);
  });

  test("who comes late does not catch up on turns never asked for", () => {
    const turns = orderTurns({});
    for (let call = 0; call < 100; call++) turns.pass(turns.place("da-nang"));
    const next = turns.place("da-nang");
    expect(turns.place("hue")).toBe(next);
  });
});

test("Units are divided among the agencies in their order, and no more than there are", () => {
  const asked = new Map([
    ["hue", 3],
    ["da-nang", 5],
    ["can-tho", 2],
  ]);
  expect([...allot(asked, 10)]).toEqual([...asked]);
  expect([...allot(asked, 7)]).toEqual([
    ["hue", 3],
    ["da-nang", 4],
  ]);
  expect([...allot(asked, 0)]).toEqual([]);
});
