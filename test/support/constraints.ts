import { sql } from "kysely";
import type { Kysely } from "kysely";

/** A row that breaks a rule of the database: the rule's name, the table, the row. */
export type Violation = readonly [
  rule: string,
  table: string,
  row: Readonly<Record<string, unknown>>,
];

/** Inserts a row that must be refused, and tells which rule refused it. */
export async function findRuleBroken<Tables>(
  database: Kysely<Tables>,
  [, table, row]: Violation,
): Promise<string> {
  try {
    await (database as unknown as Kysely<Record<string, object>>)
      .insertInto(table)
      .values(row)
      .execute();
  } catch (error) {
    return (error as { constraint?: string }).constraint ?? String(error);
  }
  return "none";
}

/**
 * The rules that a sector has given names of their own, beyond those of the administrative units:
 * checks, exclusions and partial unique indexes. PostgreSQL begins a name that it chooses with the
 * table's.
 */
export async function listNamedRules<Tables>(database: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct conname::text as name from pg_constraint
      join pg_class on pg_class.oid = conrelid
      where connamespace = 'public'::regnamespace and contype in ('c', 'x')
        and conname not like relname || '\\_%' and relname not like 'unit%'
    union
    select indexrelid::regclass::text from pg_index
      join pg_class on pg_class.oid = indrelid
      where indpred is not null and indisunique and relnamespace = 'public'::regnamespace
    order by name
  `.execute(database);
  return rows.map(({ name }) => name);
}
