import { sql } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import { addDays } from "../../schema/values/date.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { accountOf, readLedgerTime } from "./accounts.ts";
import { pots } from "./lanes.ts";
import type { DayAccount, Pot } from "./lanes.ts";
import { readMeter } from "./meter.ts";
import type { FetchOwner } from "./meter.ts";
import { dayAt } from "./owner-day.ts";

/** What ledger and meter say of the owner's days. */

export interface ReconcileOptions {
  readonly database: GatewayDatabase;
  readonly source: string;
  readonly terms: SourceTerms;
  readonly fetchOwner: FetchOwner;
  /** Writes down what changes the ledger without an answer; undefined where there is no log. */
  readonly record?: RecordUnits | undefined;
}

/** Units of one of the owner's days. */
export interface RecordedUnits {
  readonly source: string;
  readonly lane: string;
  readonly day: string;
  readonly units: number;
}

/** Called before the ledger is changed: where it rejects, nothing is. May be called again for the same. */
export interface RecordUnits {
  /** What the owner counted of a call in doubt, or under a dead process's lease; nothing where it counted none. */
  word(
    question: { readonly kind: "lease" | "call"; readonly id: string },
    units: readonly RecordedUnits[],
  ): Promise<void>;
  /** What a repair adds to what is spent, or takes off. */
  repair(units: readonly RecordedUnits[]): Promise<void>;
}

/** What ledger and meter say of one of the owner's days. */
export interface Comparison {
  readonly source: string;
  readonly day: CivilDate;
  readonly leased: number;
  readonly doubt: number;
  readonly spent: number;
  readonly meter: number;
  /** No call under way, nothing in doubt, spent = meter. */
  readonly equal: boolean;
}

/** A day's account, with all that tells whether it may be changed and how it came to be. */
export interface DayRecord {
  readonly account: DayAccount;
  /** Another one after every move of a unit. */
  readonly version: string;
  /** Whether a process, alive or dead, holds a lease of the day, or a call of it is in doubt. */
  readonly inUse: boolean;
  /** What agencies are known to have spent: in each lane, and out of their grants. */
  readonly booked: Readonly<Record<Pot, number>>;
}

/** Days for which an owner still knows the calls by their keys: what is older is no more to be settled. */
const comparedDays = 8;

/** The days of the ledger that can be compared with their owner's meter, the newest first. */
export async function listComparedDays({
  database,
  source,
  terms,
}: ReconcileOptions): Promise<CivilDate[]> {
  const { ledgerTime } = await readLedgerTime(database, source);
  const rows = await database
    .selectFrom("owner_day")
    .select("day")
    .where("source", "=", source)
    .where("day", ">", addDays(dayAt(ledgerTime, terms.timeZone), -comparedDays))
    .orderBy("day", "desc")
    .execute();
  return rows.map(({ day }) => day as CivilDate);
}

/** Compares the ledger with the owner's meter; undefined where the owner has none, or the day was never opened. */
export async function compareWithMeter(
  options: ReconcileOptions,
  day: CivilDate,
): Promise<(Comparison & { readonly record: DayRecord }) | undefined> {
  const { database, source, terms, fetchOwner } = options;
  const record = await readDayRecord(database, source, day);
  if (terms.meter === null || !record) return undefined;
  const meter = await readMeter(fetchOwner, terms.meter, day);
  const [leased, doubt, spent] = (["leased", "doubt", "spent"] as const).map((kind) =>
    sumOf(record.account, kind),
  ) as [number, number, number];
  const equal = leased === 0 && doubt === 0 && spent === meter;
  return { source, day, leased, doubt, spent, meter, equal, record };
}

/** Units of a day that all pots together have in one state. */
export function sumOf({ pots: accounts }: DayAccount, kind: "leased" | "doubt" | "spent"): number {
  return pots.reduce((sum, pot) => sum + accounts[pot][kind], 0);
}

/** Reads a day in one statement, so that its parts fit together; undefined where it is not open. */
async function readDayRecord(
  database: GatewayDatabase,
  source: string,
  day: CivilDate,
): Promise<DayRecord | undefined> {
  const row = await database
    .selectFrom("owner_day")
    .selectAll()
    .select([
      sql<string>`xmin::text`.as("version"),
      sql<boolean>`
        exists (select from lease where lease.source = ${source} and ${day} = any(days))
          or exists (select from doubt where doubt.source = ${source} and ${day} = any(days))
      `.as("inUse"),
      sql<Partial<Record<Pot, number>>>`(
        select jsonb_object_agg(lane, spent) from (
          select lane, sum(spent) as spent from agency_day
            where agency_day.source = ${source} and agency_day.day = ${day} group by lane
        ) as by_lane
      )`.as("byLane"),
      sql<number>`(
        select coalesce(sum(used), 0)::int8 from grant_day join quota_grant on id = grant_id
          where quota_grant.source = ${source} and grant_day.day = ${day}
      )`.as("granted"),
    ])
    .where("source", "=", source)
    .where("day", "=", day)
    .executeTakeFirst();
  if (!row) return undefined;
  const { version, inUse, byLane, granted } = row;
  const booked = { counter: 0, case: 0, bulk: 0, ...byLane, granted };
  return { account: accountOf(row), version, inUse, booked };
}
