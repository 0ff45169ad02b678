import { describe, expect, test } from "vitest";
import { dayOf } from "../../../subgraphs/seed/day.ts";
import type { Defect, DefectKind } from "../../../subgraphs/seed/defects.ts";
import { foundInstitutions } from "../../../subgraphs/seed/institutions.ts";
import { foundCommunity } from "../../../subgraphs/seed/life.ts";
import { recordCommunity } from "../../../subgraphs/seed/registers/record-community.ts";
import { places } from "./places.ts";

const today = dayOf(2026, 11, 1);
const seed = 42;
const settings = { seed, places, today, institutions: foundInstitutions(places) };

/** The rows of forty communities by table, as the databases would get them. */
const rows = new Map<string, Record<string, unknown>[]>();
const defects: Defect[] = [];
let citizens = 0;
for (let number = 0; number < 40; number++) {
  const community = foundCommunity({ seed, number, places, today });
  citizens += community.people.length;
  const recorded = recordCommunity(settings, community, () => (table, row) => {
    const known = rows.get(table.name);
    if (known) known.push(row as Record<string, unknown>);
    else rows.set(table.name, [row as Record<string, unknown>]);
  });
  defects.push(...recorded.defects);
}
const table = (name: string) => rows.get(name) ?? [];
const ofKind = (kind: DefectKind) => defects.filter((defect) => defect.kind === kind);

/** Per cent of `whole`, within a third of what is expected, or where that is few, of what chance does. */
function expectShare(found: number, whole: number, expected: number): void {
  const wanted = (whole * expected) / 100;
  expect(whole).toBeGreaterThan(0);
  expect(Math.abs(found - wanted), `${found} of ${whole} are not ${expected} %`).toBeLessThan(
    Math.max(wanted / 3, 3 * Math.sqrt(wanted)),
  );
}

describe("Between the registers", () => {
  test("3 % of marriages are missing in population", () => {
    const spouses = table("marriage").filter(({ status }) => status === "VALID").length * 2;
    expectShare(ofKind("MARRIAGE_NOT_COPIED").length, spouses, 3);
  });

  test("6 % of divorces are not noted in the book", () => {
    const ends = table("marriage_end").filter(
      ({ kind, country }) => kind === "DIVORCE" && country === null,
    );
    expectShare(ends.filter(({ registered_on: noted }) => noted === null).length, ends.length, 6);
  });

  test("2 % of deaths are not registered", () => {
    const dead = table("citizen").filter(({ death_date: died }) => died !== null);
    expectShare(ofKind("DEATH_NOT_REGISTERED").length, dead.length, 2);
  });

  test("0.02 % of citizens have two marriages open at once", () => {
    expectShare(ofKind("JUDGMENT_UNKNOWN").length, citizens * 2, 0.02);
  });

  test("0.3 % have overlapping permanent residences, 1 % a gap", () => {
    expectShare(ofKind("RESIDENCE_OVERLAP").length, citizens, 0.3);
    expectShare(ofKind("RESIDENCE_GAP").length, citizens, 1);
  });

  test("0.5 % of names differ, and 0.2 % of dates are impossible", () => {
    expectShare(ofKind("NAME_DIFFERS").length, citizens, 0.5);
    const citizensDates = table("citizen").filter(({ birth_date_text: text }) => text !== null);
    expectShare(citizensDates.length, citizens, 0.2);
  });

  test("30 % of acts from before 2016 have no number, and none since", () => {
    for (const [name, column] of [
      ["birth", "pin"],
      ["marriage", "wife_pin"],
      ["death", "pin"],
    ] as const) {
      const old = table(name).filter(({ registered_on: day }) => String(day) < "2016");
      expectShare(old.filter((row) => row[column] === null).length, old.length, 30);
      const since = table(name).filter(({ registered_on: day }) => String(day) >= "2016");
      expect(since.filter((row) => row[column] === null)).toEqual([]);
    }
  });

  test("numbers are re-issued for a fraction of a per cent, some names changed, a few adopted", () => {
    expectShare(table("pin_alias").length, citizens, 0.3);
    expectShare(
      table("citizen").filter(({ other_names: names }) => (names as string[]).length > 0).length,
      citizens,
      0.3,
    );
    expect(table("birth").filter(({ adopted }) => adopted).length).toBeGreaterThan(20);
  });
});

