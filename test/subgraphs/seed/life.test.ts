import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { pinBirthYear, pinSex } from "../../../schema/values/pin.ts";
import { listCommunities } from "../../../subgraphs/seed/country.ts";
import { dayOf, yearOf, yearsBetween } from "../../../subgraphs/seed/day.ts";
import { foundCommunity, type Community } from "../../../subgraphs/seed/life.ts";
import { isKin } from "../../../subgraphs/seed/kinship.ts";
import { overFrom, spouseIn } from "../../../subgraphs/seed/marriage.ts";
import { fullName } from "../../../subgraphs/seed/names.ts";
import { mergers } from "../../../subgraphs/seed/places.ts";
import { makeRandom } from "../../../subgraphs/seed/random.ts";
import { listPeriods } from "../../../subgraphs/seed/residence.ts";
import { places } from "./places.ts";

const today = dayOf(2026, 11, 1);
const found = (seed: number, number: number) => foundCommunity({ seed, number, places, today });
const seeds = [1, 2, 42, 4_294_967_295];
const communities = seeds.flatMap((seed) => [0, 1, 5].map((number) => found(seed, number)));
const people = communities.flatMap((community) => community.people);
const marriages = communities.flatMap((community) => community.marriages);

/** All that matters of a community, as one text. */
const digest = (community: Community) =>
  createHash("sha256")
    .update(
      JSON.stringify([
        community.people.map(({ pin, name, birth, death, homes, marriages }) => [
          [pin, name, birth, death, homes.map(({ from, household }) => [from, household.number])],
          marriages.map(({ day, form, end }) => [day, form, end]),
        ]),
      ]),
    )
    .digest("hex");

describe("A community", () => {
  test("is the same each time it is made", () => {
    expect(digest(found(42, 3))).toBe(digest(found(42, 3)));
    expect(digest(found(42, 3))).not.toBe(digest(found(43, 3)));
  });

  test("is the same however many citizens the country has", () => {
    const take = (citizens: number) => [...listCommunities({ seed: 42, citizens, places, today })];
    const few = take(4_000);
    const many = take(6_000);
    expect(few.length).toBeGreaterThan(1);
    for (const [index, community] of few.slice(0, -1).entries())
      expect(digest(community)).toBe(digest(many[index] ?? community));
    for (const [wanted, communities] of [
      [4_000, few],
      [6_000, many],
    ] as const)
      expect(communities.flatMap((community) => community.people)).toHaveLength(wanted);
  });

  test.each([1, 2, 17, 300])("can be of %i citizens, whose numbers differ", (citizens) => {
    const [community, ...more] = listCommunities({ seed: 9, citizens, places, today });
    expect(more).toEqual([]);
    expect(new Set(community?.people.map(({ pin }) => pin)).size).toBe(citizens);
  });

  test("gives nobody another's number", () => {
    for (const seed of seeds) {
      const own = communities.slice(seeds.indexOf(seed) * 3, seeds.indexOf(seed) * 3 + 3);
      const pins = own.flatMap((community) => community.people.map(({ pin }) => pin));
      expect(new Set(pins).size).toBe(pins.length);
    }
  });
});

describe("Nobody", () => {
  test("is older than a parent, or less than 14 years younger", () => {
    const wrong = people.filter(({ birth, father, mother }) =>
      [father, mother].some((parent) => parent && yearsBetween(parent.birth, birth) < 14),
    );
    expect(wrong).toEqual([]);
  });

  test("is born of the dead", () => {
    expect(
      people.filter(({ birth, mother }) => mother?.death != null && mother.death < birth),
    ).toEqual([]);
  });

  test("marries before 16, after death, somebody dead, or kin", () => {
    const wrong = marriages.filter(({ husband, wife, day }) => {
      const both = [husband, wife].filter((person) => person !== null);
      return (
        both.some(
          ({ birth, death }) => yearsBetween(birth, day) < 16 || (death ?? day + 1) <= day,
        ) ||
        (husband !== null && (husband.sex !== "MALE" || isKin(husband, wife))) ||
        wife.sex !== "FEMALE"
      );
    });
    expect(wrong).toEqual([]);
    expect(marriages.length).toBeGreaterThan(5_000);
  });

  test("is married to two at once", () => {
    const wrong = people.filter(({ marriages: own }) =>
      own.some(
        (marriage, index) => index > 0 && marriage.day < overFrom(own[index - 1] ?? marriage),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test("is divorced before the wedding, after a death, or tomorrow", () => {
    const wrong = marriages.filter(
      (marriage) =>
        marriage.end &&
        (marriage.end.judgment <= marriage.day ||
          marriage.end.effective < marriage.end.judgment ||
          marriage.end.effective !== overFrom(marriage) ||
          marriage.end.effective > today),
    );
    expect(wrong).toEqual([]);
  });

  test("lives at two homes at once, anywhere after death, or nowhere at birth", () => {
    const random = makeRandom(1);
    const wrong = people.filter((person) => {
      const periods = listPeriods(random, places, person, today);
      const permanent = periods.filter(({ kind }) => kind === "PERMANENT");
      return (
        permanent[0]?.from !== person.birth ||
        periods.some(
          ({ from, to }) => from > today || (to !== null && (to < from - 1 || to > today)),
        ) ||
        permanent.some(({ to }, index) => to === null && index < permanent.length - 1) ||
        permanent.some(
          ({ from }, index) => index > 0 && from <= (permanent[index - 1]?.to ?? today),
        ) ||
        (person.death !== null && periods.some(({ to }) => to === null || to > (person.death ?? 0)))
      );
    });
    expect(wrong.map(({ pin }) => pin)).toEqual([]);
  });

  test("bears a number that contradicts sex or birth year, but for those known to", () => {
    const wrong = people.filter(({ pin, sex, birth, pinFault }) => {
      const agrees = pin !== null && pinSex(pin) === sex && pinBirthYear(pin) === yearOf(birth);
      return agrees === (pinFault !== null);
    });
    expect(wrong).toEqual([]);
    expect(people.filter(({ pinFault }) => pinFault !== null).length).toBeGreaterThan(0);
  });

  test("has a name that is empty or not in NFC", () => {
    const names = people.map(({ name }) => fullName(name));
    expect(
      names.filter((name) => name !== name.normalize("NFC") || !/^\S+( \S+)*$/.test(name)),
    ).toEqual([]);
  });
});

describe("The sample life", () => {
  test("is in the first community alone, and has moved, married, divorced and married again", () => {
    for (const seed of seeds) {
      const { sample } = found(seed, 0);
      expect(sample?.death).toBeNull();
      expect(sample?.marriages).toHaveLength(2);
      expect(sample?.marriages[0]?.end?.kind).toBe("DIVORCE");
      expect(sample && spouseIn(sample.marriages[1]!, sample)?.death).toBeNull();
      expect(sample?.homes.length).toBeGreaterThanOrEqual(5);
      expect(sample?.homes.at(-1)?.from).toBeGreaterThanOrEqual(mergers);
      expect(yearOf(sample?.birth ?? 0)).toBeLessThan(2004);
      expect(found(seed, 1).sample).toBeNull();
    }
  });
});
