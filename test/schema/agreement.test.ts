import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSchema, parse, parseValue } from "graphql";
import { describe, expect, test } from "vitest";
import { apiSchemaOf, findUndescribed } from "../../schema/check.ts";
import { composeSupergraph, supergraphFile } from "../../schema/compose.ts";
import { scalars } from "../../schema/scalars.ts";
import { readSectors } from "../../schema/sectors.ts";

const sectors = readSectors();
const published = readFileSync(supergraphFile, "utf8");

describe("The published schema", () => {
  test("is what the four sectors compose to", () => {
    expect(sectors.map(({ name }) => name)).toEqual([
      "civil-status",
      "education",
      "health-insurance",
      "population",
    ]);
    expect(composeSupergraph(sectors)).toBe(published);
  });

  test("describes every element, the official Vietnamese term first", () => {
    expect(findUndescribed(apiSchemaOf(published))).toEqual([]);
  });

  test("carries the look-ups by key, so that a gateway need not guess them", () => {
    expect(published).toMatch(/citizen\([^)]*pin: PIN!\s*\): Citizen .*@lookup\(key: "pin"\)/s);
  });

  test("has no field that another ministry answers and that may not be null", () => {
    const citizen = apiSchemaOf(published).getType("Citizen");
    if (citizen === undefined || !("getFields" in citizen)) throw new Error("Citizen is missing");
    const neverNull = Object.values(citizen.getFields())
      .filter((field) => String(field.type).endsWith("!"))
      .map((field) => field.name);
    expect(neverNull).toEqual(["pin"]);
  });
});

describe("The check of the schema", () => {
  test("finds a type, a field, an argument and an enum value without the Vietnamese term", () => {
    const schema = buildSchema(`
      "Truy vấn — what can be asked."
      type Query {
        "only English"
        field(argument: Int): Colour
      }
      enum Colour { "Đỏ — red." RED GREEN }
    `);
    expect(findUndescribed(schema)).toEqual([
      "Query.field",
      "Query.field(argument:)",
      "Colour",
      "Colour.GREEN",
    ]);
  });

  test("tells a program what it has found of policies, too", () => {
    const found = execFileSync(process.execPath, ["schema/check.ts", "--json"], { stdio: "pipe" });
    expect(JSON.parse(String(found))).toEqual({ undescribed: [], policies: [], breaking: [] });
  });

  test("fails for a change that breaks clients, and says which", () => {
    const folder = mkdtempSync(join(tmpdir(), "lien-thong-check-"));
    try {
      const file = join(folder, "published.graphql");
      writeFileSync(
        file,
        published.replaceAll("enrolments: [Enrolment!]", "schooling: [Enrolment!]"),
      );
      const check = () =>
        execFileSync(process.execPath, ["schema/check.ts", "--against", file], { stdio: "pipe" });
      expect(check).toThrow("Citizen.schooling was removed");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("Sectors that do not fit together are refused with what does not fit", () => {
  const broken = sectors.map((sector) =>
    sector.name === "education"
      ? { ...sector, typeDefs: parse('type Query { "Sai — wrong." citizen(pin: Int!): String }') }
      : sector,
  );
  expect(() => composeSupergraph(broken)).toThrow(/The sectors do not compose:\n.*citizen/);
});

describe("A scalar refuses malformed input with a sentence", () => {
  test("that says where the mistake is", () => {
    expect(() => scalars.PIN.parseValue("00130200012x")).toThrow(
      expect.objectContaining({
        message: 'A PIN has 12 digits; character 12 ("x", U+0078) is not a digit.',
        extensions: { code: "BAD_USER_INPUT", scalar: "PIN", position: 12 },
      }),
    );
  });

  // A number in place of a text would lose its zeros.
  test.each([
    ["a number", "1302000123", 1302000123],
    ["a number", "2025.5", 2025.5],
    ["true or false", "true", true],
    ["a list", '["001302000123"]', ["001302000123"]],
    ["an object", "{ pin: 1 }", { pin: 1 }],
  ])("and names %s in place of a text, as a literal %s and as a variable", (kind, text, value) => {
    for (const [name, scalar] of Object.entries(scalars)) {
      const sentence = `A ${name} is written as text in quotes, not as ${kind}.`;
      expect(() => scalar.parseLiteral(parseValue(text))).toThrow(sentence);
      expect(() => scalar.parseValue(value)).toThrow(sentence);
    }
  });

  test("and a name without its quotes", () => {
    expect(() => scalars.PIN.parseLiteral(parseValue("PIN001302000123"))).toThrow(
      "A PIN is written as text in quotes, not as a name without quotes.",
    );
  });
});
