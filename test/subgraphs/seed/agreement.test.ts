import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addDays, type CivilDate } from "../../../schema/values/date.ts";
import { readRegisters, type Registers } from "./registers.ts";
import { createCountryDatabases, runProgram, type CountryDatabases } from "./seeded-country.ts";

let country: CountryDatabases;
let registers: Registers;

beforeAll(async () => {
  country = await createCountryDatabases();
  const seeding = await runProgram(
    "seed",
    ["--citizens", "3000", "--seed", "7"],
    country.environment,
  );
  expect(seeding).toMatchObject({ code: 0 });
  registers = await readRegisters(country);
}, 60_000);

afterAll(() => country.drop());

/** Strings that say where registers disagree without a defect in the manifest. */
type Disagreements = string[];

describe("The four registers agree, but for what the manifest lists:", () => {
  test("a citizen's birth is registered with the same name, sex, date and parents", () => {
    const found: Disagreements = [];
    for (const citizen of registers.citizens) {
      const acts = registers.births.get(citizen.pin) ?? [];
      const has = (kind: string, act?: string) => registers.hasDefect(citizen.pin, kind, act);
      if (acts.length === 0) {
        if (!has("BIRTH_NOT_REGISTERED") && !has("ACT_WITHOUT_PIN", "birth"))
          found.push(`${citizen.pin} has no birth`);
        continue;
      }
      const [act] = acts;
      if (acts.length > 1 || act === undefined) found.push(`${citizen.pin} was born twice`);
      else {
        if (act.full_name !== citizen.full_name && !has("NAME_DIFFERS"))
          found.push(`${citizen.pin} is ${citizen.full_name}, by birth ${act.full_name}`);
        if (act.birth_date !== citizen.birth_date && !has("IMPOSSIBLE_DATE"))
          found.push(`${citizen.pin} birth dates differ`);
        if (act.sex !== citizen.sex) found.push(`${citizen.pin} sex differs`);
        for (const parent of ["father_pin", "mother_pin"] as const)
          if (registers.currentPin(act[parent]) !== citizen[parent])
            found.push(`${citizen.pin} ${parent} differs`);
      }
    }
    expect(found).toEqual([]);
    expect(registers.citizens).toHaveLength(3000);
  });

  test("the population register's mark and spouse are what the acts of civil status give", () => {
    const excuses = [
      "MARRIAGE_NOT_COPIED",
      "MARRIAGE_NOT_DIGITISED",
      "MARRIAGE_NOT_REGISTERED",
      "FOREIGN_MARRIAGE_NOT_NOTED",
      "JUDGMENT_UNKNOWN",
    ];
    const found: Disagreements = [];
    let agreeing = 0;
    for (const citizen of registers.citizens) {
      const { mark, spouse } = registers.statusByActs(citizen);
      if (mark === (citizen.marital_mark ?? "NEVER_MARRIED") && spouse === citizen.spouse_pin)
        agreeing++;
      else if (
        !excuses.some((kind) => registers.hasDefect(citizen.pin, kind)) &&
        !registers.hasDefect(citizen.pin, "ACT_WITHOUT_PIN", "marriage")
      )
        found.push(
          `${citizen.pin} is ${citizen.marital_mark} ${citizen.spouse_pin}, by acts ${mark} ${spouse}`,
        );
    }
    expect(found).toEqual([]);
    expect(agreeing).toBeGreaterThan(2000);
  });

  test("who died has one death registration of that day, and nobody else has", () => {
    const found: Disagreements = [];
    for (const { pin, death_date: died } of registers.citizens) {
      const acts = registers.deaths.get(pin)?.filter(({ revoked_on: revoked }) => revoked === null);
      const [act] = acts ?? [];
      const excused =
        registers.hasDefect(pin, "DEATH_NOT_REGISTERED") ||
        registers.hasDefect(pin, "ACT_WITHOUT_PIN", "death");
      if (died === null && act) found.push(`${pin} lives and has a death registration`);
      if (died !== null && !act && !excused) found.push(`${pin} has no death registration`);
      if (act && act.date !== died && !registers.hasDefect(pin, "IMPOSSIBLE_DATE", "death"))
        found.push(`${pin} died on two days`);
    }
    expect(found).toEqual([]);
  });

  test("permanent homes follow one another without a day between or in two", () => {
    const found: Disagreements = [];
    let seams = 0;
    for (const [pin, periods] of registers.permanent)
      for (const [index, { to_date: to, end_reason: reason }] of periods.entries()) {
        const next = periods[index + 1];
        if (next === undefined) continue;
        seams++;
        const meets = to !== null && addDays(to as CivilDate, 1) === next.from_date;
        const kind = to !== null && to < next.from_date ? "RESIDENCE_GAP" : "RESIDENCE_OVERLAP";
        if (!meets && !registers.hasDefect(pin, kind)) found.push(`${pin} ${kind} ${to} ${reason}`);
      }
    expect(found).toEqual([]);
    expect(seams).toBeGreaterThan(1000);
  });

  test("a pupil has the citizen's number, name, birth date and sex", () => {
    const found: Disagreements = [];
    const citizens = new Map(registers.citizens.map((citizen) => [citizen.pin, citizen]));
    for (const pupil of registers.pupils) {
      const told = (kind: string) => registers.pupilDefect(pupil.code, kind);
      const wrong = told("PUPIL_PIN");
      const pin = registers.currentPin(wrong ? (wrong["pin"] as string) : pupil.pin);
      const citizen = citizens.get(pin ?? "");
      if (citizen === undefined) found.push(`pupil ${pupil.code} is nobody`);
      else {
        if (wrong && registers.currentPin(pupil.pin) === citizen.pin)
          found.push(`${pupil.code} has the right number, but for the manifest`);
        const names = [citizen.full_name, ...citizen.other_names];
        if (names.includes(pupil.full_name) === (told("PUPIL_NAME") !== undefined))
          found.push(`${pupil.code} ${pupil.full_name}, ${citizen.full_name}`);
        const sameBirth =
          pupil.birth_date === citizen.birth_date ||
          registers.hasDefect(citizen.pin, "IMPOSSIBLE_DATE");
        if (sameBirth === (told("PUPIL_BIRTH_DATE") !== undefined))
          found.push(`${pupil.code} ${pupil.birth_date}, ${citizen.birth_date}`);
        if ((pupil.sex === citizen.sex) === (told("PUPIL_SEX") !== undefined))
          found.push(`${pupil.code} sex`);
      }
    }
    expect(found).toEqual([]);
    expect(registers.pupils.length).toBeGreaterThan(500);
  });

  test("a card belongs to a citizen, and lies within the life", () => {
    const found: Disagreements = [];
    const citizens = new Map(registers.citizens.map((citizen) => [citizen.pin, citizen]));
    for (const card of registers.cards) {
      const citizen = citizens.get(registers.currentPin(card.pin) ?? "");
      if (citizen === undefined) found.push(`card of nobody ${card.pin}`);
      else if (citizen.birth_date !== null && card.valid_from < citizen.birth_date.slice(0, 4))
        found.push(`${card.pin} insured before birth`);
      else if (citizen.death_date !== null && card.valid_to > citizen.death_date)
        found.push(`${card.pin} insured after death`);
    }
    expect(found).toEqual([]);
    expect(registers.cards.length).toBeGreaterThan(3000);
  });
});

