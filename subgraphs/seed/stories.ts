import type { Defect, DefectKind } from "./defects.ts";
import { dayForPeople, yearOf, yearsBetween, type Day } from "./day.ts";
import type { Community } from "./life.ts";
import { overFrom, spouseIn, type Marriage } from "./marriage.ts";
import { nameOn, type Person } from "./person.ts";
import { mergers, placeName } from "./places.ts";
import { splitCommunes } from "./split-communes.ts";
import type { Period } from "./residence.ts";

/** A life worth looking at, and why. */
export interface Story {
  readonly kind: string;
  readonly pin: string;
  readonly name: string;
  readonly sentence: string;
}

/** What a story is told from. */
interface Subject {
  readonly person: Person;
  readonly periods: readonly Period[];
  readonly defects: readonly Defect[];
  readonly today: Day;
}

type Teller = (subject: Subject) => string | null;

/** Each kind of story: what there is to say of a person, or null where the kind isn't theirs. */
const tellers: Readonly<Record<string, Teller>> = {
  sample: (subject) =>
    subject.person.arranged ? `${tellMarriages(subject)}; ${tellMoves(subject)}` : null,
  moved: (subject) => (subject.person.homes.length > 5 ? tellMoves(subject) : null),
  married: (subject) =>
    statusOf(subject) === "MARRIED" && subject.person.marriages.length === 1
      ? tellMarriages(subject)
      : null,
  divorced: (subject) => (statusOf(subject) === "DIVORCED" ? tellMarriages(subject) : null),
  widowed: (subject) => (statusOf(subject) === "WIDOWED" ? tellMarriages(subject) : null),
  remarried: (subject) => (subject.person.marriages.length > 1 ? tellMarriages(subject) : null),
  "same-spouse-again": (subject) => {
    const spouses = subject.person.marriages.map((marriage) => spouseIn(marriage, subject.person));
    return new Set(spouses).size < spouses.length ? tellMarriages(subject) : null;
  },
  annulled: (subject) =>
    subject.person.marriages.some(({ end }) => end?.kind === "ANNULMENT")
      ? tellMarriages(subject)
      : null,
  "never-married": ({ person, today }) =>
    person.death === null &&
    person.marriages.length === 0 &&
    yearsBetween(person.birth, today) >= 30
      ? `has never married, at ${yearsBetween(person.birth, today)}`
      : null,
  "de-facto": ({ person }) => {
    const marriage = person.marriages.find(({ form }) => form === "DE_FACTO");
    return marriage
      ? `has lived with ${spouseName(marriage, person)} since ${yearOf(marriage.day)}, ` +
          (marriage.enteredOn ? `registered in ${yearOf(marriage.enteredOn)}` : "never registered")
      : null;
  },
  "re-registered": ({ person }) => {
    const marriage = person.marriages.find(({ form }) => form === "RE_REGISTERED");
    return marriage?.enteredOn
      ? `married in ${yearOf(marriage.day)}; the book was lost and the marriage registered again in ${yearOf(marriage.enteredOn)}`
      : null;
  },
  "foreign-marriage": ({ person }) => {
    const marriage = person.marriages.find(({ foreigner }) => foreigner !== null);
    return marriage?.foreigner
      ? `married ${marriage.foreigner.name} in ${marriage.foreigner.country} on ${dayForPeople(marriage.day)}, ` +
          (marriage.enteredOn ? "noted here later" : "not noted here")
      : null;
  },
  gap: tellDefect("RESIDENCE_GAP", "has a time without any residence on record"),
  overlap: tellDefect("RESIDENCE_OVERLAP", "stands in two permanent residences at once"),
  contradiction: (subject) =>
    tellDefect(
      "MARRIAGE_NOT_DIGITISED",
      "is or was married by the population register, and no act says so",
    )(subject) ??
    tellDefect(
      "MARRIAGE_NOT_COPIED",
      "has a marriage act that the population register doesn't know",
    )(subject),
  "two-marriages": tellDefect(
    "JUDGMENT_UNKNOWN",
    "has a divorce that no register knows, so that two marriages stand open",
  ),
  "divorce-not-noted": tellDefect(
    "DIVORCE_NOT_NOTED",
    "was divorced by a judgment that the marriage book doesn't have",
  ),
  "death-not-noted": tellDefect("DEATH_NOT_REGISTERED", "died, and no death registration exists"),
  "widowed-not-noted": ({ person, defects }) => {
    const marriage = person.death === null ? person.marriages.at(-1) : undefined;
    const spouse = marriage && spouseIn(marriage, person);
    return spouse?.pin &&
      defects.some(({ kind, pin }) => kind === "DEATH_NOT_REGISTERED" && pin === spouse.pin)
      ? `lost ${spouseName(marriage!, person)}, whose death no act registers`
      : null;
  },
  "act-without-pin": tellDefect(
    "ACT_WITHOUT_PIN",
    "stands in an old act without a personal number",
  ),
  "impossible-date": tellDefect("IMPOSSIBLE_DATE", "has a date on record that no calendar has"),
  "pin-contradicts": tellDefect(
    "PIN_CONTRADICTS",
    "bears a number that contradicts sex or birth year",
  ),
  "pin-reissued": ({ person }) =>
    person.formerPin
      ? `bears this number since ${dayForPeople(person.formerPin.replacedOn)}, in place of ${person.formerPin.pin}`
      : null,
  "name-changed": ({ person, today }) =>
    person.renamed
      ? `was called ${nameOn(person, person.birth)} until ${dayForPeople(person.renamed.on)}, and is ${nameOn(person, today)} now`
      : null,
  adopted: ({ person }) => (person.adopted ? "was adopted as a baby" : null),
  child: ({ person, today }) =>
    person.death === null && yearsBetween(person.birth, today) < 14 && person.mother
      ? `is a child of ${yearsBetween(person.birth, today)}, of ${nameOn(person.mother, today)}`
      : null,
  pupil: ({ person, today }) => {
    const age = yearsBetween(person.birth, today);
    return person.death === null && age >= 8 && age <= 17 ? `goes to school, at ${age}` : null;
  },
  abroad: ({ periods }) => {
    const abroad = periods.find(({ kind, to }) => kind === "ABROAD" && to === null);
    return abroad ? `has lived in ${abroad.country} since ${dayForPeople(abroad.from)}` : null;
  },
  "settled-abroad": ({ periods }) => {
    const left = periods.find(({ endReason }) => endReason === "SETTLED_ABROAD");
    return left?.to
      ? `settled abroad on ${dayForPeople(left.to + 1)}, and has no residence here since`
      : null;
  },
  temporary: ({ periods }) => {
    const here = periods.find(({ kind, to }) => kind === "TEMPORARY" && to === null);
    return here?.commune
      ? `lives on temporary residence in ${placeName(here.commune, here.from)} since ${dayForPeople(here.from)}`
      : null;
  },
  "split-commune": ({ person }) => {
    const home = person.homes.findLast(
      ({ household, from }) => from < mergers && splitCommunes.has(household.commune.old.code),
    );
    return home
      ? `lived from ${dayForPeople(home.from)} in ${placeName(home.household.commune, home.from)}, which the mergers split`
      : null;
  },
  "merged-commune": ({ person, today }) => {
    const home = person.death === null ? person.homes.at(-1) : undefined;
    const commune = home?.household.commune;
    return home && commune?.merged && home.from < mergers && commune.oldName !== commune.nowName
      ? `has lived since ${dayForPeople(home.from)} in ${placeName(commune, home.from)}, which is ${placeName(commune, today)} now`
      : null;
  },
};

