import { sql } from "kysely";
import type { GatewayDatabase } from "../database/pool.ts";
import { describeErasure } from "./entry.ts";
import type { AuditLog } from "./log.ts";

/** What was erased, or would be, of one purpose. */
export interface Retained {
  /** Its code; empty for entries of which nobody asked for anything. */
  readonly purpose: string;
  /** RFC 3339: details of older entries go. */
  readonly before: string;
  readonly details: number;
}

export interface RetentionOptions {
  readonly log: Pick<AuditLog, "append">;
  /** Under the role that may delete details. */
  readonly database: GatewayDatabase;
  /** Months for which the details of a purpose are kept. */
  readonly monthsOf: (purpose: string) => number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Tells what would be erased, and erases nothing. */
  readonly dryRun: boolean;
}

/** Details that one statement deletes. */
const atOnce = 10_000;

/**
 * Erases the details whose time has passed: who asked, about whom, in which case, with the salt. What stays
 * is what the tree stands on. An entry that says so comes first, since the verifier takes a detail for
 * stolen of which no entry tells that it was erased.
 */
export async function eraseDetails(options: RetentionOptions): Promise<Retained[]> {
  const { log, database, monthsOf, now, dryRun } = options;
  const erased: Retained[] = [];
  for (const purpose of await listPurposes(database)) {
    const before = monthsBefore(now, monthsOf(purpose));
    const details = await countDetails(database, purpose, before);
    if (details === 0) continue;
    erased.push({ purpose, before, details });
    if (dryRun) continue;
    const [index] = await log.append([describeErasure("", { purpose, before })]);
    await deleteDetails(database, { purpose, before }, index!);
  }
  return erased;
}

async function listPurposes(database: GatewayDatabase): Promise<string[]> {
  const rows = await database
    .selectFrom("log_entry")
    .innerJoin("log_detail", "log_detail.index", "log_entry.index")
    .select("purpose")
    .distinct()
    .orderBy("purpose")
    .execute();
  return rows.map(({ purpose }) => purpose);
}

async function countDetails(
  database: GatewayDatabase,
  purpose: string,
  before: string,
): Promise<number> {
  const { details } = await database
    .selectFrom("log_entry")
    .innerJoin("log_detail", "log_detail.index", "log_entry.index")
    .select(({ fn }) => fn.countAll<number>().as("details"))
    .where("purpose", "=", purpose)
    .where("at", "<", new Date(before))
    .executeTakeFirstOrThrow();
  return details;
}

/** @param until index of the entry that says so: what came after it stays */
async function deleteDetails(
  database: GatewayDatabase,
  { purpose, before }: Pick<Retained, "purpose" | "before">,
  until: number,
): Promise<void> {
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      delete from log_detail where index in (
        select log_detail.index from log_detail join log_entry using (index)
          where purpose = ${purpose} and at < ${before}::timestamptz and index < ${until}
          order by index limit ${atOnce}
      )`.execute(database);
    if (numAffectedRows < BigInt(atOnce)) return;
  }
}

/** So many months of the calendar before an instant, by UTC. */
function monthsBefore(now: number, months: number): string {
  const at = new Date(now);
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() - months);
  // The 31st of a month that has none is its last day.
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(day, last));
  return at.toISOString();
}
