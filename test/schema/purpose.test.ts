import { describe, expect, it } from "vitest";
import {
  describeLegalBasis,
  isInForce,
  parsePurposes,
  readPurposes,
} from "../../schema/purpose.ts";
import { parseCivilDate } from "../../schema/values/date.ts";

const valid = {
  code: "own-data",
  name: "Xem dữ liệu của tôi",
  legalBasis: [{ act: "Luật 91/2025/QH15" }],
  roles: ["citizen"],
  lane: "counter",
};

const parse = (changes: object) => () =>
  parsePurposes(JSON.stringify([{ ...valid, ...changes }]), "x.json");

describe("The list of purposes", () => {
  it("has the procedures of the registers, each with an act in force today", () => {
    const purposes = readPurposes();
    expect(
      [...purposes.values()].flatMap(({ code, procedure }) =>
        procedure ? [`${code} ${procedure}`] : [],
      ),
    ).toEqual(["marital-status-certificate 1.004873", "marriage-registration 1.000894"]);
    for (const purpose of purposes.values())
      expect(isInForce(purpose, parseCivilDate("2026-11-25")), purpose.code).toBe(true);
  });

  it("marks as a proposal what nobody has verified", () => {
    const cleaning = readPurposes().get("data-cleaning")!;
    expect(describeLegalBasis(cleaning, parseCivilDate("2026-11-25"))).toBe(
      "Luật Dữ liệu 60/2024/QH15 (đề xuất); Nghị định 278/2025/NĐ-CP (đề xuất)",
    );
  });

  it("names the acts of a past day, when that day is asked about", () => {
    const own = readPurposes().get("own-data")!;
    expect(describeLegalBasis(own, parseCivilDate("2025-12-31"))).toBe("Nghị định 13/2023/NĐ-CP");
  });
});

describe("A list of purposes", () => {
  it("has defaults that allow least, but for numbers that only an act can set", () => {
    expect(parse({})().get("own-data")).toEqual({
      ...valid,
      procedure: null,
      legalBasis: [
        { act: "Luật 91/2025/QH15", article: null, from: null, to: null, verified: true },
      ],
      caseNeeded: false,
      people: null,
      ownDataOnly: false,
      unit: null,
      historyYears: null,
      identityLevel: null,
      logMonths: 24,
      delayedDisclosure: null,
    });
  });

  it("may delay that a citizen is told, with the days and the ground", () => {
    const delay = { days: 30, ground: "Luật 91/2025/QH15" };
    expect(parse({ delayedDisclosure: delay })().get("own-data")!.delayedDisclosure).toEqual(delay);
    expect(parse({ delayedDisclosure: { days: 30 } })).toThrow('"ground" must be a text');
    expect(parse({ delayedDisclosure: { ...delay, until: 1 } })).toThrow('"until" is none of');
    expect(parse({ logMonths: 0 })).toThrow('"logMonths" must be a whole number from 1');
  });

  it.each([
    [
      "no code",
      { code: undefined },
      '"code" must be small letters and hyphens, such as own-data, and is missing.',
    ],
    ["a code with spaces", { code: "own data" }, '"code" must be'],
    ["no name", { name: " " }, '"name" must be a text, and is " ".'],
    [
      "no legal basis",
      { legalBasis: [] },
      '"legalBasis" must be a list of at least one act, and is [].',
    ],
    [
      "an act without a name",
      { legalBasis: [{}] },
      '"legalBasis"[0]: "act" must be an act with its number, and is missing.',
    ],
    [
      "a day that no calendar has",
      { legalBasis: [{ act: "L", from: "2026-02-30" }] },
      '"from" must be a day YYYY-MM-DD, or null',
    ],
    [
      "an act that ends before it begins",
      { legalBasis: [{ act: "L", from: "2026-02-02", to: "2026-02-01" }] },
      '"to" must not lie before "from"',
    ],
    [
      "a role that nobody has",
      { roles: ["mayor"] },
      '"roles" must be a list of at least one of counter-officer',
    ],
    ["no role", { roles: [] }, '"roles" must be'],
    [
      "a lane that there is not",
      { lane: "fast" },
      '"lane" must be one of counter, case, bulk, and is "fast".',
    ],
    ["no people", { people: 0 }, '"people" must be a whole number from 1, or null, and is 0.'],
    ["half a year", { historyYears: 0.5 }, '"historyYears" must be'],
    [
      "a procedure's name",
      { procedure: "kết hôn" },
      '"procedure" must be a code such as 1.004873, or null',
    ],
    [
      "a truth value in words",
      { caseNeeded: "yes" },
      '"caseNeeded" must be true or false, and is "yes".',
    ],
    ["a misspelt limit", { poeple: 2 }, '"poeple" is none of code, name'],
  ])("is refused with %s", (_what, changes, sentence) => {
    expect(parse(changes)).toThrow("x.json, purpose 1:");
    expect(parse(changes)).toThrow(sentence);
  });

  it("is refused where it is no list, or names one code twice", () => {
    expect(() => parsePurposes("{", "x.json")).toThrow("x.json is not JSON");
    expect(() => parsePurposes("{}", "x.json")).toThrow("x.json must hold a list of purposes.");
    expect(() => parsePurposes(JSON.stringify([valid, valid]), "x.json")).toThrow(
      'two purposes "own-data"',
    );
    expect(() => parsePurposes("[null]", "x.json")).toThrow("purpose 1: must be an object");
  });
});
