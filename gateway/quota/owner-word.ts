import { sql } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import type { Lane } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { columnsOf } from "./ledger.ts";
import { insertSpending, unknownAgency } from "./spending.ts";
import type { Spending } from "./spending.ts";

/** What only an owner can end: leases of processes that died, and calls of which nobody knows the outcome. */

/** A lease whose time is over, or a call in doubt. */
export interface OpenQuestion {
  /** The lease's id, or the call's idempotency key. */
  readonly id: string;
  readonly kind: "lease" | "call";
  readonly source: string;
  readonly lane: Lane;
  readonly grant: number | null;
  readonly days: readonly CivilDate[];
  readonly units: number;
  /** Units by agency; of a lease nobody knows them. */
  readonly agencies: Readonly<Record<string, number>>;
}

/**
 * Fences the leases whose time is over: from now on their processes, should they wake, can book nothing
 * for them. Also tells those that were fenced before, by a reconciliation that did not end. Processes that
 * hold nothing and were not heard of for a day are forgotten: one that still lives says so with its next
 * lease.
 */
export async function fenceDeadLeases(
  database: GatewayDatabase,
  source: string,
): Promise<OpenQuestion[]> {
  const rows = await database
    .with("forgotten", (database) =>
      database
        .deleteFrom("gateway_process")
        .where("seen_at", "<", sql<Date>`clock_timestamp() - interval '1 day'`)
        .where(sql<boolean>`not exists (select from lease where process = gateway_process.id)`),
    )
    .updateTable("lease")
    .set({ fenced: true })
    .where("source", "=", source)
    .where("ends_at", "<=", sql<Date>`clock_timestamp()`)
    .returningAll()
    .execute();
  return rows.map(({ id, lane, grant_id, days, units }) => ({
    ...{ id, kind: "lease", source, lane: lane as Lane, grant: grant_id },
    ...{ days: days as CivilDate[], units, agencies: {} },
  }));
}

/** The calls in doubt, the oldest first. */
export async function listDoubtfulCalls(
  database: GatewayDatabase,
  source: string,
  most: number,
): Promise<OpenQuestion[]> {
  const rows = await database
    .selectFrom("doubt")
    .selectAll()
    .where("source", "=", source)
    .orderBy("since")
    .limit(most)
    .execute();
  return rows.map(({ key, lane, grant_id, days, units, agencies }) => ({
    ...{ id: key, kind: "call", source, lane: lane as Lane, grant: grant_id },
    ...{ days: days as CivilDate[], units, agencies: agencies as Record<string, number> },
  }));
}

/** Units that an owner counted on one of its days. */
export interface CountedUnits {
  readonly day: CivilDate;
  readonly records: number;
}

/**
 * Books an owner's word: spent is what it counted, on the day on which it counted it, and the rest of
 * what was held goes back. Does nothing where somebody else has booked it. The days must be open.
 *
 * @throws {Error} of the database where a day has not so many units left as the owner counted on it
 */
export async function bookOwnerWord(
  database: GatewayDatabase,
  { id, kind, source, lane, grant, days, units, agencies }: OpenQuestion,
  counted: readonly CountedUnits[],
): Promise<void> {
  const [leased, doubt, spent] = columnsOf(grant === null ? lane : "granted");
  const held = kind === "lease" ? leased : doubt;
  const gone =
    kind === "lease"
      ? sql`delete from lease where id = ${id}::uuid and fenced returning 1`
      : sql`delete from doubt where key = ${id} returning 1`;
  // Under one lease many calls may have been counted; each day and agency is booked once.
  const wordDays = [...new Set([...days, ...counted.map(({ day }) => day)])].toSorted();
  const recordsOn = (day: CivilDate) =>
    counted.reduce((sum, one) => sum + (one.day === day ? one.records : 0), 0);
  const spendings = spendingsOf(
    lane,
    agencies,
    wordDays.map((day) => ({ day, records: recordsOn(day) })),
  );
  await sql`
    with gone as (
      ${gone}
    ), account as (
      select day from owner_day
        where source = ${source} and day = any(${wordDays}::date[]) and exists (select from gone)
        order by day for update
    ), word as (
      select day, held, records from account join unnest(
          ${wordDays}::date[],
          ${wordDays.map((day) => (days.includes(day) ? units : 0))}::bigint[],
          ${wordDays.map(recordsOn)}::bigint[]
        ) as told (day, held, records) using (day)
    ), booked as (
      update owner_day set
          free = free + word.held - records,
          ${held} = ${held} - word.held,
          ${spent} = ${spent} + records
        from word where source = ${source} and owner_day.day = word.day
    ), regranted as (
      update grant_day set used = used - word.held + records
        from word where grant_id = ${grant}::bigint and grant_day.day = word.day and word.held > 0
    )
    ${insertSpending(source, spendings, "gone")}
  `.execute(database);
}

/** Who spent what was counted; where the owner counted another number than was sent, nobody knows. */
function spendingsOf(
  lane: Lane,
  agencies: Readonly<Record<string, number>>,
  counted: readonly CountedUnits[],
): Spending[] {
  const sent = Object.values(agencies).reduce((sum, units) => sum + units, 0);
  return counted
    .filter(({ records }) => records > 0)
    .flatMap(({ day, records }) =>
      records === sent
        ? Object.entries(agencies).map(([agency, units]) => ({ day, lane, agency, units }))
        : [{ day, lane, agency: unknownAgency, units: records }],
    );
}

/** Puts a dead lease in doubt, where its owner has no meter to ask. */
export async function doubtLease(
  database: GatewayDatabase,
  { id, source, grant, lane, days, units }: OpenQuestion,
): Promise<void> {
  const [leased, doubt] = columnsOf(grant === null ? lane : "granted");
  await sql`
    with gone as (
      delete from lease where id = ${id}::uuid and fenced returning *
    ), account as (
      select day from owner_day
        where source = ${source} and day = any(${days}::date[]) and exists (select from gone)
        order by day for update
    ), doubted as (
      insert into doubt (key, source, lane, grant_id, days, units, agencies, since)
        select id, source, lane, grant_id, days, units, '{}', clock_timestamp() from gone
    )
    update owner_day set ${leased} = ${leased} - ${units}::bigint, ${doubt} = ${doubt} + ${units}::bigint
      from account where source = ${source} and owner_day.day = account.day
  `.execute(database);
}
