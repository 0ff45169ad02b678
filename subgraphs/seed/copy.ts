import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Table } from "./registers/records.ts";

/**
 * A load of one database: a single transaction, so that whoever kills it leaves nothing behind, and
 * whoever reads meanwhile sees nothing of it.
 */
export interface Load {
  /** Adds rows, as `batch.ts` encodes them. One call at a time. */
  copy(table: Table<never>, rows: readonly Buffer[]): Promise<void>;
  /** Puts back what was taken off, marks the people as invented, and makes it all visible. */
  commit(mark: { readonly seed: number; readonly citizens: number }): Promise<void>;
  /** Ends the connection; what wasn't committed is gone. */
  abandon(): Promise<void>;
}

/**
 * Begins a load. Keys and indexes of the tables are taken off and built again at the end, in the same
 * transaction: one sort is faster than a million insertions, and a constraint that does not hold then
 * undoes the whole load. Checks stay on. Until the end the tables, and `unit`, are locked for others.
 */
export async function beginLoad(
  url: string,
  tables: readonly { readonly name: string }[],
): Promise<Load> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks makes the statement under way fail, which says why.
  client.on("error", () => {});
  await client.connect();
  const names = tables.map(({ name }) => name);
  await client.query("begin");
  await refuseSecond(client);
  await client.query("set local maintenance_work_mem = '64MB'");
  await client.query(`truncate ${names.map((name) => client.escapeIdentifier(name)).join(", ")}`);
  const restore = await takeOffKeys(client, names);
  return {
    async copy(table, rows) {
      const columns = table.columns.map((column) => client.escapeIdentifier(column)).join(", ");
      // FREEZE spares the first reader from marking each row as committed; the table is of this transaction.
      const stream = client.query(
        copyFrom(
          `copy ${client.escapeIdentifier(table.name)} (${columns}) from stdin with (freeze)`,
        ),
      );
      await pipeline(Readable.from(rows), stream);
    },
    async commit({ seed, citizens }) {
      for (const statement of restore) await client.query(statement);
      for (const name of names) await advanceIdentity(client, name);
      await client.query(
        `analyze ${names.map((name) => client.escapeIdentifier(name)).join(", ")}`,
      );
      await client.query("insert into synthetic_mark (seed, citizens) values ($1, $2)", [
        seed,
        citizens,
      ]);
      await client.query("commit");
      await client.end();
    },
    abandon: () => client.end(),
  };
}

/** Two that begin at once: the second waits for the first, and finds its mark. */
async function refuseSecond(client: pg.Client): Promise<void> {
  await client.query("lock table synthetic_mark in share row exclusive mode");
  const { rowCount } = await client.query("select 1 from synthetic_mark");
  if (rowCount === 0) return;
  const { database } = client;
  await client.end();
  throw new Error(
    `Another seed has filled the database "${database}" meanwhile. Start again to see with whom.`,
  );
}

/** Drops keys and indexes, foreign ones first. Returns the statements that make them again, in order. */
async function takeOffKeys(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const constraints = await client.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, quote_ident(conname) as name,
       pg_get_constraintdef(oid) as definition
     from pg_constraint
     where conrelid = any ($1::regclass[]) and contype in ('p', 'u', 'x', 'f')
     order by contype = 'f' desc, conname`,
    [tables],
  );
  for (const { table, name } of constraints.rows)
    await client.query(`alter table ${table} drop constraint ${name}`);
  // What is left belongs to no constraint.
  const indexes = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where indrelid = any ($1::regclass[])`,
    [tables],
  );
  for (const { name } of indexes.rows) await client.query(`drop index ${name}`);
  return [
    ...constraints.rows
      .toReversed()
      .map(
        ({ table, name, definition }) =>
          `alter table ${table} add constraint ${name} ${definition}`,
      ),
    ...indexes.rows.map(({ definition }) => definition),
  ];
}

/** Rows came with identities of their own: the next one given must be higher. */
async function advanceIdentity(client: pg.Client, table: string): Promise<void> {
  const { rows } = await client.query<{ column: string }>(
    `select attname as column from pg_attribute
     where attrelid = $1::regclass and attidentity <> '' and not attisdropped`,
    [table],
  );
  for (const { column } of rows)
    await client.query(
      `select setval(pg_get_serial_sequence($1, $2), greatest(max(${client.escapeIdentifier(column)}), 1))
       from ${client.escapeIdentifier(table)}`,
      [client.escapeIdentifier(table), column],
    );
}
