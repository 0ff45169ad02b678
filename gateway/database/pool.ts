import type { Socket } from "node:net";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { DB } from "./types.ts";

/** The gateway's own database: ledger, and what later needs to outlive a process. */
export type GatewayDatabase = Kysely<DB>;

export interface PoolOptions {
  /** Most connections at a time, from 1; default 4: a look-up waits for none of them. */
  readonly connections?: number;
  /**
   * Milliseconds after which a connection or a statement has failed, from 1; default 2,000. A line that
   * went dead without a word must cost an officer no more than a source that is slow.
   */
  readonly timeoutMs?: number;
}

const { builtins } = pg.types;

/** `date[]`, which pg has no name for. */
const dateArray = 1182;

/** A day stays text, because a civil day that becomes an instant comes back a day off; `int8` is a number. */
const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (oid === builtins.DATE) return (text: string) => text;
    if (oid === dateArray) return (text: string) => text.slice(1, -1).split(",").filter(Boolean);
    if (oid === builtins.INT8) return Number;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

/**
 * Opens the gateway's database. Connections are made when first needed; `destroy()` closes them.
 *
 * @param url `postgres://user:password@host:port/database`
 */
export function openPool(url: string, options?: PoolOptions): GatewayDatabase {
  return queryOver(openConnections(url, options));
}

/** Queries over connections, which `destroy()` closes too. */
export function queryOver(pool: pg.Pool): GatewayDatabase {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}

/** As `openPool`, for statements that PostgreSQL is to prepare once and keep; `end()` closes them. */
export function openConnections(
  url: string,
  { connections = 4, timeoutMs = 2_000 }: PoolOptions = {},
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types: columnTypes,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  // A connection that breaks fails its statement, or else the next one, and nothing more: the pool
  // hears of idle ones, and one that is lent out or being closed must be heard too.
  pool.on("error", () => {});
  pool.on("connect", (connection) => {
    connection.on("error", () => {});
    endAfterTimeout(connection);
  });
  return pool;
}

/**
 * Ends a connection of which a statement got no answer in time: pg would go on using it, and if it is
 * dead each further statement would wait as long.
 */
function endAfterTimeout(connection: pg.PoolClient): void {
  const query = connection.query.bind(connection) as (...given: unknown[]) => unknown;
  const socket = (connection as unknown as { connection: { stream: Socket } }).connection.stream;
  const watched = (...given: unknown[]) => {
    const answer = query(...given);
    if (answer instanceof Promise)
      answer.catch((error: unknown) => {
        if (error instanceof Error && error.message === "Query read timeout") socket.destroy();
      });
    return answer;
  };
  connection.query = watched as typeof connection.query;
}
