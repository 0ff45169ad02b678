import type { Insertable } from "kysely";
import type { Enrolment, Pupil, School } from "../../education/database/types.ts";
import { dayOf } from "../day.ts";
import { unitOn } from "../places.ts";
import { nameOn, pinOn, type Person } from "../person.ts";
import { listSchoolYears, type SchoolYear } from "../schooling.ts";
import { spoilPupil } from "./pupil-defects.ts";
import { birthDate, requirePin, type Records, type Table } from "./records.ts";

export const schoolTable: Table<Insertable<School>> = {
  name: "school",
  columns: ["code", "name", "unit_code", "unit_from"],
};

export const pupilTable: Table<Insertable<Pupil>> = {
  name: "pupil",
  columns: [
    "code",
    "pin",
    "full_name",
    "sex",
    "birth_date",
    "birth_date_text",
    "father_name",
    "mother_name",
    "unit_code",
  ],
};

export const enrolmentTable: Table<Insertable<Enrolment>> = {
  name: "enrolment",
  columns: ["pupil_code", "school_year", "school_code", "class_name", "grade", "level", "state"],
};

/** Pupils who stand twice in the register: a new code was made when they changed schools. */
const shareTwice = 0.004;

/** Writes the education register's rows of one community. */
export function writeEducation(records: Records): void {
  const { community, random, today, note } = records;
  for (const person of community.people) {
    const years = listSchoolYears(random, person, today);
    const [first] = years;
    if (first === undefined) continue;
    const twice = !person.arranged && years.length > 1 && random.chance(shareTwice);
    const cut = twice ? random.between(1, years.length - 1) : years.length;
    const codes = [writePupil(records, person, years.slice(0, cut))];
    if (twice) {
      codes.push(writePupil(records, person, years.slice(cut)));
      note({
        pin: requirePin(person),
        register: "EDUCATION",
        kind: "PUPIL_TWICE",
        truth: { codes },
      });
    }
  }
}

function writePupil(records: Records, person: Person, years: readonly SchoolYear[]): string {
  const { serials, institutions, write } = records;
  const entered = dayOf(years[0]?.year ?? 2018, 9, 5);
  const code = serials.next("PUPIL");
  const { father, mother } = person;
  const last = years.at(-1);
  const pupil = {
    code,
    pin: pinOn(person, entered),
    full_name: nameOn(person, entered),
    sex: person.sex,
    birth_date: birthDate(person),
    birth_date_text: null,
    father_name: father && nameOn(father, entered),
    mother_name: mother && nameOn(mother, entered),
    unit_code: last ? unitOn(last.commune, dayOf(last.year, 9, 5)).code : null,
  };
  // Of those who left, nobody has looked since; of those who attend, the school should have.
  const before = last?.state === "ATTENDING" ? last.commune.old.code : null;
  write(pupilTable, person.arranged ? pupil : spoilPupil(records, person, pupil, before));
  for (const { year, level, grade, className, commune, state } of years)
    write(enrolmentTable, {
      pupil_code: code,
      school_year: `${year}-${year + 1}`,
      school_code: institutions.schoolOf(commune, level),
      class_name: className,
      grade,
      level,
      state,
    });
  return code;
}
