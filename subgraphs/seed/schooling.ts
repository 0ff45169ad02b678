import { dayOf, yearOf, yearsBetween, type Day } from "./day.ts";
import { homeOn, type Person } from "./person.ts";
import type { Commune } from "./places.ts";
import type { Random } from "./random.ts";

export type SchoolLevel =
  | "NURSERY"
  | "KINDERGARTEN"
  | "PRIMARY"
  | "LOWER_SECONDARY"
  | "UPPER_SECONDARY";

/** One school year of a pupil. */
export interface SchoolYear {
  /** The year in whose September it begins. */
  readonly year: number;
  readonly level: SchoolLevel;
  readonly grade: number | null;
  readonly className: string;
  readonly commune: Commune;
  readonly state: "ATTENDING" | "COMPLETED" | "TRANSFERRED" | "LEFT";
}

/** The register of pupils holds school years since 2018-2019. */
const firstYear = 2018;

/** A pupil's school years, oldest first; empty for who was in no school since the register began. */
export function listSchoolYears(random: Random, person: Person, today: Day): SchoolYear[] {
  const born = yearOf(person.birth);
  const lastYear = yearOf(today - 244);
  if (born < firstYear - 18) return [];
  const nursery = random.chance(0.3) ? random.between(1, 2) : 3;
  const begins = random.chance(0.96) || person.arranged ? nursery : 6;
  // Nearly all of 6 to 17 are at school; some leave after grade 9, and few before.
  const leaves = person.arranged
    ? 13
    : random.chance(0.03)
      ? random.between(6, 9)
      : random.chance(0.09)
        ? 10
        : 13;
  const letter = random.pick(["A", "B", "C", "D"]);
  const years: SchoolYear[] = [];
  for (let year = Math.max(firstYear, born + begins); year <= lastYear; year++) {
    const age = year - born;
    const grade = age >= 6 ? age - 5 : null;
    const start = dayOf(year, 9, 5);
    if (age > 17 || (grade !== null && grade >= leaves)) break;
    if (person.death !== null && person.death <= start) break;
    const home = homeOn(person, start);
    if (home === undefined || yearsBetween(person.birth, start) < 1) continue;
    const moved = homeOn(person, dayOf(year + 1, 5, 20)) !== home;
    const leaving = grade !== null && grade + 1 >= leaves && leaves < 13;
    const over = year < lastYear;
    years.push({
      year,
      level: levelOf(age, grade),
      grade,
      className: grade === null ? `Lớp ${Math.max(age, 1)} tuổi ${letter}` : `${grade}${letter}`,
      commune: home.household.commune,
      state: !over ? "ATTENDING" : moved ? "TRANSFERRED" : leaving ? "LEFT" : "COMPLETED",
    });
  }
  return years;
}

function levelOf(age: number, grade: number | null): SchoolLevel {
  if (grade === null) return age < 3 ? "NURSERY" : "KINDERGARTEN";
  return grade <= 5 ? "PRIMARY" : grade <= 9 ? "LOWER_SECONDARY" : "UPPER_SECONDARY";
}
