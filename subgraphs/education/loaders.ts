import { sql } from "kysely";
import type { Kysely } from "kysely";
import { loaderOfManyUnderKeys } from "../kit/loaders.ts";
import type { DB } from "./database/types.ts";

export type Loaders = ReturnType<typeof makeLoaders>;
export type SchoolingRow = Awaited<ReturnType<typeof loadSchooling>>[number];

/** What one request reads of the register, each at most once. */
export function makeLoaders(database: Kysely<DB>, signal: AbortSignal) {
  return {
    /** By every number of a citizen; newest school year first. */
    schooling: loaderOfManyUnderKeys(
      (pins: readonly string[]) => loadSchooling(database, pins, signal),
      (row) => [row.pin],
    ),
  };
}

/**
 * A row for each enrolment of each pupil, and one for a pupil without any. Within a school year the
 * school that a pupil left stands after the one that took him.
 */
function loadSchooling(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  return database
    .selectFrom("pupil")
    .leftJoin("enrolment", "enrolment.pupil_code", "pupil.code")
    .leftJoin("school", "school.code", "enrolment.school_code")
    .select([
      "pupil.pin",
      "pupil.code as pupil_code",
      "enrolment.school_year",
      "enrolment.class_name",
      "enrolment.grade",
      "enrolment.level",
      "enrolment.state",
      "school.code as school_code",
      "school.name as school_name",
      "school.unit_code as school_unit_code",
      "school.unit_from as school_unit_from",
    ])
    .where("pupil.pin", "=", sql<string>`any(${pins}::text[])`)
    .orderBy("enrolment.school_year", (order) => order.desc().nullsLast())
    .orderBy(sql`enrolment.state = 'TRANSFERRED'`)
    .orderBy("pupil.code")
    .orderBy("school.code")
    .execute({ signal });
}
