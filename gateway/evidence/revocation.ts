import { sql } from "kysely";
import type { GatewayDatabase } from "../database/pool.ts";

/** Why an agency stands no longer by an answer that it signed. */
export interface Revocation {
  readonly id: string;
  readonly reason: string;
  readonly revokedBy: string;
  /** ISO 8601, UTC, by the database's clock. */
  readonly revokedAt: string;
}

/**
 * Revokes a record, for good. From then on whoever asks for it is answered as for one that never was.
 *
 * @returns what is on record of it now, the earlier one where it was revoked before; undefined where there
 *   is no such record
 */
export async function revokeRecord(
  database: GatewayDatabase,
  { id, reason, revokedBy }: Omit<Revocation, "revokedAt">,
): Promise<Revocation | undefined> {
  // One statement: nobody finds the record in neither table, nor in both.
  await sql`
    with revoked as (delete from evidence where id = ${id} returning *)
    insert into evidence_revocation (id, jws, signed_at, last_entry, reason, revoked_by, revoked_at)
    select id, jws, signed_at, last_entry, ${reason}, ${revokedBy}, clock_timestamp() from revoked
  `.execute(database);
  const [revocation] = await select(database).where("id", "=", id).execute();
  return revocation && tell(revocation);
}

/** What was revoked, the newest first. */
export async function listRevocations(database: GatewayDatabase): Promise<Revocation[]> {
  const rows = await select(database).orderBy("revoked_at", "desc").orderBy("id").execute();
  return rows.map(tell);
}

function select(database: GatewayDatabase) {
  return database
    .selectFrom("evidence_revocation")
    .select(["id", "reason", "revoked_by as revokedBy", "revoked_at as revokedAt"]);
}

function tell({ revokedAt, ...rest }: Omit<Revocation, "revokedAt"> & { revokedAt: Date }) {
  return { ...rest, revokedAt: revokedAt.toISOString() };
}
