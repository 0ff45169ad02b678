import { sql } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import type { Lane } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { pots } from "./lanes.ts";
import type { Pot } from "./lanes.ts";
import { insertSpending } from "./spending.ts";
import type { Spending } from "./spending.ts";

/**
 * Units into leases and out of them. Each move is one statement: it locks the account of the day (of two
 * days the older first), sees its newest version, and leaves it balanced or leaves it alone.
 */

/** One of the days that a lease is taken for, and the lanes whose floors have joined its rest by now. */
export interface LeaseDay {
  readonly day: CivilDate;
  readonly lent: readonly Lane[];
}

export interface LeaseRequest {
  readonly id: string;
  readonly process: string;
  readonly source: string;
  readonly lane: Lane;
  /** One, or around midnight two: the units are taken of each. */
  readonly days: readonly LeaseDay[];
  /** Units that the call at hand needs, from 1. */
  readonly need: number;
  /** Units that a second's demand would need. */
  readonly want: number;
  /** Milliseconds after which the lease may be closed by others. */
  readonly lifeMs: number;
}

export interface LeaseAnswer {
  /** Units that the lease holds of each day; 0 where the ledger said no, and there is no lease. */
  readonly units: number;
  /** Whether there is an account for each of the days. */
  readonly opened: boolean;
  /** The newest day that has an account. */
  readonly newest: CivilDate | null;
  /** PostgreSQL's clock, milliseconds since 1970. */
  readonly ledgerTime: number;
}

/** A process that was not heard of for so long takes no part in dividing what is left. */
const livingFor = sql`interval '3 seconds'`;

