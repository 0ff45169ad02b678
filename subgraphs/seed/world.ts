import { yearOf, type Day } from "./day.ts";
import type { Household, Surroundings } from "./household.ts";
import { chooseHomeland, drawDestination, drawDetail, type Homeland } from "./homeland.ts";
import type { Marriage } from "./marriage.ts";
import type { Person } from "./person.ts";
import type { Commune, Places } from "./places.ts";
import { makeRandom } from "./random.ts";
import { countSerials, type SerialNumbers } from "./serial-numbers.ts";

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

/** A community while its years go by: everybody so far, and what is to come. */
export interface World extends Surroundings {
  readonly number: number;
  readonly living: number;
  readonly homeland: Homeland;
  readonly serials: SerialNumbers;
  readonly people: Person[];
  /** The same people, by year of birth. */
  readonly byYear: Map<number, Person[]>;
  readonly marriages: Marriage[];
  /** Who looks for a spouse in a year. */
  readonly seekers: Map<number, Person[]>;
  /** Marriages that a judgment ends in a year. */
  readonly divorces: Map<number, Marriage[]>;
  /** Whose life has been arranged to hold something of everything. */
  sample: Person | null;
}

/** Big enough to find a spouse who isn't kin, small enough to be forgotten soon. */
const livingByDefault = 1_300;

/** The first year of which anything is told. */
export const firstYear = 1902;

export function createWorld(settings: CommunitySettings): World {
  const { seed, number, places, today, living = livingByDefault } = settings;
  const random = makeRandom(seed, number, 1);
  const serials = countSerials(seed, number);
  const homeland = chooseHomeland(random, places);
  const settle = (commune: Commune): Household => ({
    number: serials.next("HOUSEHOLD"),
    commune,
    detail: drawDetail(random, commune),
    members: new Set(),
  });
  return {
    number,
    living,
    homeland,
    serials,
    random,
    today,
    settle,
    destination: (from) => drawDestination(random, places, homeland, from),
    people: [],
    byYear: new Map(),
    marriages: [],
    seekers: new Map(),
    divorces: new Map(),
    sample: null,
  };
}

/** Puts somebody among those who look for a spouse from the day on; null ends the search. */
export function seekFrom({ seekers }: World, person: Person, day: Day | null): void {
  person.seek = day;
  if (day !== null) push(seekers, Math.max(yearOf(day), firstYear), person);
}

export function push<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}
