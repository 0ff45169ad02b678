import fc from "fast-check";
import { expect, test } from "vitest";
import { reconcile } from "../../../gateway/quota/reconcile.ts";
import { openOwnerLine } from "../../../gateway/quota/owner-line.ts";
import type { Reservation } from "../../../gateway/quota/quota.ts";
import { lanes } from "../../../schema/terms.ts";
import { answer, openCountry, unitsOf } from "./processes.ts";
import { within } from "./within.ts";

const fetchOwner = openOwnerLine();

/** What may happen to three processes of one ledger, in any order. */
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("reserve" as const),
      process: fc.nat(2),
      lane: fc.constantFrom(...lanes),
      units: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      call: fc.nat(9),
      outcome: fc.constantFrom("answered", "refused", "counted in vain", "lost"),
    }),
  },
  fc.record({ kind: fc.constant("crash" as const), process: fc.nat(2) }),
  fc.record({ kind: fc.constant("close" as const), process: fc.nat(2) }),
  fc.record({ kind: fc.constant("step" as const), process: fc.nat(2) }),
  fc.record({
    kind: fc.constant("pass" as const),
    ms: fc.constantFrom(10, 300, 1_100, 5_000, 9_000),
  }),
  fc.record({ kind: fc.constant("reconcile" as const) }),
);

test("Whatever happens to processes and calls, no unit is passed over the limit, and none is lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 40 }), async (events) => {
      const country = await openCountry({
        perDay: 150,
        lanes: { counter: { floor: 30 }, case: { floor: 20 } },
      });
      const { clock, owner, database, terms } = country;
      const processes = [0, 1, 2].map(() => country.start());
      const underWay: Reservation[] = [];
      const settle = () => reconcile({ database, source: "population", terms, fetchOwner });
      for (const each of events) {
        switch (each.kind) {
          case "reserve": {
            const { process, units, lane } = each;
            const given = await within(clock, processes[process]!.reserve(units, lane));
            if (given.kind === "reserved") underWay.push(given);
            break;
          }
          case "settle": {
            const call = underWay.splice(each.call % Math.max(1, underWay.length), 1)[0];
            if (!call) break;
            // A call that comes within its time is never refused by its owner: its lease may be closed
            // only when its process is taken for dead.
            if (each.outcome === "answered") answer(owner, call);
            else if (each.outcome === "refused") call.settle({ kind: "returned", ownerDate: null });
            else {
              if (each.outcome === "counted in vain") owner.count(call.key, unitsOf(call));
              call.settle({ kind: "doubt" });
            }
            break;
          }
          case "crash":
            processes[each.process] = country.start();
            break;
          case "close":
            await processes[each.process]!.close();
            break;
          case "step":
            await processes[each.process]!.step();
            break;
          case "pass":
            await clock.pass(each.ms);
            break;
          case "reconcile":
            await settle();
        }
        const account = await country.account();
        expect(owner.counted("2026-07-24")).toBeLessThanOrEqual(150);
        if (account) expect(account.free).toBeGreaterThanOrEqual(0);
      }
      // Half of what is still under way comes to be counted, and nobody hears of it.
      underWay.forEach((call, index) => index % 2 && owner.count(call.key, unitsOf(call)));
      await Promise.all(processes.map((process) => process.close()));
      await clock.pass(20_000);
      await settle();
      const account = await country.account();
      const spent = owner.counted("2026-07-24");
      if (account || spent > 0)
        expect(account).toEqual({ limit: 150, free: 150 - spent, leased: 0, doubt: 0, spent });
      expect(owner.overrun).toBe(0);
      expect(country.failures).toEqual([]);
      await country.end();
    }),
    { numRuns: 15, endOnFailure: true },
  );
}, 120_000);
