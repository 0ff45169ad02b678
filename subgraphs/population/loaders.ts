import { sql } from "kysely";
import type { Kysely } from "kysely";
import { loaderOfMany, loaderOfOne } from "../kit/loaders.ts";
import type { DB } from "./database/types.ts";

export type Loaders = ReturnType<typeof makeLoaders>;
export type CitizenRow = Awaited<ReturnType<typeof loadCitizens>>[number];
export type ResidenceRow = Awaited<ReturnType<typeof loadResidences>>[number];

/** What one request reads of the register, each at most once. */
export function makeLoaders(database: Kysely<DB>, signal: AbortSignal) {
  return {
    /** By a number that the citizen bears or bore. */
    citizen: loaderOfOne(
      (pins: readonly string[]) => loadCitizens(database, pins, signal),
      (row) => row.asked_pin,
    ),
    /** By the number that the citizen bears; newest first. */
    residences: loaderOfMany(
      (pins: readonly string[]) => loadResidences(database, pins, signal),
      (row) => row.pin,
    ),
  };
}

/** A row for each number asked for that somebody bears or bore: two numbers of one citizen give two. */
function loadCitizens(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  return database
    .selectFrom(sql<{ pin: string }>`unnest(${pins}::text[])`.as<"asked">(sql`asked(pin)`))
    .leftJoin("pin_alias as alias", "alias.old_pin", "asked.pin")
    .innerJoin("citizen", (join) =>
      join.on("citizen.pin", "=", sql<string>`coalesce(alias.pin, asked.pin)`),
    )
    .select([
      "asked.pin as asked_pin",
      "citizen.pin as current_pin",
      "full_name",
      "other_names",
      "sex",
      "birth_date",
      "birth_date_text",
      "birth_unit_code",
      "birth_unit_from",
      "native_place",
      "nationality",
      "death_date",
      "father_pin",
      "mother_pin",
      "marital_mark",
      "spouse_pin",
      "history_complete_from",
      sql<string[]>`array(
        select former.old_pin from pin_alias as former where former.pin = citizen.pin
        order by former.replaced_on desc, former.old_pin)`.as("former_pins"),
    ])
    .execute({ signal });
}

// A text that opens a longer one sorts before it, so partial dates sort as their earliest days do.
function loadResidences(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  return database
    .selectFrom("residence")
    .selectAll()
    .where("pin", "=", sql<string>`any(${pins}::text[])`)
    .orderBy("from_date", "desc")
    .orderBy("to_date", (order) => order.desc().nullsFirst())
    .orderBy("id", "desc")
    .execute({ signal });
}
