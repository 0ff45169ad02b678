import { overFrom, type Marriage } from "./marriage.ts";
import type { Person } from "./person.ts";
import type { Random } from "./random.ts";
import type { Community } from "./life.ts";
import { coversYear } from "./coverage.ts";
import { dayOf, yearOf, type Day } from "./day.ts";

/**
 * The shares of known defects that a real register has. Where a defect can strike only some rows (a
 * gap needs two homes), the chance below is higher, so that the share of all comes out.
 */
export const shares = {
  /** Of marriages. */
  marriageNotCopied: 0.03,
  /** Of divorces that the book should have. */
  divorceNotNoted: 0.06,
  /** Of deaths. */
  deathNotRegistered: 0.02,
  /** Of citizens; they are made from those who married again. */
  openTwice: 0.0002,
  /** Of citizens. */
  residenceOverlap: 0.003,
  /** Of citizens. */
  residenceGap: 0.01,
  /** Of births on record. */
  nameDiffers: 0.005,
  /** Of acts from before 2016. */
  actWithoutPin: 0.3,
  /** Of acts and of birth dates. */
  impossibleDate: 0.002,
  /** Of marriages of years whose book isn't digitised: nobody asked for an extract since. */
  marriageNotDigitised: 0.1,
} as const;

export type Register = "POPULATION" | "CIVIL_STATUS" | "EDUCATION";

/** One thing that a register has wrong or lacks, and what is true. */
export interface Defect {
  /** Whom it is about, by the number borne today. */
  readonly pin: string;
  readonly register: Register;
  readonly kind: DefectKind;
  readonly truth: Readonly<Record<string, unknown>>;
}

export const defectKinds = [
  "MARRIAGE_NOT_COPIED",
  "MARRIAGE_NOT_DIGITISED",
  "MARRIAGE_NOT_REGISTERED",
  "FOREIGN_MARRIAGE_NOT_NOTED",
  "DIVORCE_NOT_NOTED",
  "FOREIGN_DIVORCE_NOT_NOTED",
  "JUDGMENT_UNKNOWN",
  "DEATH_NOT_REGISTERED",
  "RESIDENCE_OVERLAP",
  "RESIDENCE_GAP",
  "NAME_DIFFERS",
  "ACT_WITHOUT_PIN",
  "IMPOSSIBLE_DATE",
  "PIN_CONTRADICTS",
  "BIRTH_NOT_REGISTERED",
  "PUPIL_NAME",
  "PUPIL_BIRTH_DATE",
  "PUPIL_SEX",
  "PUPIL_PIN",
  "PUPIL_UNIT",
  "PUPIL_TWICE",
] as const;
export type DefectKind = (typeof defectKinds)[number];

/** The defects of marriages and deaths, drawn before any row: two registers have to agree on them. */
export interface Flaws {
  readonly marriagesNotCopied: ReadonlySet<Marriage>;
  readonly marriagesNotDigitised: ReadonlySet<Marriage>;
  readonly divorcesNotNoted: ReadonlySet<Marriage>;
  /** Divorces that civil status knows nothing of, with another marriage after: open twice. */
  readonly judgmentsUnknown: ReadonlySet<Marriage>;
  readonly deathsNotRegistered: ReadonlySet<Person>;
}

export function drawFlaws(random: Random, seed: number, { people, marriages }: Community): Flaws {
  const flaws = {
    marriagesNotCopied: new Set<Marriage>(),
    marriagesNotDigitised: new Set<Marriage>(),
    divorcesNotNoted: new Set<Marriage>(),
    judgmentsUnknown: new Set<Marriage>(),
    deathsNotRegistered: new Set<Person>(),
  };
  const marriedAgain = marriages.filter(isFollowed);
  // Both former spouses stand in the register then, though mostly only one has married again.
  const chanceOpenTwice = (shares.openTwice * people.length) / Math.max(marriedAgain.length, 1);
  for (const marriage of marriages) {
    if (marriage.wife.arranged || marriage.husband?.arranged) continue;
    const { enteredOn, end, place } = marriage;
    if (enteredOn !== null && !coversYear(seed, place, "MARRIAGE", yearOf(enteredOn)))
      if (random.chance(shares.marriageNotDigitised)) {
        flaws.marriagesNotDigitised.add(marriage);
        continue;
      }
    if (random.chance(shares.marriageNotCopied)) flaws.marriagesNotCopied.add(marriage);
    if (end?.kind !== "DIVORCE" || !end.noted) continue;
    if (isFollowed(marriage) && random.chance(chanceOpenTwice))
      flaws.judgmentsUnknown.add(marriage);
    else if (random.chance(shares.divorceNotNoted)) flaws.divorcesNotNoted.add(marriage);
  }
  for (const person of people)
    if (person.death !== null && random.chance(shares.deathNotRegistered))
      flaws.deathsNotRegistered.add(person);
  return flaws;
}

/** A divorce after which one of the two has married somebody else, entered in the book. */
function isFollowed(marriage: Marriage): boolean {
  if (marriage.end?.kind !== "DIVORCE" || marriage.enteredOn === null) return false;
  return [marriage.husband, marriage.wife].some((partner) => {
    const last = partner?.marriages.at(-1);
    return (
      last !== undefined &&
      last !== marriage &&
      last.enteredOn !== null &&
      overFrom(last) === Infinity
    );
  });
}

/** Registers from before this day often lack the personal number, which was new. */
export const numbersInActsFrom: Day = dayOf(2016, 1, 1);

/** A day that no calendar has, near the true one, as the book has it. */
export function impossibleDay(day: Day): string {
  const year = yearOf(day);
  return day % 2 === 0 ? `30/02/${year}` : `31/06/${year}`;
}
