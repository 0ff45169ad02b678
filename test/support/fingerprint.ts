import pg from "pg";

/**
 * What a country's databases hold, for comparison with another's: of each table the number of rows
 * and the sum of their hashes, of each database its keys, rules and indexes. Left out is what differs
 * by nature: the numbers that PostgreSQL gives to rows, of which a load that was broken off uses up
 * some, the day of the load, the ledger of the migrations, and the tables of `leftOut`.
 *
 * @param databases the variables that name them
 */
export async function takeFingerprint(
  databases: NodeJS.ProcessEnv,
  leftOut: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> {
  const prints: Record<string, string> = {};
  for (const [variable, url] of Object.entries(databases)) {
    const client = new pg.Client({ connectionString: url! });
    await client.connect();
    try {
      const ask = async (sql: string, values: unknown[] = []) =>
        (await client.query<{ value: string }>(sql, values)).rows.map(({ value }) => value);
      const tables = await ask(
        `select quote_ident(tablename) as value from pg_tables
         where schemaname = 'public' and tablename not like 'kysely%' and tablename <> all($1)
         order by 1`,
        [leftOut],
      );
      for (const table of tables) {
        const [rows] = await ask(
          `select count(*) || ' rows ' || coalesce(sum(hashtextextended(
             (to_jsonb(row) - 'id' - 'loaded_at')::text, 0)::numeric), 0) as value from ${table} as row`,
        );
        prints[`${variable} ${table}`] = rows!;
      }
      const rules = await ask(
        `select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as value
           from pg_constraint
           where connamespace = 'public'::regnamespace and conrelid::regclass::text <> all($1)
         union
         select indexdef from pg_indexes where schemaname = 'public' and tablename <> all($1)
         order by 1`,
        [leftOut],
      );
      prints[`${variable} rules`] = rules.join("\n");
    } finally {
      await client.end();
    }
  }
  return prints;
}
