import { sql } from "kysely";
import type { Kysely } from "kysely";

/**
 * What answers are proven by: `gateway/evidence/README.md` says what is kept and what never is. A record that is
 * revoked leaves its table, so that looking for it is looking for one that never was. Tree heads are kept
 * beside the records, not in them: which is the first that includes an entry is asked when it is read.
 */
export async function createEvidence(database: Kysely<unknown>): Promise<void> {
  await sql`
    create table evidence (
      id text primary key check (id ~ '^[A-Za-z0-9_-]{22}$'),
      jws text not null,
      signed_at timestamptz(3) not null,
      last_entry bigint check (last_entry >= 0)
    )
  `.execute(database);
  await sql`
    create table evidence_revocation (
      id text primary key,
      jws text not null,
      signed_at timestamptz(3) not null,
      last_entry bigint,
      reason text not null check (reason <> ''),
      revoked_by text not null check (revoked_by <> ''),
      revoked_at timestamptz not null
    )
  `.execute(database);
  await sql`
    create table evidence_head (
      size bigint primary key check (size >= 0),
      jws text not null
    )
  `.execute(database);
}
