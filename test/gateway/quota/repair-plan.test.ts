import fc from "fast-check";
import { expect, test } from "vitest";
import { pots, usedBy } from "../../../gateway/quota/lanes.ts";
import type { DayAccount, Pot } from "../../../gateway/quota/lanes.ts";
import { planRepairs } from "../../../gateway/quota/repair-plan.ts";

const units = fc.nat(50);
const byPot = <T>(each: fc.Arbitrary<T>) =>
  fc.record({ counter: each, case: each, bulk: each, granted: each });
const accounts = fc
  .record({
    free: units,
    pots: byPot(fc.record({ floor: units, leased: units, doubt: units, spent: units })),
  })
  .map(({ free, pots: each }): DayAccount => {
    const used = pots.reduce((sum, pot) => sum + usedBy(each[pot]), 0);
    return { limit: free + used, free, pots: each };
  });

test("whatever an account holds, what is repaired of it balances and says what the meter says", () => {
  fc.assert(
    fc.property(
      accounts,
      byPot(units),
      fc.nat(1_000),
      fc.constantFrom("RECORD" as const, "CALL" as const),
      (account, booked, meter, unit) => {
        const { repairs, beyond } = planRepairs({ account, booked }, meter, unit);
        const after = structuredClone(account) as { limit: number; free: number; pots: Pots };
        for (const { pot, kind, before, after: units } of repairs) {
          expect(after.pots[pot][kind]).toBe(before);
          after.pots[pot][kind] = units;
          after.free -= units - before;
          expect(after.free).toBeGreaterThanOrEqual(0);
          expect(units).toBeGreaterThanOrEqual(0);
        }
        const spent = pots.reduce((sum, pot) => sum + after.pots[pot].spent, 0);
        expect(spent + beyond).toBe(meter);
        expect(after.free + spent).toBe(account.limit);
        if (beyond > 0) expect(after.free).toBe(0);
      },
    ),
  );
});

type Pots = Record<Pot, { leased: number; doubt: number; spent: number }>;
