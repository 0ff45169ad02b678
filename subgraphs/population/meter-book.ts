import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { DB } from "./database/types.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import type { Charge } from "./meter-charge.ts";

/** What came of a call, and the owner's day on which it was counted or would have been. */
export type Entry =
  | { readonly outcome: "COUNTED" | "REPEATED" | "EXHAUSTED"; readonly day: string }
  /** Its key is void or was another question's, or its lease is closed. */
  | { readonly outcome: "REFUSED" };

export interface BookTerms {
  /** Records of a day; null is no limit. */
  readonly perDay: number | null;
  /** IANA name of the zone whose midnight begins the owner's day. */
  readonly timeZone: string;
}

/**
 * Enters a call, in one statement (`meter_count` in the database): all of it is counted or nothing, a
 * key once, and never more in a day than its limit, however many come at once.
 */
export async function countCall(
  database: Kysely<DB>,
  key: IdempotencyKey | null,
  { consumers, digest }: Charge,
  { perDay, timeZone }: BookTerms,
): Promise<Entry> {
  const { rows } = await sql<{ outcome: Entry["outcome"]; counted_on: string | null }>`
    select outcome, counted_on from meter_count(
      ${key?.key ?? null}, ${key?.lease ?? null}, ${digest},
      ${[...consumers.keys()]}::text[], ${[...consumers.values()]}::int[],
      ${perDay}, ${timeZone})
  `.execute(database);
  const { outcome, counted_on } = rows[0]!;
  return outcome === "REFUSED" ? { outcome } : { outcome, day: counted_on! };
}

/** What the owner says of a key. */
export type KeyState =
  | { readonly state: "counted"; readonly records: number; readonly day: string }
  | { readonly state: "void" };

/** Makes those keys void that have not come, and tells of each what it is from now on. */
export function settleKeys(
  database: Kysely<DB>,
  keys: readonly IdempotencyKey[],
): Promise<Map<string, KeyState>> {
  return database.transaction().execute(async (transaction) => {
    // In one order, so that two who settle the same keys wait for each other only one way; and a call
    // under way with one of them is waited for.
    const texts = keys.map(({ key }) => key).toSorted();
    const leases = new Map(keys.map(({ key, lease }) => [key, lease]));
    await sql`
      insert into meter_key (key, lease, arrived_at)
        select key, lease, meter_now()
          from unnest(${texts}::text[], ${texts.map((key) => leases.get(key) ?? null)}::text[])
            as settled (key, lease)
      on conflict (key) do nothing
    `.execute(transaction);
    const rows = await transaction
      .selectFrom("meter_key")
      .select(["key", "day", "records"])
      .where("key", "=", sql<string>`any(${texts}::text[])`)
      .execute();
    return new Map(rows.map((row) => [row.key, stateOf(row)]));
  });
}

/** Closes a lease to whatever still comes, and tells what was counted of it. */
export function closeLease(database: Kysely<DB>, lease: string): Promise<Map<string, KeyState>> {
  return database.transaction().execute(async (transaction) => {
    // Waits for the lease's calls under way, each of which holds this row to its end.
    await sql`
      insert into meter_lease as known (lease, last_call_at, closed_at)
        values (${lease}, meter_now(), meter_now())
      on conflict (lease) do update set closed_at = coalesce(known.closed_at, excluded.closed_at)
    `.execute(transaction);
    const rows = await transaction
      .selectFrom("meter_key")
      .select(["key", "day", "records"])
      .where("lease", "=", lease)
      .where("day", "is not", null)
      .execute();
    return new Map(rows.map((row) => [row.key, stateOf(row)]));
  });
}

function stateOf({ day, records }: { day: string | null; records: number | null }): KeyState {
  return day === null || records === null ? { state: "void" } : { state: "counted", records, day };
}

/** Records of one of the owner's days. */
export interface DayTotal {
  readonly records: number;
  /** By consumer, most first. */
  readonly consumers: ReadonlyMap<string, number>;
}

/** What was counted on a day. */
export async function readDay(database: Kysely<DB>, day: string): Promise<DayTotal> {
  const rows = await database
    .selectFrom("meter_consumer")
    .select(["consumer", "records"])
    .where("day", "=", day)
    .orderBy("records", "desc")
    .orderBy("consumer")
    .execute();
  return {
    records: rows.reduce((sum, { records }) => sum + records, 0),
    consumers: new Map(rows.map(({ consumer, records }) => [consumer, records])),
  };
}

/** Keys in one statement of the cleaning: some 0.1 s, so that it ends in time and holds nobody up. */
const keysAtOnce = 20_000;

/**
 * Forgets keys and leases of which nothing came for `days`; what the days and consumers had stays. A
 * key that is forgotten could be counted again, so it must be older than any call may be under way.
 */
export async function forgetKeys(database: Kysely<DB>, days: number): Promise<void> {
  const before = sql<Date>`(select meter_now()) - make_interval(days => ${days})`;
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      delete from meter_key where ctid = any(array(
        select ctid from meter_key where arrived_at < ${before} limit ${keysAtOnce}))
    `.execute(database);
    if (numAffectedRows < keysAtOnce) break;
  }
  await database.deleteFrom("meter_lease").where("last_call_at", "<", before).execute();
}
