import { describe, expect, test } from "vitest";
import { readSectors } from "../../schema/sectors.ts";
import { parseTerms, parseTermsBySource } from "../../schema/terms.ts";

const least = { owner: "Bộ Công an", url: "http://localhost:4001/graphql" };

const everything = {
  ...least,
  unit: "CALL",
  perDay: 200_000,
  timeZone: "Asia/Bangkok",
  callsPerSecond: 50,
  largestBatch: 9,
  mode: "measure",
  lanes: {
    counter: { floor: 60_000, lendFrom: null },
    case: { floor: 40_000, lendFrom: "15:00" },
    bulk: { floor: 20_000, lendFrom: "18:00" },
  },
  agencyWeights: { "so-tu-phap-hcm": 3 },
  batchWindowMs: 0,
  joinAgencies: false,
  timeoutMs: 5,
  cacheSeconds: 0,
  staleSeconds: 0,
  countsKeysOnce: true,
  meter: "http://localhost:4001",
};

function parse(terms: object) {
  return parseTerms(JSON.stringify(terms), "a.terms.json");
}

describe("A sector's terms", () => {
  test("are read, field by field", () => {
    expect(parse(everything)).toEqual(everything);
  });

  test("need say no more than who the owner is and where it answers", () => {
    const noFloor = { floor: 0, lendFrom: null };
    expect(parse(least)).toEqual({
      ...least,
      unit: "RECORD",
      perDay: null,
      timeZone: "Asia/Ho_Chi_Minh",
      callsPerSecond: null,
      largestBatch: 1000,
      mode: "enforce",
      lanes: { counter: noFloor, case: noFloor, bulk: noFloor },
      agencyWeights: {},
      batchWindowMs: 1,
      joinAgencies: true,
      timeoutMs: 2000,
      cacheSeconds: 60,
      staleSeconds: 900,
      countsKeysOnce: false,
      meter: null,
    });
  });

  test.each<[object, string]>([
    [{ owner: "" }, '"owner" must be a text, not "".'],
    [{ owner: undefined }, '"owner" must be a text, not undefined.'],
    [{ url: "here" }, '"url" must be an http or https URL, not "here".'],
    [{ url: undefined }, '"url" must be an http or https URL, not undefined.'],
    [{ unit: "ROW" }, '"unit" must be "RECORD" or "CALL", not "ROW".'],
    [{ perDay: -1 }, '"perDay" must be a whole number from 0 to 1000000000, or null, not -1.'],
    [{ perday: 9 }, '"perday" is none of owner, url, unit, perDay,'],
    [
      { timeZone: "Hà Nội" },
      '"timeZone" must be a zone, such as "Asia/Ho_Chi_Minh", not "Hà Nội".',
    ],
    [
      { callsPerSecond: 0 },
      '"callsPerSecond" must be a whole number from 1 to 100000, or null, not 0.',
    ],
    [{ timeoutMs: 0 }, '"timeoutMs" must be a whole number from 1 to 60000, not 0.'],
    [{ mode: "on" }, '"mode" must be "enforce", "measure" or "off", not "on".'],
    [{ joinAgencies: "no" }, '"joinAgencies" must be true or false, not "no".'],
    [{ meter: "population" }, '"meter" must be an http or https URL, or null, not "population".'],
    [
      { agencyWeights: { a: 0 } },
      '"agencyWeights" must be an object with a whole number from 1 to',
    ],
    [{ lanes: [] }, '"lanes" must be an object, not [].'],
    [{ lanes: { fast: {} } }, '"lanes": "fast" is none of counter, case, bulk.'],
    [{ lanes: { bulk: 5 } }, '"lanes": "bulk" must be an object, not 5.'],
    [{ lanes: { bulk: { flor: 5 } } }, '"lanes"."bulk": "flor" is none of floor, lendFrom.'],
    [{ lanes: { case: { lendFrom: "3 pm" } } }, '"lanes"."case": "lendFrom" must be a time of day'],
    [
      { lanes: { case: { lendFrom: "24:00" } } },
      '"lanes"."case": "lendFrom" must be a time of day',
    ],
    [{ lanes: { counter: { lendFrom: "15:00" } } }, "the counter's floor is never lent"],
    [
      { perDay: 99, lanes: { counter: { floor: 60 }, bulk: { floor: 40 } } },
      'the floors of "lanes" must not exceed "perDay", 99, and are 100 together.',
    ],
  ])("are refused with the field that is wrong: %j", (wrong, sentence) => {
    expect(() => parse({ ...least, ...wrong })).toThrow(sentence);
    expect(() => parse({ ...least, ...wrong })).toThrow(/^a\.terms\.json: /);
  });

  test("are refused where they are no object of JSON", () => {
    expect(() => parseTerms("{", "a.terms.json")).toThrow("a.terms.json is not JSON");
    expect(() => parseTerms("[]", "a.terms.json")).toThrow("a.terms.json must hold an object.");
  });

  test("give population the limit of the article, and a floor to the counter", () => {
    const { terms } = readSectors().find(({ name }) => name === "population")!;
    expect(terms).toMatchObject({
      perDay: 200_000,
      lanes: { counter: { floor: 60_000, lendFrom: null } },
      meter: "http://localhost:4001",
    });
  });
});

describe("The terms of a foreign supergraph", () => {
  test("stand under each subgraph's name, which stands for the owner's", () => {
    const terms = parseTermsBySource('{ "products": { "perDay": 9 }, "users": {} }', "terms.json");
    expect([...terms.keys()]).toEqual(["products", "users"]);
    expect(terms.get("products")).toMatchObject({ owner: "products", url: null, perDay: 9 });
  });

  test.each([
    ['{ "products": { "perDay": "9" } }', 'terms.json, "products": "perDay" must be'],
    ['{ "products": 9 }', 'terms.json: "products" must be an object of terms.'],
    ["9", "terms.json must hold an object."],
  ])("are refused by subgraph and field: %s", (text, sentence) => {
    expect(() => parseTermsBySource(text, "terms.json")).toThrow(sentence);
  });
});