/** PostgreSQL's clock in milliseconds since 1970, the only one that a day or a lease's end is read from. */
export const ledgerTime = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`;

/**
 * Takes a lease: what the call needs if there is so much, and beyond it what a second would need, but no
 * more than what is left ÷ (2 × living processes), so that near the limit none sits on the last units.
 */
export async function takeLease(
  database: GatewayDatabase,
  { id, process, source, lane, days, need, want, lifeMs }: LeaseRequest,
): Promise<LeaseAnswer> {
  const dates = days.map(({ day }) => day);
  const leased = sql.ref(`${lane}_leased`);
  const { rows } = await sql<LeaseAnswer>`
    with account as (
      select ${availableExpression(lane)} as units
        from owner_day join unnest(
          ${dates}::date[],
          ${days.map(({ lent }) => lent.includes("case"))}::boolean[],
          ${days.map(({ lent }) => lent.includes("bulk"))}::boolean[]
        ) as asked (day, case_lent, bulk_lent) using (day)
        where source = ${source}
        order by day for update of owner_day
    ), room as (
      select count(*) = ${days.length} as opened, greatest(0, min(units)) as units from account
    ), living as (
      select count(*) + 1 as processes from gateway_process
        where id <> ${process} and seen_at > clock_timestamp() - ${livingFor}
    ), sized as (
      select least(room.units, greatest(${need}::bigint, least(${want}::bigint, room.units / (2 * processes)))) as units
        from room, living where opened
    ), charged as (
      update owner_day set free = free - sized.units, ${leased} = ${leased} + sized.units
        from sized where source = ${source} and day = any(${dates}::date[]) and sized.units > 0
    ), taken as (
      insert into lease (id, source, process, lane, days, units, ends_at)
        select ${id}::uuid, ${source}, ${process}::uuid, ${lane}, ${dates}::date[], units, ${endOf(lifeMs)}
          from sized where units > 0
    ), ${seen(process)}
    select coalesce((select units from sized), 0)::int8 as units, opened, ${newestOf(source)} as newest,
           ${ledgerTime} as "ledgerTime"
      from room
  `.execute(database);
  return rows[0]!;
}

/** A lease of units that an agency was granted: no more than the call needs, and never kept for another. */
export interface GrantRequest extends Omit<LeaseRequest, "want" | "days"> {
  readonly agency: string;
  readonly days: readonly CivilDate[];
}

/** Takes a lease out of an agency's grants, the oldest first that has units left on each of the days. */
export async function takeGranted(
  database: GatewayDatabase,
  { id, process, source, lane, agency, days, need, lifeMs }: GrantRequest,
): Promise<{ readonly units: number; readonly grant: number | null }> {
  const { rows } = await sql<{ units: number; grant: number }>`
    with account as (
      select day from owner_day where source = ${source} and day = any(${days}::date[])
        order by day for update
    ), held as (
      select grant_id, day, grant_day.units - used as units
        from grant_day join account using (day) join quota_grant on quota_grant.id = grant_id
        where agency = ${agency} and source = ${source}
        order by grant_id, day for update of grant_day
    ), sized as (
      select grant_id, least(${need}::bigint, min(units)) as units from held
        group by grant_id having count(*) = ${days.length} and min(units) > 0
        order by grant_id limit 1
    ), drawn as (
      update grant_day set used = used + sized.units
        from sized where grant_day.grant_id = sized.grant_id and day = any(${days}::date[])
    ), charged as (
      update owner_day set free = free - sized.units, granted_leased = granted_leased + sized.units
        from sized where source = ${source} and day = any(${days}::date[])
    ), taken as (
      insert into lease (id, source, process, lane, grant_id, days, units, ends_at)
        select ${id}::uuid, ${source}, ${process}::uuid, ${lane}, grant_id, ${days}::date[], units, ${endOf(lifeMs)}
          from sized
    )
    select units::int8 as units, grant_id as grant from sized
  `.execute(database);
  return rows[0] ?? { units: 0, grant: null };
}

/** What became of one day's units of a lease; what is in neither goes back. */
export interface DayOutcome {
  readonly day: CivilDate;
  readonly spent: number;
  readonly doubt: number;
}

/** A call of which only its owner knows whether it was counted. */
export interface DoubtfulCall {
  readonly key: string;
  readonly units: number;
  /** Units by agency. */
  readonly agencies: Readonly<Record<string, number>>;
}

export interface LeaseSettlement {
  readonly id: string;
  readonly source: string;
  readonly lane: Lane;
  /** Whether its units came out of a grant. */
  readonly granted: boolean;
  readonly outcomes: readonly DayOutcome[];
  readonly doubtful: readonly DoubtfulCall[];
  /** What the lane's agencies are known to have spent, for the report. */
  readonly agencies: readonly Omit<Spending, "lane">[];
}

/**
 * Ends a lease with what became of its units. May be repeated: a lease that is gone stays so. One that
 * was fenced is left to its owner's word, which counts what this process may not know of.
 */
export async function settleLease(
  database: GatewayDatabase,
  { id, source, lane, granted, outcomes, doubtful, agencies }: LeaseSettlement,
): Promise<void> {
  const pot: Pot = granted ? "granted" : lane;
  const [leased, doubt, spent] = columnsOf(pot);
  const spendings = agencies.map((spending) => ({ ...spending, lane }));
  await sql`
    with gone as (
      delete from lease where id = ${id} and not fenced returning *
    ), account as (
      select owner_day.source, day, gone.units, gone.grant_id
        from owner_day join gone on owner_day.source = gone.source and day = any(gone.days)
        order by day for update of owner_day
    ), outcome as (
      select day, units, grant_id, spent, doubt, account.units - spent - doubt as back
        from account join unnest(
          ${outcomes.map(({ day }) => day)}::date[],
          ${outcomes.map(({ spent }) => spent)}::bigint[],
          ${outcomes.map(({ doubt }) => doubt)}::bigint[]
        ) as told (day, spent, doubt) using (day)
    ), booked as (
      update owner_day set
          free = free + back,
          ${leased} = ${leased} - units,
          ${doubt} = ${doubt} + outcome.doubt,
          ${spent} = ${spent} + outcome.spent
        from outcome where source = ${source} and owner_day.day = outcome.day
    ), regranted as (
      update grant_day set used = used - back
        from outcome where grant_day.grant_id = outcome.grant_id and grant_day.day = outcome.day
    ), doubted as (
      insert into doubt (key, source, lane, grant_id, days, units, agencies, since)
        select key, source, lane, grant_id, days, called.units, agencies, clock_timestamp()
          from gone, jsonb_to_recordset(${JSON.stringify(doubtful)}::jsonb)
            as called (key text, units bigint, agencies jsonb)
    )
    ${insertSpending(source, spendings, "gone")}
  `.execute(database);
}

/** Gives back units of a lease under which calls are still under way. */
export async function shrinkLease(
  database: GatewayDatabase,
  { id, source, lane, granted }: Pick<LeaseSettlement, "id" | "source" | "lane" | "granted">,
  units: number,
): Promise<boolean> {
  const [leased] = columnsOf(granted ? "granted" : lane);
  const { rows } = await sql<{ id: string }>`
    with shrunk as (
      update lease set units = units - ${units}::bigint where id = ${id} and not fenced returning *
    ), account as (
      select owner_day.source, day, grant_id
        from owner_day join shrunk on owner_day.source = shrunk.source and day = any(days)
        order by day for update of owner_day
    ), booked as (
      update owner_day set free = free + ${units}::bigint, ${leased} = ${leased} - ${units}::bigint
        from account where owner_day.source = ${source} and owner_day.day = account.day
    ), regranted as (
      update grant_day set used = used - ${units}::bigint
        from account where grant_day.grant_id = account.grant_id and grant_day.day = account.day
    )
    select id from shrunk
  `.execute(database);
  return rows.length > 0;
}

/** The columns of a pot that are not its floor: leased, in doubt, spent. */
export function columnsOf(pot: Pot) {
  return [sql.ref(`${pot}_leased`), sql.ref(`${pot}_doubt`), sql.ref(`${pot}_spent`)] as const;
}

/** `availableTo` of `lanes.ts`, in SQL, beside columns `case_lent` and `bulk_lent`. */
function availableExpression(lane: Lane) {
  const kept = pots
    .filter((pot) => pot !== lane)
    .map((pot) => {
      const left = `greatest(0, ${pot}_floor - ${pot}_leased - ${pot}_doubt - ${pot}_spent)`;
      return pot === "case" || pot === "bulk"
        ? `case when ${pot}_lent then 0 else ${left} end`
        : left;
    });
  return sql.raw(`free - ${kept.join(" - ")}`);
}

function newestOf(source: string) {
  return sql<CivilDate | null>`(select max(day) from owner_day where source = ${source})`;
}

function endOf(lifeMs: number) {
  return sql`clock_timestamp() + ${lifeMs} * interval '1 millisecond'`;
}

/** A part of a statement that says that the process lives. */
export function seen(process: string) {
  return sql`seen as (
    insert into gateway_process (id, seen_at) values (${process}, clock_timestamp())
      on conflict (id) do update set seen_at = excluded.seen_at
  )`;
}