describe("Each defect of the manifest is visible in its register:", () => {
  test("a marriage that isn't in the books stands in no act of the two", () => {
    const found: Disagreements = [];
    for (const kind of [
      "MARRIAGE_NOT_DIGITISED",
      "MARRIAGE_NOT_REGISTERED",
      "FOREIGN_MARRIAGE_NOT_NOTED",
    ])
      for (const { pin, truth } of registers.defectsOf(kind))
        if (registers.marriages.get(pin)?.some((act) => act.date === truth["date"]))
          found.push(`${pin} ${kind}`);
    expect(found).toEqual([]);
    expect(registers.defectsOf("MARRIAGE_NOT_DIGITISED").length).toBeGreaterThan(10);
  });

  test("a marriage that was not copied isn't the one that population shows", () => {
    const defects = registers.defectsOf("MARRIAGE_NOT_COPIED");
    const marked = defects.filter(({ pin, truth }) => {
      const citizen = registers.citizens.find((one) => one.pin === pin);
      return citizen?.spouse_pin !== null && citizen?.spouse_pin === truth["spouse"];
    });
    expect(marked).toEqual([]);
    expect(defects.length).toBeGreaterThan(10);
  });

  test("a divorce that wasn't noted has its judgment, and no entry", async () => {
    const defects = registers.defectsOf("DIVORCE_NOT_NOTED");
    const bare = await country.civilStatus
      .selectFrom("marriage_end")
      .select(["marriage_id", "judgment_date"])
      .where("registered_on", "is", null)
      .where("country", "is", null)
      .execute();
    expect(bare.length).toBeGreaterThan(0);
    expect(bare.every(({ judgment_date: day }) => day !== null)).toBe(true);
    // Both former spouses stand in the manifest, where both are in the register.
    expect(defects.length).toBeGreaterThanOrEqual(bare.length);
    expect(defects.length).toBeLessThanOrEqual(2 * bare.length);
  });

  test("an act without a number bears none", async () => {
    const defects = registers.defectsOf("ACT_WITHOUT_PIN");
    const births = await country.civilStatus
      .selectFrom("birth")
      .select("id")
      .where("pin", "is", null)
      .execute();
    const listed = defects.filter(({ truth }) => truth["act"] === "birth");
    expect(listed.map(({ truth }) => truth["id"]).toSorted()).toEqual(
      births.map(({ id }) => id).toSorted(),
    );
    expect(births.length).toBeGreaterThan(300);
  });

  test("a date that no calendar has is null, with its text beside it", () => {
    const dates = registers
      .defectsOf("IMPOSSIBLE_DATE")
      .filter(({ register }) => register === "POPULATION")
      .map(({ pin }) => registers.citizens.find((citizen) => citizen.pin === pin));
    expect(dates.length).toBeGreaterThan(0);
    for (const citizen of dates)
      expect(citizen).toMatchObject({
        birth_date: null,
        birth_date_text: expect.stringMatching(/^(30\/02|31\/06)\/\d{4}$/),
      });
  });

  test("gaps and overlaps lie where the manifest says", () => {
    for (const { pin, truth } of registers.defectsOf("RESIDENCE_GAP")) {
      const periods = registers.permanent.get(pin) ?? [];
      const gap = truth["from"] as string;
      expect(
        periods.filter(({ from_date: from, to_date: to }) => from <= gap && (to ?? "9") >= gap),
      ).toEqual([]);
    }
    for (const { pin } of registers.defectsOf("RESIDENCE_OVERLAP"))
      expect(registers.permanent.get(pin)?.some(({ known_defect: known }) => known)).toBe(true);
    expect(registers.defectsOf("RESIDENCE_GAP").length).toBeGreaterThan(5);
  });

  test("a number contradicts sex or birth year only where the manifest says so", () => {
    const wrong = registers.citizens.filter(
      ({ pin, sex, birth_date: born, birth_date_text: text }) => {
        const year = Number((born ?? text?.slice(-4) ?? "").slice(0, 4));
        const digit = 2 * (Math.floor(year / 100) - 19) + (sex === "FEMALE" ? 1 : 0);
        return pin.slice(3, 6) !== `${digit}${String(year % 100).padStart(2, "0")}`;
      },
    );
    expect(wrong.map(({ pin }) => pin).toSorted()).toEqual(
      registers
        .defectsOf("PIN_CONTRADICTS")
        .map(({ pin }) => pin)
        .toSorted(),
    );
  });
});
