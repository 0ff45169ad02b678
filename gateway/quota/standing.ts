import { lanes } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import { addDays } from "../../schema/values/date.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { readAccount, readLedgerTime } from "./accounts.ts";
import { freshAccount } from "./fresh-account.ts";
import { sumGranted } from "./grants.ts";
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

/**
 * The same as one agency may know it: what it has used itself, and what its lane may still take. What others
 * have used is theirs to know.
 */
export async function readOwnStandings(
  database: GatewayDatabase,
  sources: ReadonlyMap<string, SourceTerms>,
  agency: string,
): Promise<LaneStanding[]> {
  const standings = await readStandings(database, sources);
  const days = new Map(standings.map(({ source, day }) => [source, day]));
  const used = new Map<string, number>();
  for (const [source, day] of days)
    for (const spending of await readSpending(database, source, day))
      if (spending.agency === agency) used.set(`${source} ${spending.lane}`, spending.units);
  return standings.map((standing) => {
    const { source, lane, limit } = standing;
    const own = used.get(`${source} ${lane}`) ?? 0;
    const left = limit === null ? null : limit - standing.used - standing.reserved;
    return { ...standing, limit: left === null ? null : own + left, used: own, reserved: 0 };
  });
}

/** As `readStandings`, with a row for what is granted where something is. */
export async function readPotStandings(
  database: GatewayDatabase,
  sources: ReadonlyMap<string, SourceTerms>,
): Promise<PotStanding[]> {
  const standings: PotStanding[] = [];
  for (const [source, terms] of sources) {
    const { ledgerTime } = await readLedgerTime(database, source);
    const { timeZone } = terms;
    const day = dayAt(ledgerTime, timeZone);
    const resetsAt = new Date(startOf(addDays(day, 1), timeZone)).toISOString();
    const lent = lentOn(day, wallClock(ledgerTime, timeZone), terms.lanes);
    const place = { source, day, resetsAt };
    const account = await readKeptAccount(database, source, day, terms);
    if (account) standings.push(...standingsOf(account, lent).map((one) => ({ ...place, ...one })));
    else
      for (const one of await readCounted(database, source, day, terms, lent))
        standings.push({ ...place, ...one });
  }
  return standings;
}

type Figures = Pick<PotStanding, "lane" | "limit" | "used" | "reserved">;

/** The account of a day of which one is kept, as it would be opened where nobody has asked yet. */
async function readKeptAccount(
  database: GatewayDatabase,
  source: string,
  day: CivilDate,
  terms: SourceTerms,
): Promise<DayAccount | undefined> {
  const { perDay, mode } = terms;
  if (perDay === null || mode !== "enforce") return undefined;
  const account = await readAccount(database, source, day);
  return account ?? freshAccount(perDay, terms, await sumGranted(database, source, day));
}

function standingsOf(account: DayAccount, lent: readonly Lane[]): Figures[] {
  const figures = (pot: Pot, left: number): Figures => {
    const { leased, doubt, spent } = account.pots[pot];
    const used = spent + doubt;
    return { lane: pot, limit: used + leased + left, used, reserved: leased };
  };
  const standings = lanes.map((lane) => figures(lane, availableTo(lane, account, lent)));
  const { granted } = account.pots;
  const left = Math.max(0, granted.floor - usedBy(granted));
  return left + usedBy(granted) > 0 ? [...standings, figures("granted", left)] : standings;
}

/** Where the lanes of a source stand whose units are only counted. */
async function readCounted(
  database: GatewayDatabase,
  source: string,
  day: CivilDate,
  terms: SourceTerms,
  lent: readonly Lane[],
): Promise<Figures[]> {
  const { perDay } = terms;
  const spendings = await readSpending(database, source, day);
  return lanes.map((lane) => ({
    lane,
    limit: perDay === null ? null : availableTo(lane, freshAccount(perDay, terms, 0), lent),
    used: spendings.reduce((sum, one) => sum + (one.lane === lane ? one.units : 0), 0),
    reserved: 0,
  }));
}
