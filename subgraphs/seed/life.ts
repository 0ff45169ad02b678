import { dayOf, yearOf, yearsBetween, type Day } from "./day.ts";
import {
  birthsInYear,
  drawDeath,
  drawFirstSearch,
  shareOfBoys,
  shareWithParents,
} from "./demography.ts";
import {
  householdOf,
  moveIn,
  moveInYear,
  registerNewborn,
  separate,
  settleCouple,
  type Household,
  type Surroundings,
} from "./household.ts";
import { isKin } from "./kinship.ts";
import {
  drawEnd,
  drawNextSearch,
  findSpouse,
  isFree,
  openMarriage,
  overFrom,
  spouseIn,
} from "./marriage.ts";
import type { Marriage, MarriageEnd } from "./marriage.ts";
import { drawName, drawNameStock, findNaming, type NameStock } from "./names.ts";
import { homeOn, isAliveOn, type Person } from "./person.ts";
import { isSouthern, mergers, type Commune, type Places } from "./places.ts";
import { makeRandom } from "./random.ts";
import { countSerials } from "./serial-numbers.ts";
import { drawNumbers } from "./personal-number.ts";
import { chooseHomeland, drawDestination, drawDetail } from "./homeland.ts";
import { drawForeigner } from "./foreigner.ts";

/** What a community is made from; the same settings give the same people, on every machine. */
export interface CommunitySettings {
  readonly seed: number;
  /** From 0. */
  readonly number: number;
  readonly places: Places;
  /** The present day: nothing happens after it. */
  readonly today: Day;
  /** About how many live today; 1,300 by default. */
  readonly living?: number;
}

/** Some families of one district, from the grandparents' grandparents to the newborn. */
export interface Community {
  readonly number: number;
  /** All who stand in the register, in order of birth by year. */
  readonly people: readonly Person[];
  readonly marriages: readonly Marriage[];
  /** The one whose life holds something of everything; null where chance made nobody fit. */
  readonly sample: Person | null;
}

/** Big enough to find a spouse who isn't kin, small enough to be forgotten soon. */
const livingByDefault = 1_300;
const firstYear = 1902;
/** Who died before it has no personal number, but for those whose widows and widowers have one. */
const registerBegins = dayOf(1976, 1, 1);

