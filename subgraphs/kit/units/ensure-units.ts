import type { Kysely } from "kysely";
import { readAddressDatabase } from "./address-database.ts";
import { readDefaultUnits } from "./default-units.ts";
import { loadUnits } from "./load.ts";
import { readEdition } from "./read-directory.ts";

/** Gives a database the default units where it has none. Its tables are there already. */
export async function ensureUnits<Tables>(database: Kysely<Tables>): Promise<void> {
  if ((await readEdition(database)) > 0) return;
  await loadUnits(database, readDefaultUnits(await readAddressDatabase()));
}
