import { sql } from "kysely";
import type { Kysely } from "kysely";

/**
 * Milliseconds between attempts, 12 seconds in all: a database that starts together with its sector is
 * there by then, and whoever watches a terminal is still watching it.
 */
const pauses = [100, 200, 400, 800, 1_500, 3_000, 3_000, 3_000];

/** Wrong password, no such role; no such database: waiting mends neither. */
const hopeless = /^(28...|3D000)$/;

export interface ReachOptions {
  /** What holds `url`, to be named in the error. */
  readonly variable: string;
  readonly url: string;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Told of each attempt that failed and will be repeated. */
  readonly onRetry?: (reason: string) => void;
}

/**
 * Waits until the database answers.
 *
 * @throws {Error} with a sentence that names the variable and the host, and never the password
 */
export async function reachDatabase<Tables>(
  database: Kysely<Tables>,
  { variable, url, pause, onRetry = () => {} }: ReachOptions,
): Promise<void> {
  const where = placeOf(url, variable);
  for (const wait of [...pauses, null]) {
    try {
      await sql`select 1`.execute(database);
      return;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code ?? message;
      if (wait === null || hopeless.test(reason))
        throw new Error(
          `${where} does not answer (${reason}). Start it, or set ${variable} to one that does.`,
          { cause: error },
        );
      onRetry(`${where} does not answer yet (${reason}).`);
      await pause(wait);
    }
  }
}

function placeOf(url: string, variable: string): string {
  if (!URL.canParse(url))
    throw new Error(
      `${variable} is not a URL. Write it as postgres://user:password@host:port/database.`,
    );
  const { host, pathname } = new URL(url);
  return `The database "${pathname.slice(1)}" at ${host}`;
}