/** Lets the families of one community live, year by year, up to the present day. */
export function foundCommunity(settings: CommunitySettings): Community {
  const { seed, number, places, today, living = livingByDefault } = settings;
  const random = makeRandom(seed, number, 1);
  const serials = countSerials(seed, number);
  const homeland = chooseHomeland(random, places);
  const people: Person[] = [];
  const byYear = new Map<number, Person[]>();
  const seekers = new Map<number, Person[]>();
  const divorces = new Map<number, Marriage[]>();
  const marriages: Marriage[] = [];
  let sample: Person | null = null;

  const settle = (commune: Commune): Household => ({
    number: serials.next("HOUSEHOLD"),
    commune,
    detail: drawDetail(random, commune),
    members: new Set(),
  });
  const world: Surroundings = {
    random,
    today,
    settle,
    destination: (from) => drawDestination(random, places, homeland, from),
  };

  function seek(person: Person, day: Day | null): void {
    person.seek = day;
    if (day !== null) push(seekers, Math.max(yearOf(day), firstYear), person);
  }

  function bear(
    birth: Day,
    mother: Person | null,
    father: Person | null,
    adopted: boolean,
  ): Person {
    const year = yearOf(birth);
    const sex = random.chance(shareOfBoys) ? "MALE" : "FEMALE";
    const birthPlace =
      (mother && homeOn(mother, birth)?.household.commune) ?? random.pick(homeland.communes);
    let death: Day | null = drawDeath(random, sex, birth);
    // Founders are those who came of age: their brothers and sisters are not told of.
    while (mother === null && death < birth + 7_000) death = drawDeath(random, sex, birth);
    if (death > today) death = null;
    const inherited = father?.stock ?? mother?.stock;
    const stock: NameStock =
      inherited ??
      drawNameStock(
        random,
        isSouthern(birthPlace.province),
        random.chance(homeland.minority) ? findNaming(birthPlace.province, random) : null,
      );
    const person: Person = {
      index: people.length,
      sex,
      birth,
      birthPlace,
      name: drawName(random, stock, sex, year),
      stock,
      father,
      mother,
      adopted,
      death,
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
    people.push(person);
    push(byYear, year, person);
    father?.children.push(person);
    mother?.children.push(person);
    registerNewborn(person, today, () => settle(birthPlace));
    if (number === 0 && sample === null && isFitForSample(person)) {
      sample = person;
      person.arranged = true;
      seek(person, dayOf(year + 19, 3, 1));
    } else seek(person, drawFirstSearch(random, sex, birth));
    if (random.chance(0.004) && birth + 4_000 < today) rename(person);
    return person;
  }

  function rename(person: Person): void {
    const on = person.birth + random.between(2_500, 12_000);
    if (on > today || !isAliveOn(person, on)) return;
    person.renamed = { on, name: drawName(random, person.stock, person.sex, yearOf(person.birth)) };
  }

  function marry(one: Person, other: Person | null, day: Day): void {
    const wife = one.sex === "FEMALE" ? one : other;
    const husband = one.sex === "FEMALE" ? other : one;
    if (wife === null) return;
    const foreigner = husband === null ? drawForeigner(random) : null;
    const spouse = random.chance(0.75) ? (husband ?? wife) : wife;
    const place = homeOn(spouse, day)?.household.commune ?? homeland.communes[0]!;
    const draft = { index: marriages.length, husband, wife, foreigner, day, place };
    const end = arrangedEnd(one, day) ?? endWithin(drawEnd(random, day, today), draft);
    const form = drawForm(day, foreigner !== null, place.urban || end !== null);
    const marriage: Marriage = { ...draft, end, ...drawEntry(form, draft) };
    marriages.push(marriage);
    for (const partner of [husband, wife]) {
      if (partner === null) continue;
      partner.marriages.push(marriage);
      seek(
        partner,
        partner.arranged ? arrangedSearch(partner) : drawNextSearch(random, partner, marriage),
      );
    }
    if (marriage.end) push(divorces, yearOf(marriage.end.effective), marriage);
    settleCouple(world, marriage);
  }

  function drawForm(day: Day, foreign: boolean, plain: boolean): Marriage["form"] {
    if (foreign) return "ABROAD";
    if (plain) return "REGISTERED";
    if (day < dayOf(1987, 1, 3) && random.chance(0.1)) return "DE_FACTO";
    return day < dayOf(2000, 1, 1) && random.chance(0.02) ? "RE_REGISTERED" : "REGISTERED";
  }

  /**
   * When the marriage came into the book. Old unions were called to it from 2001 to 2003 (Resolution
   * 35/2000), and not all came; a lost book is made good when the couple needs an extract.
   */
  function drawEntry(
    form: Marriage["form"],
    { day, husband, wife }: Pick<Marriage, "day" | "husband" | "wife">,
  ): Pick<Marriage, "form" | "enteredOn"> {
    if (form === "REGISTERED") return { form, enteredOn: day };
    if (form === "ABROAD") {
      const noted = day + random.between(60, 900);
      return { form, enteredOn: random.chance(0.3) || noted > today ? null : noted };
    }
    const later =
      form === "DE_FACTO"
        ? dayOf(2001, 1, 1) + random.between(0, 1_000)
        : Math.max(day + 3_000, dayOf(2000, 6, 1)) + random.between(0, 6_000);
    const both = [husband, wife].every((one) => one === null || isAliveOn(one, later));
    if (both && later <= today && (form === "RE_REGISTERED" || random.chance(0.8)))
      return { form, enteredOn: later };
    return form === "DE_FACTO" ? { form, enteredOn: null } : { form: "REGISTERED", enteredOn: day };
  }

  function endWithin(
    end: MarriageEnd | null,
    { husband, wife, foreigner }: Pick<Marriage, "husband" | "wife" | "foreigner">,
  ): MarriageEnd | null {
    if (end === null || end.effective > today) return null;
    if ([husband, wife].some((one) => one !== null && !isAliveOn(one, end.effective))) return null;
    if (foreigner === null || end.kind === "ANNULMENT") return end;
    return { ...end, country: foreigner.country, noted: random.chance(0.5) };
  }

  /** The sample life: married at 19, divorced at 22, and married again. */
  function arrangedEnd(person: Person, day: Day): MarriageEnd | null {
    if (!person.arranged || person.marriages.length > 0) return null;
    const judgment = day + 960;
    return { kind: "DIVORCE", judgment, effective: judgment + 20, country: null, noted: true };
  }

  function arrangedSearch(person: Person): Day | null {
    const first = person.marriages[0];
    return person.marriages.length === 1 && first ? overFrom(first) + 400 : null;
  }

  function findCouples(year: number): void {
    for (const person of seekers.get(year) ?? []) {
      if (person.seek === null || yearOf(person.seek) > year) continue;
      const day = Math.max(person.seek, dayOf(year, 1, 1)) + random.between(0, 150);
      if (day > today || !isAliveOn(person, day + 60) || !isFree(person, day - 30)) continue;
      // Women look for a first husband; men's first search only makes them willing to be found.
      const found =
        person.sex === "MALE" && person.marriages.length === 0
          ? null
          : findSpouse(random, person, day, byYear, isKin);
      const abroad =
        person.sex === "FEMALE" && year > 1994 && !person.arranged && random.chance(0.006);
      if (abroad) marry(person, null, day);
      else if (found) marry(person, found, day);
      else if (person.sex === "FEMALE" || person.marriages.length > 0)
        if (yearsBetween(person.birth, day) < 55) push(seekers, year + 1, person);
    }
    seekers.delete(year);
  }

  function haveChildren(year: number): void {
    const expected =
      living *
      birthsInYear(year) *
      (year === yearOf(today) ? (today - dayOf(year, 1, 1)) / 365 : 1);
    const count = Math.floor(expected + random.unit());
    if (count === 0) return;
    const mothers = listMothers(year);
    const single = listSingle(year);
    const childless = listChildless(year);
    const last = Math.min(364, today - dayOf(year, 1, 1));
    for (let born = 0; born < count; born++) {
      const birth = dayOf(year, 1, 1) + random.between(0, last);
      if (!random.chance(shareWithParents(year))) bear(birth, null, null, false);
      else if (random.chance(0.022) && single.length > 0) bearAlone(birth, random.pick(single));
      else if (random.chance(0.003) && childless.length > 0) adopt(birth, random.pick(childless));
      else bearInMarriage(birth, year, mothers);
    }
  }

  function bearAlone(birth: Day, mother: Person): void {
    if (isAliveOn(mother, birth) && isSpaced(mother, birth)) bear(birth, mother, null, false);
  }

  function adopt(birth: Day, mother: Person): void {
    const marriage = openMarriage(mother, birth);
    if (marriage?.husband && mother.children.length === 0)
      bear(birth, mother, marriage.husband, true);
  }

  function bearInMarriage(birth: Day, year: number, mothers: readonly Person[]): void {
    let chosen: Person | null = null;
    for (let attempt = 0; attempt < 80 && mothers.length > 0; attempt++) {
      const mother = random.pick(mothers);
      if (!isAliveOn(mother, birth) || !isSpaced(mother, birth)) continue;
      const marriage = openMarriage(mother, birth);
      if (!marriage || birth < marriage.day + 200) continue;
      chosen = mother;
      const age = yearsBetween(mother.birth, birth);
      const fertility = age < 20 ? 0.5 : age < 32 ? 1 : age < 38 ? 0.5 : 0.12;
      if (random.chance(fertility * wishForMore(mother.children.length, year))) break;
    }
    const father = chosen && (openMarriage(chosen, birth)?.husband ?? null);
    if (chosen) bear(birth, chosen, father, false);
  }

  const women = (year: number, from: number, to: number) => {
    const found: Person[] = [];
    for (let birthYear = year - to; birthYear <= year - from; birthYear++)
      for (const person of byYear.get(birthYear) ?? [])
        if (
          person.sex === "FEMALE" &&
          person.death !== person.birth &&
          isAliveOn(person, dayOf(year, 1, 1))
        )
          found.push(person);
    return found;
  };
  const midYear = (year: number) => dayOf(year, 7, 1);
  const listMothers = (year: number) =>
    women(year, 16, 43).filter((woman) => openMarriage(woman, midYear(year))?.husband);
  const listSingle = (year: number) =>
    women(year, 19, 38).filter((woman) => isFree(woman, midYear(year)) && !woman.arranged);
  const listChildless = (year: number) =>
    women(year, 30, 48).filter(
      (woman) => woman.children.length === 0 && woman.marriages.length > 0,
    );

  for (let year = firstYear; year <= yearOf(today); year++) {
    findCouples(year);
    for (const marriage of divorces.get(year) ?? []) separate(world, marriage);
    for (const person of people)
      if (person.death === null || person.death > dayOf(year, 1, 1))
        moveInYear(world, person, dayOf(year, 1, 1) + random.between(0, 364));
    haveChildren(year);
  }
  if (sample !== null) sendToCity(world, sample, today);
  for (const person of people)
    if (isRegistered(person)) {
      const { sex, birth, death, birthPlace } = person;
      const place = `0${birth < mergers ? birthPlace.province : birthPlace.provinceNow}`;
      const bearer = { place, sex, year: yearOf(birth), birth, death, today };
      Object.assign(person, drawNumbers(random, serials, bearer));
    }

  return { number, people: people.filter(({ pin }) => pin !== null), marriages, sample };
}

function isRegistered(person: Person): boolean {
  const lived = ({ death }: Person) => death === null || death >= registerBegins;
  const spouses = person.marriages.map((marriage) => spouseIn(marriage, person));
  return lived(person) || spouses.some((spouse) => spouse !== null && lived(spouse));
}

/** Born when the pupils' register still saw the last school years, and alive. */
function isFitForSample({ sex, birth, death, mother }: Person): boolean {
  return sex === "FEMALE" && death === null && mother !== null && birth >= dayOf(2001, 9, 1);
}

/** The sample's last move falls after the mergers, so that old and new units stand in one history. */
function sendToCity(world: Surroundings, sample: Person, today: Day): void {
  const home = householdOf(sample);
  const day = dayOf(2025, 9, 15);
  if (home) moveIn(sample, world.settle(world.destination(home.commune)), day, "Chủ hộ", today);
}

/** Births lie twenty months apart, but for twins, of whom there are few. */
function isSpaced(mother: Person, birth: Day): boolean {
  return mother.children.every((child) => Math.abs(child.birth - birth) > 600);
}

/** How much a couple with so many children wants another: five once, two since the nineties. */
function wishForMore(children: number, year: number): number {
  if (children === 0) return 1;
  if (children === 1) return 0.75;
  const era = year < 1980 ? 0 : year < 1992 ? 1 : 2;
  if (children === 2) return [0.7, 0.4, 0.12][era]!;
  if (children === 3) return [0.6, 0.2, 0.03][era]!;
  return [0.45, 0.07, 0.005][era]!;
}

function push<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}
