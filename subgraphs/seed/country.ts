import type { Day } from "./day.ts";
import { foundCommunity, type Community } from "./life.ts";
import type { Places } from "./places.ts";
import type { CommunitySettings } from "./world.ts";

export interface CountrySettings {
  readonly seed: number;
  /** How many citizens stand in the population register, living and dead; from 1. */
  readonly citizens: number;
  readonly places: Places;
  readonly today: Day;
}

/** Of all in the register so many live. */
const shareLiving = 0.78;

/**
 * The communities of a country, one after another, so that none need be kept. A whole community is the
 * same in every country of its seed; the last one is made smaller, that the total may be exact.
 */
export function* listCommunities(settings: CountrySettings): Generator<Community> {
  const { citizens, ...rest } = settings;
  let left = citizens;
  for (let number = 0; left > 0; number++) {
    const whole = foundCommunity({ ...rest, number });
    const community = whole.people.length <= left ? whole : foundSmaller({ ...rest, number }, left);
    left -= community.people.length;
    yield community;
  }
}

/** A community with fewer births, and without its very youngest where these are too many. */
function foundSmaller(settings: CommunitySettings, size: number): Community {
  for (let living = Math.max(5, size * shareLiving); ; living *= 1.04) {
    const community = foundCommunity({ ...settings, living });
    if (community.people.length < size) continue;
    const people = community.people.slice(0, size);
    const kept = new Set(people);
    const marriages = community.marriages.filter(
      ({ husband, wife }) => isKept(wife) && (husband === null || isKept(husband)),
    );
    const sample = community.sample && kept.has(community.sample) ? community.sample : null;
    return { ...community, people, marriages, sample };
    // Who died before the register was never in it, and is married all the same.
    function isKept(person: Community["people"][number]): boolean {
      return person.pin === null || kept.has(person);
    }
  }
}
