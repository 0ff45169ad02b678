import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCountryDatabases, runProgram, type CountryDatabases } from "./seeded-country.ts";

let country: CountryDatabases;

interface Acquaintance {
  readonly pin: string;
  readonly name: string;
  readonly sentence: string;
}

const ask = async (...args: string[]): Promise<Acquaintance[]> => {
  const { code, stdout, stderr } = await runProgram(
    "people",
    [...args, "--json"],
    country.environment,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Acquaintance[];
};

beforeAll(async () => {
  country = await createCountryDatabases();
  await runProgram("seed", ["--citizens", "2500", "--seed", "11"], country.environment);
}, 60_000);

afterAll(() => country.drop());

describe("People to try", () => {
  test("are citizens of the register, each with a sentence", async () => {
    const people = await ask("--count", "25");
    expect(people).toHaveLength(25);
    const known = await country.population
      .selectFrom("citizen")
      .select(["pin", "full_name as name"])
      .where(
        "pin",
        "in",
        people.map(({ pin }) => pin),
      )
      .execute();
    expect(new Set(known.map(({ pin, name }) => `${pin} ${name}`))).toEqual(
      new Set(people.map(({ pin, name }) => `${pin} ${name}`)),
    );
    for (const { sentence } of people) expect(sentence).toMatch(/^[A-ZÀ-Ỹ].{20,}\.$/u);
  });

  test("are the same for a seed, and others for another", async () => {
    expect(await ask("--seed", "3")).toEqual(await ask("--seed", "3"));
    expect(await ask("--seed", "3")).not.toEqual(await ask("--seed", "4"));
  });

  test("come by kind of story, all kinds having lives but for the rarest", async () => {
    const { stdout } = await runProgram(
      "people",
      ["--story", "list", "--json"],
      country.environment,
    );
    const kinds = JSON.parse(stdout) as { kind: string; count: number }[];
    expect(kinds[0]).toEqual({ kind: "sample", count: 1 });
    expect(kinds.filter(({ count }) => count > 0).length).toBeGreaterThan(22);
    for (const kind of [
      "moved",
      "married",
      "divorced",
      "widowed",
      "gap",
      "contradiction",
      "child",
      "abroad",
    ])
      expect(await ask("--story", kind, "--count", "2")).toHaveLength(2);
  });

  test("of a kind are what the kind says", async () => {
    const widowed = await ask("--story", "widowed", "--count", "20");
    const marks = await country.population
      .selectFrom("citizen")
      .select("marital_mark")
      .where(
        "pin",
        "in",
        widowed.map(({ pin }) => pin),
      )
      .execute();
    const agreeing = marks.filter(({ marital_mark: mark }) => mark === "WIDOWED");
    expect(agreeing.length).toBeGreaterThan(15);
    const children = await ask("--story", "child", "--count", "50");
    for (const { pin } of children) expect(Number(pin.slice(4, 6))).toBeGreaterThanOrEqual(12);
  });

  test("open with a life that every ministry has rows of", async () => {
    const [sample] = await ask("--story", "sample");
    const pin = sample?.pin ?? "";
    const count = async (rows: Promise<readonly unknown[]>) => (await rows).length;
    const { population, civilStatus, healthInsurance, education } = country;
    expect(
      await count(population.selectFrom("residence").select("id").where("pin", "=", pin).execute()),
    ).toBeGreaterThan(3);
    const marriages = civilStatus.selectFrom("marriage").select("id").where("wife_pin", "=", pin);
    expect(await count(marriages.execute())).toBe(2);
    const ends = civilStatus
      .selectFrom("marriage_end")
      .select("id")
      .where("marriage_id", "in", marriages);
    expect(await count(ends.execute())).toBe(1);
    expect(
      await count(healthInsurance.selectFrom("card").select("id").where("pin", "=", pin).execute()),
    ).toBeGreaterThan(1);
    const enrolments = education
      .selectFrom("enrolment")
      .innerJoin("pupil", "pupil.code", "enrolment.pupil_code")
      .select("school_year")
      .where("pupil.pin", "=", pin);
    expect(await count(enrolments.execute())).toBeGreaterThan(0);
  });
});

test("There are no people to try before there are citizens", async () => {
  const empty = await createCountryDatabases();
  const { code, stdout, stderr } = await runProgram("people", [], empty.environment);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe("There are no citizens yet. Load some with `lien-thong seed`.\n");
  await empty.drop();
});
