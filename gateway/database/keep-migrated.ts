import { migrate } from "./migrate.ts";
import type { GatewayDatabase } from "./pool.ts";

/**
 * Migrates the gateway's database as soon as it can be reached. A gateway whose database is away still
 * starts: it answers what costs no owner's units.
 *
 * @param onFailure told of a failure, once until it has succeeded
 * @returns tries it where it has not succeeded yet, one at a time; never rejects
 */
export function keepMigrated(
  database: GatewayDatabase,
  onFailure: (error: unknown) => void,
): () => Promise<void> {
  let done = false;
  let failing = false;
  let trying: Promise<void> | undefined;
  const attempt = async () => {
    try {
      await migrate(database);
      done = true;
    } catch (error) {
      if (!failing) onFailure(error);
      failing = true;
    } finally {
      trying = undefined;
    }
  };
  return () => (done ? Promise.resolve() : (trying ??= attempt()));
}
