import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { createCases } from "./migrations/cases.ts";
import { createEvidence } from "./migrations/evidence.ts";
import { createLedger } from "./migrations/ledger.ts";
import { createLog } from "./migrations/log.ts";
import { createRepairs } from "./migrations/repairs.ts";

/** By name, in whose order they run, so each begins with four digits; one that has run is never changed. */
const migrations: Readonly<Record<string, Migration>> = {
  "0010_ledger": { up: createLedger },
  "0020_repairs": { up: createRepairs },
  "0030_log": { up: createLog },
  "0040_evidence": { up: createEvidence },
  "0050_cases": { up: createCases },
};

/**
 * Brings the gateway's database to the newest migration; does nothing where it is there already. Safe
 * when several processes start at once: the migrator holds a lock in the database.
 *
 * @throws {Error} that names the migration that failed
 */
export async function migrate<Tables>(database: Kysely<Tables>): Promise<void> {
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
