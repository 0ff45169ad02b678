import { sql } from "kysely";
import type { Kysely } from "kysely";

/**
 * The tamper-evident log: `gateway/audit/README.md` says what stands in which column and who may do what.
 * An entry's index is its leaf's in the tree, so two appenders that take the same one cannot both
 * succeed, whatever else fails.
 */
export async function createLog(database: Kysely<unknown>): Promise<void> {
  await sql`
    create table log_entry (
      index bigint primary key check (index >= 0),
      at timestamptz(3) not null,
      kind text not null,
      agency text not null,
      purpose text not null,
      facts text not null,
      commitment bytea not null check (octet_length(commitment) = 32),
      leaf_hash bytea not null check (octet_length(leaf_hash) = 32)
    )
  `.execute(database);
  await sql`
    create table log_detail (
      index bigint primary key,
      salt bytea not null check (octet_length(salt) = 32),
      subject text,
      case_number text,
      pin_key text,
      pin_hash bytea check (octet_length(pin_hash) = 32),
      more text not null,
      constraint pin_hash_names_its_key check ((pin_key is null) = (pin_hash is null))
    )
  `.execute(database);
  await sql`create index log_detail_pin on log_detail (pin_hash, index)`.execute(database);
  await sql`create index log_detail_subject on log_detail (subject, index)`.execute(database);
  await sql`
    create index log_detail_case on log_detail (case_number, index) where case_number is not null
  `.execute(database);
  await sql`create index log_entry_agency on log_entry (agency, index)`.execute(database);
  await sql`create index log_entry_erasure on log_entry (index) where kind = 'erasure'`.execute(
    database,
  );
  await sql`
    create table log_node (
      level smallint not null check (level > 0),
      index bigint not null check (index >= 0),
      hash bytea not null check (octet_length(hash) = 32),
      primary key (level, index)
    )
  `.execute(database);
  await refuseChanges(database);
}

/**
 * Nobody changes a log by mistake, its owner neither. Who means to can take the barrier away; against
 * that stand only tree heads that are published elsewhere.
 */
async function refuseChanges(database: Kysely<unknown>): Promise<void> {
  await sql`
    create function refuse_change_of_log() returns trigger language plpgsql as $$
      begin
        raise exception 'The log is only added to: % on % is refused.', tg_op, tg_table_name
          using errcode = 'insufficient_privilege';
      end
    $$
  `.execute(database);
  const barriers = [
    ["log_entry", "update or delete or truncate"],
    ["log_node", "update or delete or truncate"],
    // Retention deletes details, under a role of its own.
    ["log_detail", "update or truncate"],
  ] as const;
  for (const [table, changes] of barriers) {
    await sql`
      create trigger refuse_change before ${sql.raw(changes)} on ${sql.table(table)}
        for each statement execute function refuse_change_of_log()
    `.execute(database);
    await sql`revoke update, delete, truncate on ${sql.table(table)} from current_user, public`.execute(
      database,
    );
  }
}
