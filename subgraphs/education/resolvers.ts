import { readBearer } from "../kit/former-pins.ts";
import type { Bearer, CitizenReference } from "../kit/former-pins.ts";
import type { Sector } from "../kit/sector.ts";
import { findUnit } from "../kit/unit-columns.ts";
import type { DB } from "./database/types.ts";
import type { Loaders, SchoolingRow } from "./loaders.ts";

export const resolvers: Sector<DB, Loaders>["resolvers"] = {
  Citizen: {
    __resolveReference: async (reference: CitizenReference) => readBearer(reference),
    pupilCode: async ({ pins }: Bearer, _, { loaders }) =>
      findFirstCode(await loaders.schooling.load(pins)),
    enrolments: async ({ pins }: Bearer, _, { loaders }) =>
      (await loaders.schooling.load(pins)).filter(({ school_year }) => school_year !== null),
  },
  Enrolment: {
    school: (row: SchoolingRow) => row,
    className: (row: SchoolingRow) => row.class_name,
    schoolYear: (row: SchoolingRow) => row.school_year,
  },
  School: {
    code: (row: SchoolingRow) => row.school_code,
    name: (row: SchoolingRow) => row.school_name,
    unit: (row: SchoolingRow, _, { units }) =>
      findUnit(units, row.school_unit_code, row.school_unit_from),
  },
};

/** A child that was entered twice has two codes; the lower one was given first. */
function findFirstCode(rows: readonly SchoolingRow[]): string | null {
  return rows.map(({ pupil_code }) => pupil_code).toSorted()[0] ?? null;
}
