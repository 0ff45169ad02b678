import { sql } from "kysely";
import type { GatewayDatabase } from "../database/pool.ts";

/** A record as it is kept: nothing of it tells of a person, since the salt is not among it. */
export interface KeptRecord {
  readonly id: string;
  readonly jws: string;
  /** ISO 8601, UTC. */
  readonly signedAt: string;
  /** The highest index of its entries in the log; null where it has none. */
  readonly lastEntry: number | null;
}

/** A head of the log's tree, as `audit/tree-head.ts` signs it. */
export interface SignedHead {
  /** Entries that it includes: those of indexes below. */
  readonly size: number;
  readonly jws: string;
}

/** Why nothing is signed by this machine; the message is for an operator. */
export class ClockOff extends Error {
  override readonly name = "ClockOff";
}

/** Seconds by which this machine's clock and the database's may differ, as for a head of the log. */
const mostOffSeconds = 5;

/**
 * Keeps a record. It is not kept where this machine's clock is wrong: it would prove an answer of a day
 * that it was not given on.
 *
 * @throws {ClockOff} with a sentence where the clocks differ; another error where the database does not answer
 */
export async function keepRecord(database: GatewayDatabase, record: KeptRecord): Promise<void> {
  const { id, jws, signedAt, lastEntry } = record;
  const { numAffectedRows } = await sql`
    insert into evidence (id, jws, signed_at, last_entry)
    select ${id}, ${jws}, ${signedAt}::timestamptz, ${lastEntry}::bigint
    where abs(extract(epoch from clock_timestamp() - ${signedAt}::timestamptz)) <= ${mostOffSeconds}
  `.execute(database);
  if (numAffectedRows !== 1n)
    throw new ClockOff(
      `The gateway's clock is more than ${mostOffSeconds} seconds away from its database's; no answer is signed. Set both by a time server.`,
    );
}

/** A record that was kept and not revoked, and the first tree head that includes its entries. */
export async function findRecord(
  database: GatewayDatabase,
  id: string,
): Promise<{ readonly jws: string; readonly treeHead: string | null } | undefined> {
  return await database
    .selectFrom("evidence")
    .select((evidence) => [
      "jws",
      evidence
        .selectFrom("evidence_head")
        .select("evidence_head.jws")
        .whereRef("size", ">", "evidence.last_entry")
        .orderBy("size")
        .limit(1)
        .as("treeHead"),
    ])
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Keeps a head for the records whose entries it includes first; once, whichever gateway signed it. */
export async function keepHead(
  database: GatewayDatabase,
  { size, jws }: SignedHead,
): Promise<void> {
  await database
    .insertInto("evidence_head")
    .values({ size, jws })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
