import { lanes } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import { addDays } from "../../schema/values/date.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { readAccount, readLedgerTime } from "./accounts.ts";
import { availableTo, lentOn, usedBy } from "./lanes.ts";
import type { DayAccount, Pot } from "./lanes.ts";
import { dayAt, startOf, wallClock } from "./owner-day.ts";
import { readSpending } from "./spending.ts";

/** Where a lane of a source stands on the owner's day. */
export interface LaneStanding {
  readonly source: string;
  /** The owner's day. */
  readonly day: CivilDate;
  readonly lane: Lane;
  /** Units that it has used, holds and may still take; null where the owner sets no limit. */
  readonly limit: number | null;
  /** Units spent, and in doubt, which count as spent until the owner says otherwise. */
  readonly used: number;
  /** Units that processes hold for it. */
  readonly reserved: number;
  /** When the owner's next day begins, ISO 8601. */
  readonly resetsAt: string;
}

/** The same of a pot: also of what is granted on the day, whatever lane its agencies ask in. */
export type PotStanding = Omit<LaneStanding, "lane"> & { readonly lane: Pot };

/**
 * Reads where every lane of the sources stands now.
 *
 * @param sources the terms of each, by name
 * @throws {Error} of the database
 */
export async function readStandings(
  database: GatewayDatabase,
  sources: ReadonlyMap<string, SourceTerms>,
): Promise<LaneStanding[]> {
  const standings = await readPotStandings(database, sources);
  return standings.flatMap(({ lane, ...standing }) =>
    lane === "granted" ? [] : [{ lane, ...standing }],
  );
}

/** As `readStandings`, with a row for what is granted where something is. */
export async function readPotStandings(
  database: GatewayDatabase,
  sources: ReadonlyMap<string, SourceTerms>,
): Promise<PotStanding[]> {
  const standings: PotStanding[] = [];
  for (const [source, terms] of sources) {
    const { ledgerTime } = await readLedgerTime(database, source);
    const { timeZone, perDay } = terms;
    const day = dayAt(ledgerTime, timeZone);
    const resetsAt = new Date(startOf(addDays(day, 1), timeZone)).toISOString();
    const place = { source, day, resetsAt };
    const account = perDay === null ? undefined : await readAccount(database, source, day);
    const lent = lentOn(day, wallClock(ledgerTime, timeZone), terms.lanes);
    const counted = perDay === null ? await readSpending(database, source, day) : [];
    for (const lane of lanes) {
      const standing = account
        ? standingIn(account, lane, availableTo(lane, account, lent))
        : {
            limit: perDay === null ? null : availableTo(lane, untouched(terms, perDay), lent),
            used: counted.reduce((sum, one) => sum + (one.lane === lane ? one.units : 0), 0),
            reserved: 0,
          };
      standings.push({ ...place, lane, ...standing });
    }
    const granted = account?.pots.granted;
    if (account && granted && (granted.floor > 0 || usedBy(granted) > 0)) {
      const left = Math.max(0, granted.floor - usedBy(granted));
      standings.push({ ...place, lane: "granted", ...standingIn(account, "granted", left) });
    }
  }
  return standings;
}

function standingIn({ pots }: DayAccount, pot: Pot, left: number) {
  const { leased, doubt, spent } = pots[pot];
  const used = spent + doubt;
  return { limit: used + leased + left, used, reserved: leased };
}

/** The account of a day on which nobody has asked yet. */
function untouched({ lanes: floors }: SourceTerms, perDay: number): DayAccount {
  const pot = (floor: number) => ({ floor, leased: 0, doubt: 0, spent: 0 });
  const pots = {
    counter: pot(floors.counter.floor),
    case: pot(floors.case.floor),
    bulk: pot(floors.bulk.floor),
    granted: pot(0),
  };
  return { limit: perDay, free: perDay, pots };
}
