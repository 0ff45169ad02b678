import type { GraphQLError } from "graphql";
import type { CivilDate } from "../../schema/values/date.ts";
import type { PartialDate } from "../../schema/values/partial-date.ts";
import { parsePin, pinFlags } from "../../schema/values/pin.ts";
import type { Pin, Sex } from "../../schema/values/pin.ts";
import { sectorError } from "../kit/errors.ts";
import type { CitizenReference } from "../kit/former-pins.ts";
import type { RequestContext, Sector } from "../kit/sector.ts";
import { findUnit } from "../kit/unit-columns.ts";
import { unitOn, unitsNow } from "../kit/units/directory.ts";
import type { UnitDirectory } from "../kit/units/directory.ts";
import { lastDayOfDistricts } from "../kit/units/provinces.ts";
import type { UnitKey } from "../kit/units/unit.ts";
import type { DB } from "./database/types.ts";
import type { CitizenRow, Loaders, ResidenceRow } from "./loaders.ts";
import { findResidence } from "./resides-in.ts";
import type { Period } from "./resides-in.ts";

type Context = RequestContext<Loaders>;

/** A citizen under the number that was asked for; without a row where another's row names the number. */
interface Citizen {
  readonly pin: Pin;
  readonly row: CitizenRow | null;
}

/** Most citizens in one root look-up: what a screen shows, and a list beyond it is a batch. */
const mostCitizens = 100;

export const resolvers: Sector<DB, Loaders>["resolvers"] = {
  Query: {
    citizen: (_, { pin }: { pin: Pin }, context) => findCitizen(pin, context),
    citizens: (_, { pins }: { pins: readonly Pin[] }, context) => {
      if (pins.length > mostCitizens)
        throw sectorError(
          "BAD_USER_INPUT",
          `Argument "pins" takes at most ${mostCitizens} numbers; ${pins.length} came. Split the list.`,
          { argument: "pins" },
        );
      return pins.map((pin) => findCitizen(pin, context));
    },
  },
  Citizen: {
    __resolveReference: async ({ pin }: CitizenReference, context: Context) =>
      findCitizen(parsePin(pin), context),
    currentPin: ({ row }: Citizen) => row?.current_pin,
    formerPins: ({ row }: Citizen) => row?.former_pins,
    pinFlags: ({ row }: Citizen, _, { today }) => row && flagsOf(row, today),
    fullName: ({ row }: Citizen) => row?.full_name,
    otherNames: ({ row }: Citizen) => row?.other_names,
    sex: ({ row }: Citizen) => row?.sex,
    birthDate: ({ row }: Citizen) => row?.birth_date,
    birthDateText: ({ row }: Citizen) => row?.birth_date_text,
    birthRegisteredAt: ({ row }: Citizen, _, { units }) =>
      row && findUnit(units, row.birth_unit_code, row.birth_unit_from),
    nativePlace: ({ row }: Citizen) => row?.native_place,
    nationality: ({ row }: Citizen) => row?.nationality,
    deathDate: ({ row }: Citizen) => row?.death_date,
    father: ({ row }: Citizen, _, context) => findRelative(row?.father_pin, context),
    mother: ({ row }: Citizen, _, context) => findRelative(row?.mother_pin, context),
    maritalMark: ({ row }: Citizen) => row?.marital_mark,
    spouseOnRecord: ({ row }: Citizen, _, context) => findRelative(row?.spouse_pin, context),
    residences: ({ row }: Citizen, _, { loaders }) =>
      row && loaders.residences.load(row.current_pin),
    historyCompleteFrom: ({ row }: Citizen) => row?.history_complete_from,
    residesIn: answerResidesIn,
  },
  Residence: {
    unit: (row: ResidenceRow, _, { units }) => findUnit(units, row.unit_code, row.unit_from),
    unitsNow: (row: ResidenceRow, _, { units, today }) => {
      const unit = findUnit(units, row.unit_code, row.unit_from);
      return unit ? unitsNow(units, unit, today) : [];
    },
    from: (row: ResidenceRow) => row.from_date,
    to: (row: ResidenceRow) => row.to_date,
    endReason: (row: ResidenceRow) => row.end_reason,
    fileNumber: (row: ResidenceRow) => row.file_number,
    relationToHead: (row: ResidenceRow) => row.relation_to_head,
  },
};

/** Null where nobody bears or bore the number. */
async function findCitizen(pin: Pin, { loaders }: Context): Promise<Citizen | null> {
  const row = await loaders.citizen.load(pin);
  return row && { pin, row };
}

/** Somebody whom a row names may have died before the register began: his number is all it knows. */
async function findRelative(
  pin: string | null | undefined,
  { loaders }: Context,
): Promise<Citizen | null> {
  if (!pin) return null;
  return { pin: pin as Pin, row: await loaders.citizen.load(pin) };
}

/** Holds the number that the citizen bears today against the register: a replaced one has been mended. */
function flagsOf(row: CitizenRow, today: CivilDate) {
  return pinFlags(row.current_pin as Pin, {
    sex: row.sex as Sex,
    birthDate: row.birth_date as PartialDate | null,
    thisYear: Number(today.slice(0, 4)),
  });
}

const unknownResidence = {
  NO_RESIDENCE_ON_RECORD: "The register holds no residence for this day.",
  UNIT_DOES_NOT_TELL:
    "The unit of the residence on record does not tell: it was divided since, or its district is known by name alone.",
} as const;

async function answerResidesIn(
  { row }: Citizen,
  { unit, on }: { unit: string; on: CivilDate },
  { loaders, units, today }: Context,
): Promise<boolean> {
  if (row === null) throw sectorError("NOT_RECORDED", unknownResidence.NO_RESIDENCE_ON_RECORD);
  if (on > today) throw sectorError("NOT_RECORDED", "No register knows a day that has not come.");
  if (unitOn(units, unit, on) === undefined) throw refuseUnit(unit, on, units);
  const periods = (await loaders.residences.load(row.current_pin)).map(periodOf);
  const answer = findResidence(periods, unit, on, units);
  if (answer === "YES" || answer === "NO") return answer === "YES";
  throw sectorError("NOT_RECORDED", unknownResidence[answer]);
}

/** A district's code cannot be wrong where no district is known by one. */
function refuseUnit(unit: string, on: CivilDate, units: UnitDirectory): GraphQLError {
  const mayBeDistrict = /^[0-9]{3}$/.test(unit) && on <= lastDayOfDistricts;
  if (mayBeDistrict && !units.hasDistricts)
    return sectorError(
      "NOT_RECORDED",
      "The table of administrative units in use has districts by name alone; the official table, once imported, has their codes.",
      { argument: "unit" },
    );
  return sectorError(
    "BAD_USER_INPUT",
    `Argument "unit": no administrative unit is known that bore the code ${unit} on ${on}. Give the code of that day.`,
    { argument: "unit" },
  );
}

function periodOf(row: ResidenceRow): Period {
  const unit = row.unit_code === null ? null : { code: row.unit_code, validFrom: row.unit_from };
  return {
    kind: row.kind,
    from: row.from_date as PartialDate,
    to: row.to_date as PartialDate | null,
    unit: unit as UnitKey | null,
  };
}
