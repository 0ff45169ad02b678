import fc from "fast-check";
import { Kind, buildSchema, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../../gateway/config.ts";
import { findReachExcess } from "../../../gateway/policy/limits.ts";
import { measureReach } from "../../../gateway/policy/reach.ts";
import { readPublishedOperations } from "../../../schema/operations.ts";
import { preparationOf, published, refusalsOf } from "../../support/supergraphs.ts";

const schema = buildSchema(`
  type Query { one: Thing, some(ids: [ID!]!): [Thing]!, all: [Thing!]!, words: [String!] }
  type Thing { name: String, parts: [Thing!], near(ids: [ID!]): [Thing!] }
`);

function reachOf(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  const [operation] = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("none");
  return measureReach(document, operation, schema)(variables);
}

describe("what an answer may hold", () => {
  it.each([
    ["a field", "{ one { name } }", 2],
    ["an alias", "{ one { a: name b: name } }", 3],
    ["a list of ten, as nobody says how long it is", "{ all { name } }", 1 + 10],
    ["a list of values", "{ words }", 1 + 10],
    ["lists in each other", "{ all { parts { name } } }", 1 + 10 * (1 + 10)],
    ["a list as long as the one asked for", '{ some(ids: ["1", "2", "3"]) { name } }', 1 + 3],
    [
      "a fragment, at each use",
      "{ one { ...F } all { ...F } } fragment F on Thing { name }",
      1 + 1 + 1 + 10,
    ],
    ["an inline fragment", "{ one { ... on Thing { name } ... { name } } }", 3],
  ])("counts %s", (_what, query, values) => {
    expect(reachOf(query)).toBe(values);
  });

  it("counts a list of a variable by its length, wherever it stands", () => {
    const query =
      "query ($ids: [ID!]!) { some(ids: $ids) { name parts { near(ids: $ids) { name } } } }";
    fc.assert(
      fc.property(fc.nat(50), (length) => {
        const ids = Array.from({ length }, String);
        expect(reachOf(query, { ids })).toBe(1 + length * (1 + 1 + 10 * (1 + length)));
      }),
    );
  });
});

describe("the limit of what an answer may hold", () => {
  const { limits } = readConfig({}, { open: true });
  const prepare = preparationOf(published);
  const pins = (count: number) =>
    Array.from({ length: count }, (_, index) => `00130200${String(index).padStart(4, "0")}`);

  it("lets through a hundred Dossiers in one request", () => {
    const one = readPublishedOperations().get("dossier.graphql")!;
    const hundred = one
      .replace("($pin: PIN!)", "($pins: [PIN!]!)")
      .replace("citizen(pin: $pin)", "citizens(pins: $pins)");
    const prepared = prepare(hundred, undefined);
    if ("errors" in prepared) throw new Error("refused");
    expect(prepared.operation.readVariables({ pins: pins(100) })).toHaveProperty("variables");
  });

  it("refuses a list in a list in a list, and says how much it would be", () => {
    const query = `query ($pins: [PIN!]!) { citizens(pins: $pins) {
      residences { unitsNow { name } } maritalHistory { spouse { residences { unitsNow { name province { name } } } } } } }`;
    const prepared = prepare(query, undefined);
    if ("errors" in prepared) throw new Error(JSON.stringify(refusalsOf(prepared)));
    expect(prepared.operation.readVariables({ pins: pins(2) })).toHaveProperty("variables");
    const refused = prepared.operation.readVariables({ pins: pins(100) });
    expect("errors" in refused && refused.errors.map((error) => error.toJSON())).toEqual([
      {
        message: expect.stringMatching(
          /^The query has \d+ values in its answer; at most 50000 are allowed\. Ask for less, or in several requests\.$/,
        ),
        extensions: { code: "OPERATION_TOO_COSTLY", limit: 50_000, cost: expect.any(Number) },
      },
    ]);
  });

  it("is what the configuration says", () => {
    expect(findReachExcess(limits.values, limits)).toBeUndefined();
    expect(findReachExcess(limits.values + 1, limits)).toMatchObject({
      limit: 50_000,
      cost: 50_001,
    });
  });
});
