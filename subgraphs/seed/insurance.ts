import { addYears, dayOf, yearsBetween, type Day } from "./day.ts";
import { homeOn, type Person } from "./person.ts";
import type { Commune } from "./places.ts";
import type { Random } from "./random.ts";

/** A card that was issued. */
export interface Card {
  readonly group: string;
  readonly benefitLevel: number;
  readonly from: Day;
  readonly to: Day;
  readonly continuousSince: Day;
  readonly form: "CODE_15" | "SOCIAL_INSURANCE_10" | "PIN";
  /** Where the first facility lies. */
  readonly commune: Commune | null;
}

/** The register holds cards since it was built. */
const registerBegins = dayOf(2015, 1, 1);
/** Cards printed since carry ten digits. */
const tenDigitsFrom = dayOf(2021, 4, 1);
/** The personal number replaces them. */
const pinFrom = dayOf(2025, 8, 1);

/** 93 of 100 citizens are insured [V]. */
const shareInsured = 0.93;

/** What one pays for whom: the group of two letters, its benefit level, and from what age to what. */
interface Stage {
  readonly group: string;
  readonly level: number;
  readonly fromAge: number;
  readonly toAge: number;
}

/** Every card of a life, oldest first. Empty for who never had one. */
export function listCards(random: Random, person: Person, today: Day): Card[] {
  const end = Math.min(person.death ?? Infinity, dayOf(2026, 12, 31));
  if (end < registerBegins + 60) return [];
  const insured =
    person.arranged || random.chance(yearsBetween(person.birth, today) < 18 ? 0.985 : shareInsured);
  if (!insured) return [];
  const cards: Card[] = [];
  const since = Math.max(person.birth, registerBegins) + (person.birth < registerBegins ? 0 : 20);
  for (const stage of drawStages(random, person)) {
    const from = Math.max(addYears(person.birth, stage.fromAge), since);
    const to = Math.min(addYears(person.birth, stage.toAge) - 1, end);
    if (from > to || from > today) continue;
    for (const [begins, ends] of cutByForm(random, from, to))
      cards.push({
        group: stage.group,
        benefitLevel: stage.level,
        from: begins,
        to: ends,
        continuousSince: since,
        form: begins < tenDigitsFrom ? "CODE_15" : begins < pinFrom ? "SOCIAL_INSURANCE_10" : "PIN",
        commune: homeOn(person, begins)?.household.commune ?? null,
      });
  }
  return cards;
}

/** A card of an old form is replaced some months after the new one came, when it runs out. */
function cutByForm(random: Random, from: Day, to: Day): [Day, Day][] {
  const cuts = [tenDigitsFrom, pinFrom]
    .map((day) => day + random.between(0, 150))
    .filter((day) => day > from + 30 && day < to - 30);
  return [from, ...cuts].map((begin, index) => [
    begin,
    index < cuts.length ? cuts[index]! - 1 : to,
  ]);
}

function drawStages(random: Random, person: Person): Stage[] {
  const minority = person.stock.naming !== null;
  const student = random.chance(0.3);
  const working = random.unit();
  const group =
    working < 0.36
      ? "DN"
      : working < 0.46
        ? "CH"
        : working < 0.53
          ? "CN"
          : working < 0.57
            ? "HN"
            : "GD";
  const adult = minority ? "DT" : group;
  const level = { DN: 4, CH: 4, CN: 3, HN: 2, GD: 4, DT: 2 }[adult] ?? 4;
  const retires = person.sex === "MALE" ? 61 : 56;
  const pensioned = group === "DN" || group === "CH";
  return [
    { group: "TE", level: 1, fromAge: 0, toAge: 6 },
    { group: minority ? "DT" : "HS", level: minority ? 2 : 4, fromAge: 6, toAge: 18 },
    { group: student ? "SV" : adult, level: 4, fromAge: 18, toAge: 22 },
    { group: adult, level, fromAge: 22, toAge: retires },
    {
      group: pensioned ? "HT" : adult === "DT" ? "DT" : random.chance(0.3) ? "BT" : "GD",
      level: 3,
      fromAge: retires,
      toAge: 120,
    },
  ];
}
