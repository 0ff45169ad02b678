import { sql } from "kysely";
import type { Kysely } from "kysely";
import { loaderOfManyUnderKeys } from "../kit/loaders.ts";
import type { DB } from "./database/types.ts";

export type Loaders = ReturnType<typeof makeLoaders>;
export type CardRow = Awaited<ReturnType<typeof loadCards>>[number];

/** What one request reads of the register, each at most once. */
export function makeLoaders(database: Kysely<DB>, signal: AbortSignal) {
  return {
    /** By every number of a citizen; newest first. */
    cards: loaderOfManyUnderKeys(
      (pins: readonly string[]) => loadCards(database, pins, signal),
      (card) => [card.pin],
    ),
  };
}

function loadCards(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  return database
    .selectFrom("card")
    .leftJoin("facility", "facility.code", "card.facility_code")
    .selectAll("card")
    .select([
      "facility.name as facility_name",
      "facility.unit_code as facility_unit_code",
      "facility.unit_from as facility_unit_from",
    ])
    .where("card.pin", "=", sql<string>`any(${pins}::text[])`)
    .orderBy("card.valid_from", "desc")
    .orderBy("card.valid_to", "desc")
    .orderBy("card.id", "desc")
    .execute({ signal });
}
