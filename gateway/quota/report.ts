import { addDays } from "../../schema/values/date.ts";
import { lanes } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { readAccount, readLedgerTime } from "./accounts.ts";
import { availableTo, lentOn } from "./lanes.ts";
import { dayAt, startOf, wallClock } from "./owner-day.ts";
import { readSpending } from "./spending.ts";

/** Today's units of one source's lane, as `quota` shows them. */
export interface LaneReport {
  readonly source: string;
  readonly lane: Lane;
  /** Used, reserved and remaining together; null where the source has no limit. */
  readonly limit: number | null;
  /** Units that the owner has counted. */
  readonly used: number;
  /** Units in leases and in doubt. */
  readonly reserved: number;
  /** Units that the lane may still take; null where the source has no limit. */
  readonly remaining: number | null;
  /** Milliseconds since 1970. */
  readonly resetsAt: number;
}

/** Reads the ledger of a source's day that runs now, lane by lane. */
export async function readReport(
  database: GatewayDatabase,
  source: string,
  terms: SourceTerms,
): Promise<LaneReport[]> {
  const { timeZone, perDay, mode } = terms;
  const { ledgerTime } = await readLedgerTime(database, source);
  const day = dayAt(ledgerTime, timeZone);
  const resetsAt = startOf(addDays(day, 1), timeZone);
  const account = await readAccount(database, source, day);
  if (perDay === null || mode !== "enforce") {
    const spendings = await readSpending(database, source, day);
    return lanes.map((lane) => {
      const used = spendings
        .filter((spending) => spending.lane === lane)
        .reduce((sum, { units }) => sum + units, 0);
      return { source, lane, limit: null, used, reserved: 0, remaining: null, resetsAt };
    });
  }
  const lent = lentOn(day, wallClock(ledgerTime, timeZone), terms.lanes);
  const { pots, free } = account ?? unopened(perDay, terms);
  return lanes.map((lane) => {
    const { leased, doubt, spent } = pots[lane];
    const remaining = availableTo(lane, { limit: perDay, free, pots }, lent);
    const limit = spent + leased + doubt + remaining;
    return { source, lane, limit, used: spent, reserved: leased + doubt, remaining, resetsAt };
  });
}

/** The account of a day on which nobody has asked yet. */
function unopened(perDay: number, { lanes: floors }: SourceTerms) {
  const pot = (floor: number) => ({ floor, leased: 0, doubt: 0, spent: 0 });
  return {
    free: perDay,
    pots: {
      counter: pot(floors.counter.floor),
      case: pot(floors.case.floor),
      bulk: pot(floors.bulk.floor),
      granted: pot(0),
    },
  };
}
