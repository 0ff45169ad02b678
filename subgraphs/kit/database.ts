import { Kysely, PostgresDialect } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import pg from "pg";

/** Migrations by name; they run in the order of their names, so each begins with four digits. */
export type Migrations = Readonly<Record<string, Migration>>;

export interface DatabaseOptions {
  /** Most connections at a time, from 1; 10 by default, what two cores keep busy. */
  readonly connections?: number;
  /**
   * Milliseconds that a statement may run, and a transaction wait for its next one, before the database
   * ends it; 5,000 by default. Whoever asked has given up by then, and the connection is needed. 0 is
   * no limit, for what loads or migrates.
   */
  readonly statementMs?: number;
  /** Called with each statement sent, so that a test can count them. */
  readonly onStatement?: (sql: string) => void;
}

const { builtins } = pg.types;

/**
 * A register's columns as text: `date` stays `YYYY-MM-DD`, because a civil day that becomes an instant
 * comes back a day off. `int8` is a number here: no count or identity of a register passes 2^53.
 */
const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (oid === builtins.DATE) return (text: string) => text;
    if (oid === builtins.INT8) return Number;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

/**
 * Opens a sector's database. Connections are made when first needed; `destroy()` closes them.
 *
 * @param url `postgres://user:password@host:port/database`
 */
export function openDatabase<Tables>(url: string, options: DatabaseOptions = {}): Kysely<Tables> {
  const { connections = 10, statementMs = 5_000, onStatement } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types: columnTypes,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
  });
  // A connection that breaks fails its statement, or else the next one, and nothing more: the pool
  // hears of idle ones, and one that is lent out or being closed must be heard too.
  pool.on("error", () => {});
  pool.on("connect", (connection) => connection.on("error", () => {}));
  return new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    ...(onStatement && {
      log: (event) => {
        if (event.level === "query") onStatement(event.query.sql);
      },
    }),
  });
}

/**
 * Brings a database to the newest migration; does nothing where it is there already. Safe when several
 * processes start at once: the migrator holds a lock in the database.
 *
 * @throws {Error} that names the migration that failed
 */
export async function migrateToLatest<Tables>(
  database: Kysely<Tables>,
  migrations: Migrations,
): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find(({ status }) => status === "Error")?.migrationName;
  const reason = error instanceof Error ? error.message : "the database gave no reason";
  throw new Error(failed ? `Migration ${failed} failed: ${reason}` : reason, { cause: error });
}
