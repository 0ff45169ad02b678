import type { CivilDate } from "../../schema/values/date.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import type { QuotaClock } from "./clock.ts";
import { addSpending } from "./spending.ts";
import type { Spending } from "./spending.ts";
import { dayAt } from "./owner-day.ts";
import type { Booked, KeptSource, Reservation } from "./quota.ts";

export interface CountedSourceOptions {
  readonly database: GatewayDatabase;
  readonly source: string;
  readonly terms: SourceTerms;
  readonly clock: QuotaClock;
  readonly newId: () => string;
}

/**
 * A source without a limit, or whose terms say `measure` or `off`: every call leaves at once. What is
 * spent is counted here, and told to the ledger with the next step; a process that dies takes the count
 * of that moment with it, as nothing depends on it.
 */
export function openCountedSource(options: CountedSourceOptions): KeptSource {
  const { database, source, terms, clock, newId } = options;
  const prefix = newId();
  let calls = 0;
  let spendings: Spending[] = [];
  const count = (
    lane: Lane,
    units: ReadonlyMap<string, number>,
    countedDay: string | null,
  ): Booked => {
    if (terms.mode === "off") return notSpent;
    const day = (countedDay ?? dayAt(clock.now(), terms.timeZone)) as CivilDate;
    const each = terms.unit === "CALL" ? [[[...units.keys()][0] ?? "", 1] as const] : [...units];
    for (const [agency, spent] of each) {
      const known = spendings.find(
        (one) => one.day === day && one.lane === lane && one.agency === agency,
      );
      if (known) known.units += spent;
      else spendings.push({ day, lane, agency, units: spent });
    }
    return { kind: "spent", days: [day] };
  };
  const tidy = async () => {
    if (spendings.length === 0) return;
    const told = spendings;
    spendings = [];
    try {
      await addSpending(database, source, told);
    } catch (error) {
      spendings.push(...told);
      throw error;
    }
  };
  return {
    reserve({ lane, units }): Reservation {
      calls += 1;
      let settled = false;
      return {
        kind: "reserved",
        key: `${prefix}.${calls}`,
        granted: units,
        again: () => !settled && terms.countsKeysOnce,
        settle(outcome) {
          if (settled || outcome.kind === "returned") return notSpent;
          settled = true;
          // What is in doubt counts as spent.
          return count(lane, units, outcome.kind === "spent" ? outcome.countedDay : null);
        },
        // What is counted here waits for nothing: a process that dies takes it along.
        recorded: () => {},
      };
    },
    tidy,
    close: tidy,
  };
}

const notSpent: Booked = { kind: "returned" };
