import { addYears, dayOf, yearOf, type Day } from "./day.ts";
import { destinationsAbroad } from "./foreigner.ts";
import { drawCity, drawDetail } from "./homeland.ts";
import { openMarriage } from "./marriage.ts";
import type { Person } from "./person.ts";
import { placeName, type Commune, type Places } from "./places.ts";
import { draw, type Random } from "./random.ts";

/** One period of residence, stay or absence, as it truly was. */
export interface Period {
  readonly kind: "PERMANENT" | "TEMPORARY" | "CURRENT" | "STAY" | "ABSENCE" | "ABROAD";
  /** Null abroad. */
  readonly commune: Commune | null;
  readonly address: string | null;
  readonly country: string | null;
  readonly from: Day;
  /** The last day; null while it lasts. */
  readonly to: Day | null;
  readonly endReason: EndReason | null;
  readonly destination: string | null;
  readonly household: string | null;
  readonly relation: string | null;
}

type EndReason =
  | "MOVED"
  | "EXPIRED"
  | "DEATH"
  | "SETTLED_ABROAD"
  | "ABSENT"
  | "TENANCY_ENDED"
  | "DELETED";

/** Temporary residence and notices stand in the register since it was built. */
const noticesBegin = dayOf(2014, 1, 1);
const twoYears = 730;

/** Every period of a life: the permanent homes, and what stood beside them or in their stead. */
export function listPeriods(random: Random, places: Places, person: Person, today: Day): Period[] {
  const homes = listHomes(person);
  const last = homes.at(-1);
  if (last === undefined || person.arranged) return homes;
  const end = Math.min(person.death ?? today, today);
  const grown = addYears(person.birth, 18);
  const from = Math.max(grown, noticesBegin, last.from + 60);
  const free = end - from;
  if (free < 200) return homes;

  const way = random.unit();
  const rest = homes.slice(0, -1);
  const settled = openMarriage(person, end) !== undefined;
  const age = (from - person.birth) / 365;
  const start = from + random.between(0, Math.max(0, Math.min(free - 100, 365 * 10)));
  const young = age < 34 && !settled;
  if (way < (young ? 0.24 : 0.045)) {
    const spells = listTemporary(random, places, person, start, end, person.death !== null);
    const gone = young && random.chance(0.75) && spells.at(-1)?.to === null;
    return [...rest, gone ? close(last, start - 1, "TENANCY_ENDED", spells[0]) : last, ...spells];
  }
  if (way > 0.978 && age < 55) return [...rest, ...goAbroad(random, last, start, end, person)];
  if (way > 0.972) return [...rest, ...loseHome(random, places, last, start, person)];
  if (way > 0.914) return [...homes, ...listNotices(random, places, start, end)];
  return homes;
}

function listHomes(person: Person): Period[] {
  return person.homes.map(({ household, from, relation }, index) => {
    const next = person.homes[index + 1];
    const to = next ? next.from - 1 : person.death;
    return {
      kind: "PERMANENT",
      ...place(household.commune, household.detail, from),
      from,
      to,
      endReason: next ? "MOVED" : to === null ? null : "DEATH",
      destination: next ? placeName(next.household.commune, next.from) : null,
      household: household.number,
      relation,
    };
  });
}

function place(commune: Commune, detail: string, day: Day) {
  return { commune, address: `${detail}, ${placeName(commune, day)}`, country: null };
}

const unattached = { destination: null, household: null, relation: null };

/** Ends a period on the day, with the reason and where the next one is. */
function close(period: Period, to: Day, endReason: EndReason, next: Period | undefined): Period {
  const destination = next?.commune ? placeName(next.commune, next.from) : (next?.country ?? null);
  return { ...period, to, endReason, destination };
}

/** Work or study in a city: registered for two years at most, and again. */
function listTemporary(
  random: Random,
  places: Places,
  person: Person,
  start: Day,
  end: Day,
  dead: boolean,
): Period[] {
  const commune = drawCity(random, places);
  const detail = drawDetail(random, commune);
  const stays = random.chance(0.45);
  const until = stays ? end : Math.min(end, start + random.between(120, 2_200));
  const periods: Period[] = [];
  // Who renews does so in time, so that one period follows the other.
  for (let from = start; from <= until; from += twoYears) {
    const runsOut = from + twoYears - 1;
    const over = runsOut <= until || until < end || dead;
    periods.push({
      kind: "TEMPORARY",
      ...place(commune, detail, from),
      from,
      to: over ? Math.min(runsOut, until) : null,
      endReason: !over
        ? null
        : runsOut <= until
          ? "EXPIRED"
          : person.death === until
            ? "DEATH"
            : "MOVED",
      ...unattached,
      relation: "Ở thuê",
    });
  }
  return periods;
}

/**
 * Abroad for work, with the permanent residence standing (Law on Residence, Article 24), or settled
 * there, with the permanent residence deleted and the country not always known.
 */
function goAbroad(random: Random, last: Period, start: Day, end: Day, person: Person): Period[] {
  const country = draw(random, destinationsAbroad);
  const settles = random.chance(0.3) && person.death === null;
  const back = !settles && (random.chance(0.35) || person.death !== null);
  const to = back ? Math.min(end, start + random.between(300, 1_800)) : null;
  const abroad: Period = {
    kind: "ABROAD",
    commune: null,
    address: null,
    country,
    from: start,
    to,
    endReason: to === null ? null : to === person.death ? "DEATH" : "MOVED",
    ...unattached,
  };
  if (!settles) return [last, abroad];
  const left = close(last, start - 1, "SETTLED_ABROAD", abroad);
  return random.chance(0.6) ? [left, abroad] : [{ ...left, destination: null }];
}

/** Deleted after twelve months' absence; found again at another place, or not at all. */
function loseHome(
  random: Random,
  places: Places,
  last: Period,
  start: Day,
  person: Person,
): Period[] {
  if (person.death !== null) return [last];
  const lost = close(last, start, "ABSENT", undefined);
  if (random.chance(0.3)) return [lost];
  const commune = random.chance(0.5) ? drawCity(random, places) : random.pick(places.communes);
  const from = start + random.between(1, 90);
  const current: Period = {
    kind: "CURRENT",
    ...place(commune, drawDetail(random, commune), from),
    from,
    to: null,
    endReason: null,
    ...unattached,
  };
  return [lost, current];
}

/** A stay under thirty days by notice, or an absence with where to. */
function listNotices(random: Random, places: Places, start: Day, end: Day): Period[] {
  const commune = drawCity(random, places);
  if (yearOf(start) < 2016) return [];
  const stay = random.chance(0.75);
  const to = Math.min(end, start + (stay ? random.between(1, 28) : random.between(40, 300)));
  const where = place(commune, drawDetail(random, commune), start);
  return [
    {
      kind: stay ? "STAY" : "ABSENCE",
      ...where,
      from: start,
      to,
      endReason: "EXPIRED",
      ...unattached,
      destination: stay ? null : placeName(commune, start),
    },
  ];
}
