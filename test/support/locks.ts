import { sql } from "kysely";
import type { Kysely } from "kysely";
import { expect } from "vitest";

/** Waits until so many sessions of a database wait for a lock. */
export async function waitForLocks<DB>(database: Kysely<DB>, count: number): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'
      `.execute(database);
      return rows[0]?.waiting;
    })
    .toBe(count);
}
