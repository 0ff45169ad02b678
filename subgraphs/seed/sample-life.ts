import { dayOf, yearOf, type Day } from "./day.ts";
import { householdOf, moveIn } from "./household.ts";
import { openMarriage, overFrom, type MarriageEnd } from "./marriage.ts";
import type { Person } from "./person.ts";
import { seekFrom, type World } from "./world.ts";

/**
 * The life that is shown first. Chance gives one in ten thousand so full a life: in school while the
 * pupils' register saw it, married, divorced, married again, and moved before and after the mergers.
 * So one of the first community is led to it; all around her, and what she is called, is chance.
 */
export function isFitForSample({ sex, birth, death, mother }: Person): boolean {
  return sex === "FEMALE" && death === null && mother !== null && birth >= dayOf(2002, 3, 1);
}

export function arrangeLife(world: World, person: Person): void {
  world.sample = person;
  person.arranged = true;
  seekFrom(world, person, dayOf(yearOf(person.birth) + 19, 3, 1));
}

/** Her first marriage ends after two years and a half. */
export function arrangeEnd(person: Person, day: Day): MarriageEnd | null {
  if (!person.arranged || person.marriages.length > 0) return null;
  const judgment = day + 900;
  return { kind: "DIVORCE", judgment, effective: judgment + 20, country: null, noted: true };
}

/** When she looks for a second husband. */
export function arrangeSearch({ marriages }: Person): Day | null {
  const [first] = marriages;
  return first && marriages.length === 1 ? overFrom(first) + 300 : null;
}

/**
 * The couple moves after the mergers, so that old and new units stand in one history; and once more
 * before, where chance has given too few homes.
 */
export function sendAway(world: World, person: Person): void {
  const last = dayOf(2025, 9, 15);
  const settled = () => person.homes.at(-1)?.from ?? person.birth;
  if (person.homes.length < fewestHomes - 1 && settled() < last - 120)
    goElsewhere(world, person, Math.floor((settled() + last) / 2));
  goElsewhere(world, person, Math.max(last, settled() + 60));
}

/** Homes that make a history worth looking at. */
const fewestHomes = 5;

function goElsewhere(world: World, person: Person, day: Day): void {
  const home = householdOf(person);
  if (home === undefined) return;
  const next = world.settle(world.destination(home.commune));
  const husband = openMarriage(person, day)?.husband;
  if (husband) moveIn(husband, next, day, "Chủ hộ", world.today);
  moveIn(person, next, day, husband ? "Vợ" : "Chủ hộ", world.today);
}
