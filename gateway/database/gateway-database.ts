import { keepMigrated } from "./keep-migrated.ts";
import { openPool } from "./pool.ts";
import type { GatewayDatabase } from "./pool.ts";

/** The gateway's own database, which is migrated as soon as it can be reached. */
export interface OwnDatabase {
  readonly database: GatewayDatabase;
  /** See `keepMigrated`. */
  readonly migrate: () => Promise<void>;
}

/**
 * Opens it.
 *
 * @param url empty where none is named
 * @throws {Error} with a sentence where none is
 */
export function openOwnDatabase(url: string, onFailure: (error: unknown) => void): OwnDatabase {
  if (url === "")
    throw new Error(
      "GATEWAY_DATABASE_URL is not set. Owners limit what may be asked of them, and the gateway keeps account of it, and a log of all access, in a PostgreSQL database of its own: name one, or try all of it by `npx lien-thong start`.",
    );
  const database = openPool(url);
  return { database, migrate: keepMigrated(database, onFailure) };
}
