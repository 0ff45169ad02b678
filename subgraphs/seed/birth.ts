import { dayOf, yearOf, yearsBetween, type Day } from "./day.ts";
import {
  birthsInYear,
  drawDeath,
  drawFirstSearch,
  shareOfBoys,
  shareWithParents,
} from "./demography.ts";
import { registerNewborn } from "./household.ts";
import { isFree, openMarriage } from "./marriage.ts";
import { drawName, drawNameStock, findNaming } from "./names.ts";
import { homeOn, isAliveOn, type Person } from "./person.ts";
import { isSouthern } from "./places.ts";
import { arrangeLife, isFitForSample } from "./sample-life.ts";
import { push, seekFrom, type World } from "./world.ts";

/** Of births, those of a mother who names no father, and those of babies adopted at once [P]. */
const shareAlone = 0.022;
const shareAdopted = 0.003;

/** Names changed by decision, of all [P]. */
const shareRenamed = 0.004;

/** The year's children: founders in the first decades, and born to the community's women since. */
export function haveChildren(world: World, year: number): void {
  const { random, today } = world;
  const firstDay = dayOf(year, 1, 1);
  const days = Math.min(365, today - firstDay + 1);
  const count = Math.floor((world.living * birthsInYear(year) * days) / 365 + random.unit());
  if (count === 0) return;
  const mothers = listWomen(world, year, 16, 43).filter(
    (woman) => openMarriage(woman, dayOf(year, 7, 1))?.husband,
  );
  const single = listWomen(world, year, 19, 38).filter(
    (woman) => isFree(woman, dayOf(year, 7, 1)) && !woman.arranged,
  );
  const childless = listWomen(world, year, 30, 48).filter(
    ({ children, marriages }) => children.length === 0 && marriages.length > 0,
  );
  for (let born = 0; born < count; born++) {
    const birth = firstDay + random.between(0, days - 1);
    if (!random.chance(shareWithParents(year))) bear(world, birth, null, null, false);
    else if (random.chance(shareAlone) && single.length > 0)
      bearAlone(world, birth, random.pick(single));
    else if (random.chance(shareAdopted) && childless.length > 0)
      adopt(world, birth, random.pick(childless));
    else bearInMarriage(world, birth, mothers);
  }
}

function listWomen({ byYear }: World, year: number, from: number, to: number): Person[] {
  const found: Person[] = [];
  for (let birthYear = year - to; birthYear <= year - from; birthYear++)
    for (const person of byYear.get(birthYear) ?? [])
      if (person.sex === "FEMALE" && isAliveOn(person, dayOf(year, 1, 1))) found.push(person);
  return found;
}

function bearAlone(world: World, birth: Day, mother: Person): void {
  if (isAliveOn(mother, birth) && isSpaced(mother, birth)) bear(world, birth, mother, null, false);
}

function adopt(world: World, birth: Day, mother: Person): void {
  const husband = openMarriage(mother, birth)?.husband;
  if (husband && mother.children.length === 0) bear(world, birth, mother, husband, true);
}

/** Asks mothers until one wants the child; after eighty the last who could has it all the same. */
function bearInMarriage(world: World, birth: Day, mothers: readonly Person[]): void {
  const { random } = world;
  let chosen: { mother: Person; father: Person | null } | undefined;
  for (let asked = 0; asked < 80 && mothers.length > 0; asked++) {
    const mother = random.pick(mothers);
    if (!isAliveOn(mother, birth) || !isSpaced(mother, birth)) continue;
    const marriage = openMarriage(mother, birth);
    if (!marriage || birth < marriage.day + 200) continue;
    chosen = { mother, father: marriage.husband };
    const age = yearsBetween(mother.birth, birth);
    const fertility = age < 20 ? 0.5 : age < 32 ? 1 : age < 38 ? 0.5 : 0.12;
    if (random.chance(fertility * wishForMore(mother.children.length, yearOf(birth)))) break;
  }
  if (chosen) bear(world, birth, chosen.mother, chosen.father, false);
}

/** Births lie twenty months apart. */
function isSpaced(mother: Person, birth: Day): boolean {
  return mother.children.every((child) => Math.abs(child.birth - birth) > 600);
}

/** How much a couple with so many children wants another, before 1980, before 1992 and since. */
const wishes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [0.75, 0.75, 0.75],
  [0.7, 0.4, 0.12],
  [0.6, 0.2, 0.03],
  [0.45, 0.07, 0.005],
];

function wishForMore(children: number, year: number): number {
  const [before1980, before1992, since] = wishes[Math.min(children, 4)] ?? [0, 0, 0];
  return year < 1980 ? before1980 : year < 1992 ? before1992 : since;
}

function bear(
  world: World,
  birth: Day,
  mother: Person | null,
  father: Person | null,
  adopted: boolean,
): void {
  const { random, today, homeland } = world;
  const year = yearOf(birth);
  const sex = random.chance(shareOfBoys) ? "MALE" : "FEMALE";
  const birthPlace =
    (mother && homeOn(mother, birth)?.household.commune) ?? random.pick(homeland.communes);
  let death = drawDeath(random, sex, birth);
  // Founders are those who came of age: their brothers and sisters are not told of.
  while (mother === null && death < birth + 7_000) death = drawDeath(random, sex, birth);
  const stock =
    father?.stock ??
    mother?.stock ??
    drawNameStock(
      random,
      isSouthern(birthPlace.province),
      random.chance(homeland.minority) ? findNaming(birthPlace.province, random) : null,
    );
  const person: Person = {
    index: world.people.length,
    sex,
    birth,
    birthPlace,
    name: drawName(random, stock, sex, year),
    stock,
    father,
    mother,
    adopted,
    death: death > today ? null : death,
    pin: null,
    formerPin: null,
    pinFault: null,
    marriages: [],
    children: [],
    homes: [],
    seek: null,
    arranged: false,
    renamed: null,
  };
  world.people.push(person);
  push(world.byYear, year, person);
  father?.children.push(person);
  mother?.children.push(person);
  registerNewborn(person, today, () => world.settle(birthPlace));
  if (world.sample === null && world.number === 0 && isFitForSample(person))
    arrangeLife(world, person);
  else seekFrom(world, person, drawFirstSearch(random, sex, birth));
  if (!person.arranged && random.chance(shareRenamed)) rename(world, person);
}

function rename({ random, today }: World, person: Person): void {
  const on = person.birth + random.between(2_500, 12_000);
  if (on > today || !isAliveOn(person, on)) return;
  person.renamed = { on, name: drawName(random, person.stock, person.sex, yearOf(person.birth)) };
}
