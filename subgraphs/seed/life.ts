import { haveChildren } from "./birth.ts";
import { dayOf, yearOf } from "./day.ts";
import { moveInYear, separate } from "./household.ts";
import { spouseIn, type Marriage } from "./marriage.ts";
import type { Person } from "./person.ts";
import { drawNumbers } from "./personal-number.ts";
import { mergers } from "./places.ts";
import { sendAway } from "./sample-life.ts";
import { findCouples } from "./wedding.ts";
import { createWorld, firstYear, type CommunitySettings, type World } from "./world.ts";

/** Some families of one district, from the grandparents' grandparents to the newborn. */
export interface Community {
  readonly number: number;
  /** All who stand in the register, in order of birth by year. */
  readonly people: readonly Person[];
  readonly marriages: readonly Marriage[];
  /** The one whose life holds something of everything; null where there is none. */
  readonly sample: Person | null;
}

/** Who died before it has no personal number, but for those whose widows and widowers have one. */
const registerBegins = dayOf(1976, 1, 1);

/** Lets the families of one community live, year by year, up to the present day. */
export function foundCommunity(settings: CommunitySettings): Community {
  const world = createWorld(settings);
  for (let year = firstYear; year <= yearOf(world.today); year++) {
    findCouples(world, year);
    for (const marriage of world.divorces.get(year) ?? []) separate(world, marriage);
    moveAbout(world, year);
    haveChildren(world, year);
  }
  if (world.sample !== null) sendAway(world, world.sample);
  for (const person of world.people) if (isRegistered(person)) giveNumber(world, person);
  const { number, people, marriages, sample } = world;
  return { number, people: people.filter(({ pin }) => pin !== null), marriages, sample };
}

function moveAbout(world: World, year: number): void {
  const firstDay = dayOf(year, 1, 1);
  for (const person of world.people)
    if (person.death === null || person.death > firstDay)
      moveInYear(world, person, firstDay + world.random.between(0, 364));
}

function isRegistered(person: Person): boolean {
  const lived = ({ death }: Person) => death === null || death >= registerBegins;
  const spouses = person.marriages.map((marriage) => spouseIn(marriage, person));
  return lived(person) || spouses.some((spouse) => spouse !== null && lived(spouse));
}

function giveNumber({ random, serials, today }: World, person: Person): void {
  const { sex, birth, death, birthPlace } = person;
  const place = `0${birth < mergers ? birthPlace.province : birthPlace.provinceNow}`;
  const bearer = { place, sex, year: yearOf(birth), birth, death, today };
  Object.assign(person, drawNumbers(random, serials, bearer));
}
