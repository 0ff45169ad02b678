import { dayOf, yearOf, yearsBetween, type Day } from "./day.ts";
import { drawForeigner } from "./foreigner.ts";
import { settleCouple } from "./household.ts";
import { isKin } from "./kinship.ts";
import { drawEnd, drawNextSearch, findSpouse, isFree } from "./marriage.ts";
import type { Marriage, MarriageEnd } from "./marriage.ts";
import { homeOn, isAliveOn } from "./person.ts";
import { arrangeEnd, arrangeSearch } from "./sample-life.ts";
import { push, seekFrom, type World } from "./world.ts";

/** Without registration, a union from before this day is a marriage (Resolution 35/2000/QH10). */
const lastUnions = dayOf(1987, 1, 3);

/** Of women's marriages since 1995 [P]. */
const shareWithForeigners = 0.006;

type Couple = Pick<Marriage, "husband" | "wife" | "foreigner" | "day">;

/** The year's marriages: those who look for somebody, and find them. */
export function findCouples(world: World, year: number): void {
  const { random, today, seekers } = world;
  for (const person of seekers.get(year) ?? []) {
    if (person.seek === null || yearOf(person.seek) > year) continue;
    const day = Math.max(person.seek, dayOf(year, 1, 1)) + random.between(0, 150);
    if (day > today || !isAliveOn(person, day + 60) || !isFree(person, day - 30)) continue;
    const woman = person.sex === "FEMALE";
    // A man's first search makes him willing to be found, no more.
    if (!woman && person.marriages.length === 0) continue;
    const found = findSpouse(random, person, day, world.byYear, isKin);
    if (woman && year > 1994 && !person.arranged && random.chance(shareWithForeigners))
      marry(world, { wife: person, husband: null, foreigner: drawForeigner(random), day });
    else if (found)
      marry(world, {
        wife: woman ? person : found,
        husband: woman ? found : person,
        foreigner: null,
        day,
      });
    else if (yearsBetween(person.birth, day) < 55) push(seekers, year + 1, person);
  }
  seekers.delete(year);
}

function marry(world: World, couple: Couple): void {
  const { random, today, marriages, homeland } = world;
  const { husband, wife, foreigner, day } = couple;
  const registrant = random.chance(0.75) ? (husband ?? wife) : wife;
  const place = homeOn(registrant, day)?.household.commune ?? random.pick(homeland.communes);
  const end = arrangeEnd(wife, day) ?? livedToSee(world, drawEnd(random, day, today), couple);
  const form = drawForm(world, day, foreigner !== null, place.urban || end !== null);
  const index = marriages.length;
  const marriage: Marriage = { index, ...couple, place, end, ...enter(world, form, couple) };
  marriages.push(marriage);
  for (const partner of [husband, wife]) {
    if (partner === null) continue;
    partner.marriages.push(marriage);
    const again = partner.arranged
      ? arrangeSearch(partner)
      : drawNextSearch(random, partner, marriage);
    seekFrom(world, partner, again);
  }
  if (end) push(world.divorces, yearOf(end.effective), marriage);
  settleCouple(world, marriage);
}

/** The judgment, where both live to see it; that of a foreigner's marriage is given abroad. */
function livedToSee(
  { random, today }: World,
  end: MarriageEnd | null,
  { husband, wife, foreigner }: Couple,
): MarriageEnd | null {
  if (end === null || end.effective > today) return null;
  if ([husband, wife].some((one) => one !== null && !isAliveOn(one, end.effective))) return null;
  if (foreigner === null || end.kind === "ANNULMENT") return end;
  return { ...end, country: foreigner.country, noted: random.chance(0.5) };
}

/** Unions without registration were a thing of the country; plain marriages are registered at once. */
function drawForm({ random }: World, day: Day, foreign: boolean, plain: boolean): Marriage["form"] {
  if (foreign) return "ABROAD";
  if (plain) return "REGISTERED";
  if (day < lastUnions && random.chance(0.1)) return "DE_FACTO";
  return day < dayOf(2000, 1, 1) && random.chance(0.02) ? "RE_REGISTERED" : "REGISTERED";
}

/**
 * When the marriage came into the book. Old unions were called to it from 2001 to 2003, and not all
 * came; a lost book is made good when the couple needs an extract; a marriage abroad is noted later.
 */
function enter(
  { random, today }: World,
  form: Marriage["form"],
  { husband, wife, day }: Couple,
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
