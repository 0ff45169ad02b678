import { addYears, type Day, yearOf, yearsBetween } from "./day.ts";
import type { Person } from "./person.ts";
import { isAliveOn } from "./person.ts";
import type { Commune } from "./places.ts";
import type { Random } from "./random.ts";

/** One marriage, as it truly was. */
export interface Marriage {
  readonly index: number;
  /** Null where the husband is a foreigner. */
  readonly husband: Person | null;
  readonly wife: Person;
  readonly foreigner: { readonly name: string; readonly country: string } | null;
  readonly form: "REGISTERED" | "RE_REGISTERED" | "ABROAD" | "DE_FACTO";
  /** The day from which it exists. */
  readonly day: Day;
  /** When it came into the book; null for one that never did. */
  readonly enteredOn: Day | null;
  readonly place: Commune;
  readonly end: MarriageEnd | null;
}

/** A judgment that ended a marriage; death needs none. */
export interface MarriageEnd {
  readonly kind: "DIVORCE" | "ANNULMENT";
  readonly judgment: Day;
  readonly effective: Day;
  /** Where a court abroad gave it. */
  readonly country: string | null;
  /** Whether the book has it: a foreign divorce waits for the citizen's request (Decree 123/2015, Art. 37). */
  readonly noted: boolean;
}

export const spouseIn = (marriage: Marriage, person: Person): Person | null =>
  marriage.wife === person ? marriage.husband : marriage.wife;

/** The first day on which the marriage is no more; Infinity while it lasts. */
export function overFrom({ husband, wife, end }: Marriage): Day {
  return Math.min(end?.effective ?? Infinity, husband?.death ?? Infinity, wife.death ?? Infinity);
}

export function isFree(person: Person, day: Day): boolean {
  const last = person.marriages.at(-1);
  return last === undefined || overFrom(last) <= day;
}

/** The marriage that is open on the day. */
export function openMarriage(person: Person, day: Day): Marriage | undefined {
  return person.marriages.find((marriage) => marriage.day <= day && overFrom(marriage) > day);
}

export const isOldEnough = (person: Person, day: Day): boolean =>
  yearsBetween(person.birth, day) >= (person.sex === "MALE" ? 20 : 16);

/**
 * How much older the husband is, in years: he is in 72 couples of 100, of the same age in 12, and
 * younger in 16 [V, 2024].
 */
export function drawAgeDifference(random: Random): number {
  const share = random.unit();
  const more = -Math.log(1 - random.unit());
  if (share < 0.745) return Math.min(18, 1 + 3.4 * more);
  return share < 0.87 ? 0 : -Math.min(9, 1 + 0.9 * more);
}

/** Divorces in a year of 1,000 marriages by how long they have lasted: most in years 3 to 8. */
const hazards = [
  2, 5, 13, 16, 16, 15, 13, 12, 9, 8, 7, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 1.5, 1.5, 1,
];

/**
 * Before Đổi Mới few divorced; today it is more than 0.5 % of marriages in a year. It rose late: else
 * more than 2.6 % of those over 15 were divorced by now.
 */
const eraFactor = (year: number): number =>
  year < 1986 ? 0.05 : year < 2000 ? 0.08 : year < 2010 ? 0.15 : year < 2018 ? 0.3 : 1.25;

/** The judgment that will end the marriage, were both to live; null for most. */
export function drawEnd(random: Random, day: Day, today: Day): MarriageEnd | null {
  if (random.chance(0.0012)) {
    const judgment = day + random.between(120, 900);
    return { kind: "ANNULMENT", judgment, effective: judgment + 30, country: null, noted: true };
  }
  const year = yearOf(day);
  for (const [years, hazard] of hazards.entries()) {
    if (year + years > yearOf(today)) return null;
    if (!random.chance((hazard / 1000) * eraFactor(year + years))) continue;
    const judgment = Math.max(day + 200, addYears(day, years) + random.between(0, 364));
    // A decision that recognises an agreement takes effect at once, a judgment after 15 to 30 days.
    const effective = judgment + (random.chance(0.55) ? 0 : random.between(15, 32));
    return { kind: "DIVORCE", judgment, effective, country: null, noted: true };
  }
  return null;
}

/** From when on somebody whose marriage ended looks again; null for most. */
export function drawNextSearch(random: Random, person: Person, marriage: Marriage): Day | null {
  const over = overFrom(marriage);
  if (over === Infinity || person.death === over) return null;
  const man = person.sex === "MALE";
  const age = yearsBetween(person.birth, over);
  const widowed = marriage.end?.effective !== over;
  const share = widowed ? (age > 60 ? 0.05 : man ? 0.6 : 0.25) : man ? 0.32 : 0.27;
  return random.chance(share) ? over + 180 + Math.floor(365 * 6 * random.unit() ** 2) : null;
}

/** Somebody to marry, as their age difference wants it, or null where nobody is free this year. */
export function findSpouse(
  random: Random,
  seeker: Person,
  day: Day,
  peopleByYear: ReadonlyMap<number, readonly Person[]>,
  isKin: (one: Person, other: Person) => boolean,
): Person | null {
  const former = seeker.marriages.at(-1) && spouseIn(seeker.marriages.at(-1)!, seeker);
  const fits = (person: Person) =>
    person.sex !== seeker.sex &&
    person.seek !== null &&
    person.seek - 1100 <= day &&
    (!seeker.arranged || person.death === null) &&
    isAliveOn(person, day + 60) &&
    isOldEnough(person, day) &&
    isFree(person, day - 30) &&
    !person.marriages.some((marriage) => spouseIn(marriage, person) === seeker) &&
    !isKin(seeker, person);
  // Some come together again, which the registers must show as a second marriage and not as an error.
  if (former && random.chance(0.04) && isAliveOn(former, day + 60) && isFree(former, day - 30))
    return former;
  const difference = drawAgeDifference(random) * (seeker.sex === "FEMALE" ? -1 : 1);
  const wanted = yearOf(seeker.birth) + Math.round(difference);
  for (let distance = 0; distance <= 7; distance++)
    for (const year of distance === 0 ? [wanted] : [wanted - distance, wanted + (distance >> 1)]) {
      const there = peopleByYear.get(year);
      if (!there) continue;
      const start = random.between(0, there.length);
      for (let step = 0; step < there.length; step++) {
        const person = there[(start + step) % there.length]!;
        if (fits(person)) return person;
      }
    }
  return null;
}