export const storyKinds: readonly string[] = Object.keys(tellers);

/** All that there is to tell of a community, the sample life first. */
export function* tellStories(
  { people }: Community,
  periodsOf: (person: Person) => readonly Period[],
  defects: readonly Defect[],
  today: Day,
): Generator<Story> {
  const byPin = Map.groupBy(defects, ({ pin }) => pin);
  for (const person of people.toSorted(
    (one, other) => Number(other.arranged) - Number(one.arranged),
  )) {
    if (person.pin === null) continue;
    const spouses = person.marriages.map((marriage) => spouseIn(marriage, person)?.pin ?? "");
    const subject = {
      person,
      periods: periodsOf(person),
      defects: [person.pin, ...spouses].flatMap((pin) => byPin.get(pin) ?? []),
      today,
    };
    const name = nameOn(person, today);
    for (const [kind, tell] of Object.entries(tellers)) {
      const told = tell(subject);
      if (told !== null)
        yield { kind, pin: person.pin, name, sentence: `${introduce(person)} ${told}.` };
    }
  }
}

function introduce(person: Person): string {
  const born = `born on ${dayForPeople(person.birth)} in ${placeName(person.birthPlace, person.birth)}`;
  return person.death === null
    ? `${capital(born)},`
    : `${capital(born)}, died on ${dayForPeople(person.death)},`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function tellDefect(kind: DefectKind, sentence: string): Teller {
  return ({ person, defects }) =>
    defects.some((defect) => defect.kind === kind && defect.pin === person.pin) ? sentence : null;
}

function statusOf({ person }: Subject): "MARRIED" | "DIVORCED" | "WIDOWED" | null {
  const last = person.marriages.at(-1);
  if (last === undefined || person.death !== null || last.end?.kind === "ANNULMENT") return null;
  const over = overFrom(last);
  if (over === Infinity) return "MARRIED";
  return last.end?.effective === over ? "DIVORCED" : "WIDOWED";
}

function spouseName(marriage: Marriage, person: Person): string {
  const spouse = spouseIn(marriage, person);
  return spouse ? nameOn(spouse, marriage.day) : (marriage.foreigner?.name ?? "a stranger");
}

function tellMarriages({ person, today }: Subject): string {
  return person.marriages
    .map((marriage) => {
      const over = overFrom(marriage);
      const begun = `married ${spouseName(marriage, person)} on ${dayForPeople(marriage.day)}`;
      if (over > today || over === person.death) return begun;
      const ended = marriage.end?.effective === over;
      const how = !ended ? "widowed" : marriage.end?.kind === "ANNULMENT" ? "annulled" : "divorced";
      return `${begun}, ${how} on ${dayForPeople(over)}`;
    })
    .join("; ");
}

function tellMoves({ person }: Subject): string {
  const moves = person.homes.length - 1;
  const last = person.homes.at(-1);
  const where = last
    ? `, last to ${placeName(last.household.commune, last.from)} on ${dayForPeople(last.from)}`
    : "";
  return `moved ${moves} times${where}`;
}
