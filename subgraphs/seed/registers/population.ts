import type { Insertable } from "kysely";
import type {
  Citizen,
  PersonalNumber,
  PinAlias,
  Residence,
} from "../../population/database/types.ts";
import { dayText, yearOf, yearsBetween, type Day } from "../day.ts";
import { impossibleDay, shares, type Flaws } from "../defects.ts";
import { overFrom, spouseIn, type Marriage } from "../marriage.ts";
import { fullName } from "../names.ts";
import type { Person } from "../person.ts";
import { placeName, unitOn } from "../places.ts";
import { draw, weigh } from "../random.ts";
import { birthDate, requirePin, type Records, type Table } from "./records.ts";
import { writeResidences } from "./residences.ts";

export const citizenTable: Table<Insertable<Citizen>> = {
  name: "citizen",
  columns: [
    "pin",
    "family_name",
    "middle_name",
    "given_name",
    "full_name",
    "other_names",
    "sex",
    "birth_date",
    "birth_date_text",
    "birth_unit_code",
    "birth_unit_from",
    "native_place",
    "ethnicity",
    "religion",
    "nationality",
    "old_id_number",
    "father_pin",
    "mother_pin",
    "marital_mark",
    "spouse_pin",
    "death_date",
    "history_complete_from",
  ],
};

export const numberTable: Table<Insertable<PersonalNumber>> = {
  name: "personal_number",
  columns: ["pin", "replaced"],
};

export const aliasTable: Table<Insertable<PinAlias>> = {
  name: "pin_alias",
  columns: ["old_pin", "pin", "replaced_on"],
};

export const residenceTable: Table<Insertable<Residence>> = {
  name: "residence",
  columns: [
    "pin",
    "kind",
    "address",
    "unit_code",
    "unit_from",
    "country",
    "from_date",
    "to_date",
    "end_reason",
    "destination",
    "file_number",
    "household_number",
    "relation_to_head",
    "known_defect",
  ],
};

const religions = weigh([
  ["Không", 860],
  ["Phật giáo", 50],
  ["Công giáo", 61],
  ["Tin lành", 10],
  ["Cao Đài", 6],
  ["Phật giáo Hòa Hảo", 10],
] as const);

/** Cards of nine digits were given from 14 years on, and no more once the chip card had come. */
const lastBirthYearOfOldCards = 2001;

/** Writes the population register's rows of one community. */
export function writePopulation(records: Records): void {
  for (const person of records.community.people) {
    const pin = requirePin(person);
    const historyFrom = writeResidences(records, person, residenceTable);
    records.write(numberTable, { pin, replaced: false });
    writeCitizen(records, person, historyFrom);
    if (person.formerPin) {
      const { pin: old, replacedOn } = person.formerPin;
      records.write(numberTable, { pin: old, replaced: true });
      records.write(aliasTable, { old_pin: old, pin, replaced_on: dayText(replacedOn) });
    }
  }
}

function writeCitizen(records: Records, person: Person, historyFrom: Day | null): void {
  const { random, serials, today, flaws, write, note } = records;
  const pin = requirePin(person);
  const { name, renamed, birth, birthPlace, sex, stock } = person;
  const current = renamed?.name ?? name;
  const unreadable = !person.arranged && random.chance(shares.impossibleDate);
  if (unreadable)
    note({
      pin,
      register: "POPULATION",
      kind: "IMPOSSIBLE_DATE",
      truth: { birthDate: dayText(birth) },
    });
  if (person.pinFault)
    note({
      pin,
      register: "POPULATION",
      kind: "PIN_CONTRADICTS",
      truth: { sex, birthYear: yearOf(birth), wrong: person.pinFault },
    });
  const { mark, spouse } = markOf(person, flaws, today);
  const from = person.father?.birthPlace ?? birthPlace;
  write(citizenTable, {
    pin,
    family_name: current.family,
    middle_name: current.middle,
    given_name: current.given,
    full_name: fullName(current),
    other_names: renamed ? [fullName(name)] : [],
    sex,
    birth_date: unreadable ? null : birthDate(person),
    birth_date_text: unreadable ? impossibleDay(birth) : null,
    birth_unit_code: unitOn(birthPlace, birth).code,
    birth_unit_from: unitOn(birthPlace, birth).validFrom,
    native_place: placeName(from, birth),
    ethnicity: stock.ethnicity,
    religion: draw(random, religions),
    nationality: "Việt Nam",
    old_id_number:
      yearOf(birth) <= lastBirthYearOfOldCards && random.chance(0.9)
        ? serials.next("ID_CARD")
        : null,
    father_pin: person.father?.pin ?? null,
    mother_pin: person.mother?.pin ?? null,
    marital_mark: mark,
    spouse_pin: spouse,
    death_date: person.death === null ? null : dayText(person.death),
    history_complete_from: historyFrom === null ? null : dayText(historyFrom),
  });
  noteMarriagesNotCopied(records, person);
}

type Mark = "NEVER_MARRIED" | "MARRIED" | "DIVORCED" | "WIDOWED";

/**
 * The register's own mark: a copy of what the marriage book says, so that a divorce which the book
 * doesn't have is not marked either; deaths it knows by itself.
 */
function markOf(
  person: Person,
  flaws: Flaws,
  today: Day,
): { mark: Mark | null; spouse: string | null } {
  const copied = person.marriages.filter((marriage) => !flaws.marriagesNotCopied.has(marriage));
  for (const marriage of copied.toReversed()) {
    const spouse = spouseIn(marriage, person);
    if (marriage.end && isEndNoted(marriage, flaws)) {
      if (marriage.end.kind === "ANNULMENT") continue;
      return { mark: "DIVORCED", spouse: null };
    }
    const survived = spouse?.death != null && spouse.death !== person.death;
    if (survived && (person.death === null || person.death > (spouse.death ?? 0)))
      return { mark: "WIDOWED", spouse: null };
    return { mark: "MARRIED", spouse: spouse?.pin ?? null };
  }
  const adult = yearsBetween(person.birth, person.death ?? today) >= 18;
  return { mark: adult ? "NEVER_MARRIED" : null, spouse: null };
}

/** Whether the marriage book has the judgment. */
export function isEndNoted(marriage: Marriage, flaws: Flaws): boolean {
  return (
    marriage.end !== null &&
    marriage.end.noted &&
    !flaws.divorcesNotNoted.has(marriage) &&
    !flaws.judgmentsUnknown.has(marriage)
  );
}

function noteMarriagesNotCopied({ flaws, note }: Records, person: Person): void {
  for (const marriage of person.marriages)
    if (flaws.marriagesNotCopied.has(marriage))
      note({
        pin: requirePin(person),
        register: "POPULATION",
        kind: "MARRIAGE_NOT_COPIED",
        truth: {
          date: dayText(marriage.day),
          spouse: spouseIn(marriage, person)?.pin ?? null,
          overOn: overFrom(marriage) === Infinity ? null : dayText(overFrom(marriage)),
        },
      });
}
