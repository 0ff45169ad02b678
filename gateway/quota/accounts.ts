import { sql } from "kysely";
import type { Selectable } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import { sumFloors } from "../../schema/terms.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import type { OwnerDay } from "../database/types.ts";
import { pots } from "./lanes.ts";
import type { DayAccount, Pot, PotAccount } from "./lanes.ts";
import { ledgerTime } from "./ledger.ts";

/** The accounts of an owner's days: opened once, read for reports, and called upon near their end. */

/** What PostgreSQL's clock says, and the newest day of a source that has an account. */
export async function readLedgerTime(
  database: GatewayDatabase,
  source: string,
): Promise<{ readonly ledgerTime: number; readonly newest: CivilDate | null }> {
  const { rows } = await sql<{ ledgerTime: number; newest: CivilDate | null }>`
    select ${ledgerTime} as "ledgerTime",
           (select max(day) from owner_day where source = ${source}) as newest
  `.execute(database);
  return rows[0]!;
}

/**
 * Opens an owner's day, with the floors of its terms and the grants that cover it; does nothing where it
 * is open. A grant gets what floors and older grants leave of the limit.
 */
export async function openDay(
  database: GatewayDatabase,
  source: string,
  day: CivilDate,
  terms: SourceTerms,
): Promise<void> {
  const { lanes: floors } = terms;
  const limit = terms.perDay ?? 0;
  const common = limit - sumFloors(terms);
  await database.transaction().execute(async (transaction) => {
    await lockGrants(transaction, source);
    await sql`
      with granted as (
        select id, greatest(0, least(records, ${common}::bigint - coalesce(sum(records) over (
            order by id rows between unbounded preceding and 1 preceding), 0))) as units
          from quota_grant where source = ${source} and ${day}::date between from_day and until_day
      ), opened as (
        insert into owner_day (source, day, day_limit, free, counter_floor, case_floor, bulk_floor, granted_floor)
          select ${source}, ${day}, ${limit}, ${limit}, ${floors.counter.floor}, ${floors.case.floor},
                 ${floors.bulk.floor}, coalesce((select sum(units) from granted), 0)
          on conflict do nothing returning day
      )
      insert into grant_day (grant_id, day, units) select id, day, units from granted, opened
    `.execute(transaction);
  });
}

/** Lets a day be opened, or a grant be given, one after the other: each must see what the other did. */
export async function lockGrants(transaction: GatewayDatabase, source: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext(${`grants of ${source}`}))`.execute(transaction);
}

/**
 * Fits a day to a limit that its owner has changed since it was opened: less than is used already it
 * cannot become. Does nothing where the day has that limit, or is not open.
 */
export async function changeLimit(
  database: GatewayDatabase,
  source: string,
  day: CivilDate,
  limit: number,
): Promise<void> {
  await sql`
    update owner_day set
        day_limit = greatest(${limit}::bigint, day_limit - free),
        free = greatest(${limit}::bigint, day_limit - free) - (day_limit - free)
      where source = ${source} and day = ${day} and day_limit <> ${limit}::bigint
  `.execute(database);
}

/** Asks all processes to give back what they do not use, where the ledger had to say no. */
export async function recallIdleUnits(
  database: GatewayDatabase,
  source: string,
  days: readonly CivilDate[],
): Promise<void> {
  await sql`
    update owner_day set recalled_at = clock_timestamp()
      where source = ${source} and day = any(${days}::date[])
  `.execute(database);
}

/** The account of a day, or undefined where nobody has asked the source on it. */
export async function readAccount(
  database: GatewayDatabase,
  source: string,
  day: CivilDate,
): Promise<DayAccount | undefined> {
  const row = await database
    .selectFrom("owner_day")
    .selectAll()
    .where("source", "=", source)
    .where("day", "=", day)
    .executeTakeFirst();
  return row && accountOf(row);
}

/** The account that a row of its table holds. */
export function accountOf(row: Selectable<OwnerDay>): DayAccount {
  const account = (pot: Pot): PotAccount => ({
    floor: row[`${pot}_floor`],
    leased: row[`${pot}_leased`],
    doubt: row[`${pot}_doubt`],
    spent: row[`${pot}_spent`],
  });
  return {
    limit: row.day_limit,
    free: row.free,
    pots: Object.fromEntries(pots.map((pot) => [pot, account(pot)])) as DayAccount["pots"],
  };
}