describe("In the pupils' register", () => {
  const pupils = table("pupil");

  test("5 % have no number, and some a wrong one", () => {
    expectShare(pupils.filter(({ pin }) => pin === null).length, pupils.length, 5);
    expectShare(
      pupils.filter(({ pin }) => /^[0-9]{9}$/.test(String(pin))).length,
      pupils.length,
      0.5,
    );
    expectShare(ofKind("PUPIL_PIN").length, pupils.length, 6.2);
  });

  test("names lack their diacritics for 3 %, and are not NFC, spaced twice or all in capitals for 6", () => {
    const names = pupils.map(({ full_name: name }) => String(name));
    // Few names have no mark by right.
    const bare = ofKind("PUPIL_NAME").filter(({ truth }) => {
      const pupil = pupils.find(({ code }) => code === truth["code"]);
      return /^[a-z ]+$/i.test(String(pupil?.["full_name"]));
    });
    expectShare(bare.length, pupils.length, 3);
    const untidy = names.filter(
      (name) =>
        name !== name.normalize("NFC") || name.includes("  ") || name === name.toUpperCase(),
    );
    expectShare(untidy.length, pupils.length, 6);
    expectShare(names.filter((name) => name.includes("\u00d0")).length, pupils.length, 0.3);
  });

  test("day and month are swapped for 0.7 %, the year is off for 0.5 and alone for 0.3", () => {
    const wrong = new Map(
      ofKind("PUPIL_BIRTH_DATE").map(({ truth }) => [truth["code"], String(truth["birthDate"])]),
    );
    const found = { swapped: 0, off: 0, alone: 0 };
    for (const { code, birth_date: date } of pupils) {
      const right = wrong.get(code);
      if (right === undefined) continue;
      const text = String(date);
      if (text.length === 4) found.alone++;
      else if (text.slice(0, 4) === right.slice(0, 4)) found.swapped++;
      else found.off++;
    }
    expectShare(found.swapped, pupils.length, 0.7);
    expectShare(found.off, pupils.length, 0.5);
    expectShare(found.alone, pupils.length, 0.3);
  });

  test("0.2 % have the other sex, 0.4 % stand twice, and 0.1 % have no birth registration", () => {
    expectShare(ofKind("PUPIL_SEX").length, pupils.length, 0.2);
    expectShare(ofKind("PUPIL_TWICE").length, pupils.length, 0.4);
    expectShare(ofKind("BIRTH_NOT_REGISTERED").length, pupils.length, 0.1);
  });

  test("40 % of those at school bear a commune's code from before the mergers, and no school does", () => {
    const attending = new Set(
      table("enrolment")
        .filter(({ state }) => state === "ATTENDING")
        .map(({ pupil_code: code }) => code),
    );
    const codes = new Map(pupils.map(({ code, unit_code: unit }) => [code, unit]));
    const old = ofKind("PUPIL_UNIT");
    expectShare(old.length, attending.size, 40);
    for (const { truth } of old) {
      expect(attending.has(truth["code"])).toBe(true);
      expect(codes.get(truth["code"])).not.toBe(truth["unit"]);
    }
    const { schools } = settings.institutions;
    expect(schools.filter(({ unit }) => unit.validFrom < "2025")).toEqual([]);
    expect(schools.length).toBeGreaterThan(10_000);
  });

  test("nearly all of 6 to 17 are at school this year", () => {
    const now = new Set(
      table("enrolment")
        .filter(({ school_year: year }) => year === "2026-2027")
        .map(({ pupil_code: code }) => code),
    );
    const children = table("citizen").filter(
      ({ birth_date: born, death_date: died }) =>
        died === null && String(born) >= "2009" && String(born) < "2021",
    );
    const grades = table("enrolment").filter(
      ({ school_year: year, grade }) => year === "2026-2027" && grade !== null,
    );
    expect(now.size).toBeGreaterThan(grades.length);
    expect(grades.length / children.length).toBeGreaterThan(0.9);
  });
});

describe("In the other registers", () => {
  test("93 % of the living are insured, on cards numbered as their day demands", () => {
    const living = table("citizen").filter(({ death_date: died }) => died === null);
    const valid = table("card").filter(({ valid_to: to }) => String(to) >= "2026-11-01");
    expectShare(new Set(valid.map(({ pin }) => pin)).size, living.length, 93);
    for (const { card_number: number, valid_from: from, pin } of table("card")) {
      const form = String(from) < "2021-04-01" ? 15 : String(from) < "2025-08-01" ? 10 : 12;
      if (String(number).length !== form || (form === 12 && number !== pin))
        throw new Error(`Card ${String(number)} of ${String(from)} has the form of another day.`);
    }
  });

  test("1 % live abroad, some large part on temporary residence, some stay and some are absent", () => {
    const open = table("residence").filter(({ to_date: to }) => to === null);
    const living = table("citizen").filter(({ death_date: died }) => died === null).length;
    const kinds = (kind: string) => open.filter((row) => row["kind"] === kind).length;
    expectShare(kinds("ABROAD"), living, 1);
    expect(kinds("TEMPORARY") / living).toBeGreaterThan(0.02);
    for (const kind of ["STAY", "ABSENCE", "CURRENT"])
      expect(table("residence").some((row) => row["kind"] === kind)).toBe(true);
  });

  test("nobody's temporary residence runs for more than two years, or stay for thirty days", () => {
    const days = (row: Record<string, unknown>) =>
      (Date.parse(String(row["to_date"])) - Date.parse(String(row["from_date"]))) / 86_400_000 + 1;
    const ended = table("residence").filter(({ to_date: to }) => to !== null);
    const longest = (kind: string) =>
      Math.max(...ended.filter((row) => row["kind"] === kind).map(days));
    expect(longest("TEMPORARY")).toBeLessThanOrEqual(730);
    expect(longest("STAY")).toBeLessThan(30);
  });
});
