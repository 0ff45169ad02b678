import { yearsBetween, type Day } from "./day.ts";
import { openMarriage, spouseIn, type Marriage } from "./marriage.ts";
import { homeOn, isAliveOn, type Person } from "./person.ts";
import type { Commune } from "./places.ts";
import type { Random } from "./random.ts";

/** A permanent home with those registered in it. */
export interface Household {
  readonly number: string;
  readonly commune: Commune;
  /** House and street or hamlet; the place's name follows it, as of the day. */
  readonly detail: string;
  readonly members: Set<Person>;
}

/** What a move needs to know of the world. */
export interface Surroundings {
  readonly random: Random;
  readonly today: Day;
  /** Makes an empty household. */
  settle(commune: Commune): Household;
  /** Where somebody from there goes. */
  destination(from: Commune): Commune;
}

export const householdOf = (person: Person): Household | undefined =>
  person.homes.at(-1)?.household;

/**
 * Registers somebody in a household. Nothing happens where the day has not come, comes after death,
 * or is not after the last move: registers keep a person's homes in the order of time.
 */
export function moveIn(
  person: Person,
  household: Household,
  from: Day,
  relation: string,
  today: Day,
): boolean {
  const last = person.homes.at(-1);
  if (from > today || !isAliveOn(person, from)) return false;
  if (last && (last.household === household || last.from + 30 > from)) return false;
  last?.household.members.delete(person);
  household.members.add(person);
  person.homes.push({ household, from, relation });
  return true;
}

/** The living members, eldest first. */
export function membersOn(household: Household, day: Day): Person[] {
  return [...household.members].filter((member) => isAliveOn(member, day));
}

/** A couple's first home: his parents' house, a house of their own, or hers. */
export function settleCouple(world: Surroundings, marriage: Marriage): void {
  const { husband, wife, day } = marriage;
  const { random, today } = world;
  const moving = day + random.between(5, 150);
  if (husband === null) return;
  const his = householdOf(husband);
  const hers = householdOf(wife);
  const alone = his && membersOn(his, moving).length === 1;
  // The sample life is to show moves, so she goes and he stays.
  const way = wife.arranged ? 0 : random.unit();
  if (his && (way < 0.62 || alone)) {
    moveIn(wife, his, moving, alone ? "Vợ" : "Con dâu", today);
    bringChildren(wife, hers, his, moving, today);
  } else if (hers && way < 0.72) {
    moveIn(husband, hers, moving, "Con rể", today);
  } else {
    const from = (his ?? hers)?.commune ?? marriage.place;
    const home = world.settle(random.chance(0.55) ? from : world.destination(from));
    moveIn(husband, home, moving, "Chủ hộ", today);
    moveIn(wife, home, moving, "Vợ", today);
    bringChildren(wife, hers, home, moving, today);
  }
}

/** After a divorce one of the two leaves, to the parents or to a home alone; young children may follow. */
export function separate(world: Surroundings, { husband, wife, end }: Marriage): void {
  if (husband === null || end === null) return;
  const { random, today } = world;
  const left = householdOf(wife);
  if (left === undefined || householdOf(husband) !== left) return;
  const day = end.effective + random.between(10, 200);
  const leaver = wife.arranged || random.chance(0.7) ? wife : husband;
  const parental = [leaver.father, leaver.mother]
    .filter((parent) => parent !== null && isAliveOn(parent, day))
    .map((parent) => householdOf(parent!))
    .find((household) => household !== undefined && household !== left);
  const home =
    parental && random.chance(0.6)
      ? parental
      : world.settle(random.chance(0.6) ? left.commune : world.destination(left.commune));
  if (!moveIn(leaver, home, day, home === parental ? "Con" : "Chủ hộ", today)) return;
  if (random.chance(leaver === wife ? 0.65 : 0.25)) bringChildren(leaver, left, home, day, today);
}

/** One year's moves of one adult: out of the parents' house, with the family, to a child in old age. */
export function moveInYear(world: Surroundings, person: Person, day: Day): void {
  const { random, today } = world;
  const home = householdOf(person);
  const age = yearsBetween(person.birth, day);
  if (home === undefined || age < 18 || !isAliveOn(person, day)) return;
  const marriage = openMarriage(person, day);
  if (marriage) {
    if (person !== (marriage.husband ?? marriage.wife)) return;
    const withParents = [person, spouseIn(marriage, person)].some((one) =>
      isParentIn(one, home, day),
    );
    const chance = withParents
      ? isLastChild(person, home, day)
        ? 0.01
        : 0.11
      : age < 50
        ? 0.007
        : 0.003;
    if (!random.chance(chance)) return;
    const near = withParents && random.chance(0.6);
    const next = world.settle(near ? home.commune : world.destination(home.commune));
    moveFamily(person, spouseIn(marriage, person), home, next, day, today);
    return;
  }
  const aged = age >= 62 && membersOn(home, day).length === 1;
  if (aged && random.chance(0.45)) {
    const child = person.children.find(
      (one) => isAliveOn(one, day) && yearsBetween(one.birth, day) > 20 && one.homes.length > 0,
    );
    const parent = person.sex === "MALE" ? "Bố" : "Mẹ";
    if (child) moveIn(person, householdOf(child)!, day, parent, today);
    return;
  }
  if (age > 45 || person.children.length > 0 || !random.chance(age <= 30 ? 0.01 : 0.006)) return;
  moveIn(person, world.settle(world.destination(home.commune)), day, "Chủ hộ", today);
}

/** A child is registered where the mother, or else the father, lives, and follows what she does after. */
export function registerNewborn(child: Person, today: Day, settle: () => Household): void {
  const parent = child.mother ?? child.father;
  const home = parent && (homeOn(parent, child.birth) ?? parent.homes[0]);
  const household = home?.household ?? settle();
  child.homes.push({
    household,
    from: child.birth,
    relation: parent === null ? "Chủ hộ" : home?.relation.startsWith("Con ") ? "Cháu" : "Con",
  });
  household.members.add(child);
  for (const { household: next, from } of parent?.homes ?? [])
    if (from > child.birth) moveIn(child, next, from, "Con", today);
}

/** One child stays with the parents, married or not; the others leave when they have families. */
function isLastChild(person: Person, home: Household, day: Day): boolean {
  return ![person.father, person.mother].some((parent) =>
    parent?.children.some(
      (child) => child !== person && home.members.has(child) && isAliveOn(child, day),
    ),
  );
}

function isParentIn(person: Person | null, household: Household, day: Day): boolean {
  return [person?.father, person?.mother].some(
    (parent) => parent && household.members.has(parent) && isAliveOn(parent, day),
  );
}

function moveFamily(
  head: Person,
  spouse: Person | null,
  home: Household,
  next: Household,
  day: Day,
  today: Day,
): void {
  if (!moveIn(head, next, day, "Chủ hộ", today)) return;
  if (spouse && householdOf(spouse) === home)
    moveIn(spouse, next, day, spouse.sex === "MALE" ? "Chồng" : "Vợ", today);
  bringChildren(head, home, next, day, today);
  if (spouse) bringChildren(spouse, home, next, day, today);
}

function bringChildren(
  parent: Person,
  from: Household | undefined,
  to: Household,
  day: Day,
  today: Day,
): void {
  for (const child of parent.children)
    if (
      householdOf(child) === from &&
      yearsBetween(child.birth, day) < 23 &&
      !openMarriage(child, day)
    )
      moveIn(child, to, day, "Con", today);
}
