import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepRecent } from "../../../gateway/federation/recent.ts";
import { preparationOf, published, refusalsOf } from "../../support/supergraphs.ts";

const prepare = preparationOf(published);
const refused = (query: string, name?: string) => refusalsOf(prepare(query, name));

describe("a query on its way to the planner", () => {
  it("is read once, however often it comes", () => {
    const query = `query A { citizen(pin: "001099012345") { pin } }`;
    const [first, second] = [prepare(query, undefined), prepare(query, "A")];
    if (!("operation" in first && "operation" in second)) throw new Error("refused");
    expect(second.operation).toBe(first.operation);
  });

  it("has one text for one meaning, so that it is planned once", () => {
    const texts = [
      `{citizen(pin:"001099012345"){pin}}`,
      `query {\n  citizen(pin: "001 099 012345") { # comment\n pin } }`,
    ].map((query) => {
      const prepared = prepare(query, undefined);
      return "operation" in prepared && prepared.operation.text;
    });
    expect(texts[0]).toBe(texts[1]);
  });

  it("is chosen by its name among several", () => {
    const query = `query A { __typename } query B { __typename }`;
    const prepared = prepare(query, "B");
    expect("operation" in prepared && prepared.operation.name).toBe("B");
    expect(refused(query)).toMatchObject([
      { message: expect.stringContaining("it holds 2."), extensions: { code: "BAD_USER_INPUT" } },
    ]);
    expect(refused(query, "C")).toHaveLength(1);
    expect(refused("fragment f on Citizen { pin }")).not.toEqual([]);
  });

  it("is refused with line and column where it is no GraphQL or does not fit the schema", () => {
    expect(refused("{ citizen(")).toMatchObject([
      { locations: [{ line: 1, column: 11 }], extensions: { code: "BAD_USER_INPUT" } },
    ]);
    expect(refused(`{ citizen(pin: "001099012345") { salary } }`)).toMatchObject([
      { message: expect.stringContaining("salary"), extensions: { code: "BAD_USER_INPUT" } },
    ]);
  });

  it.each([
    ["100 KB long", `{ citizen(pin: "1") { ${"pin ".repeat(25_600)} } }`, "bytes"],
    ["50 deep", `{ ${"a { ".repeat(49)} b ${"}".repeat(49)} }`, "levels"],
    [
      "5,000 aliases wide",
      `{ citizen(pin: "1") { ${Array.from({ length: 5000 }, (_, i) => `a${i}:pin`).join(" ")} } }`,
      "aliases",
    ],
    ["a million levels deep", `{${"a{".repeat(9000)}`, "deep"],
    ["made of too many words", `{ ${"a ".repeat(25_000)} }`, "words"],
    ["doubled by fragments", doubled(), "fields"],
  ])("is refused when it is %s", (_, query, words) => {
    expect(refused(query)).toMatchObject([
      {
        message: expect.stringContaining(words),
        extensions: { code: "OPERATION_TOO_COSTLY", limit: expect.any(Number) },
      },
    ]);
  });

  it("is refused when it repeats itself until comparing would take long", () => {
    expect(refused(`{ citizen(pin: "1") { ${"father { pin } ".repeat(900)} } }`)).toMatchObject([
      {
        message: expect.stringContaining("Ask for each field once."),
        extensions: { code: "OPERATION_TOO_COSTLY" },
      },
    ]);
  });

  it("is refused, not followed for ever, where fragments use themselves", () => {
    const [error] = refused(
      `{ citizen(pin: "001099012345") { ...f } } fragment f on Citizen { father { ...f } }`,
    );
    expect(error?.message).toContain(`Cannot spread fragment "f" within itself`);
  });
});

describe("whatever a client sends", () => {
  const words = fc.constantFrom(
    ...[
      "{",
      "}",
      "(",
      ")",
      ":",
      "$",
      "...",
      "on",
      "query",
      "fragment",
      "citizen",
      "pin",
      "a",
      '"1"',
    ],
    ...[
      "Citizen",
      "[",
      "]",
      "!",
      "=",
      "@include",
      "__typename",
      "maritalHistory",
      "\u0000",
      "ế",
      '"""',
    ],
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 40 }).map((list) => list.join(" ")),
  );

  it("is an operation or a refusal, never a crash", () => {
    fc.assert(
      fc.property(text, (query) => {
        const errors = refused(query);
        for (const { extensions } of errors)
          expect(["BAD_USER_INPUT", "OPERATION_TOO_COSTLY"]).toContain(extensions?.["code"]);
      }),
      { numRuns: 500 },
    );
  });

  it("is variables that fit or a refusal, never a crash", () => {
    const query = "query($pins: [PIN!]!) { citizens(pins: $pins) { pin } }";
    const prepared = prepare(query, undefined);
    if ("errors" in prepared) throw new Error("The query is refused.");
    fc.assert(
      fc.property(fc.jsonValue(), (pins) => {
        const read = prepared.operation.readVariables({ pins });
        const fits = "variables" in read;
        expect(fits).toBe(Array.isArray(pins) && pins.length === 0);
      }),
    );
  });
});

function doubled(): string {
  const fragments = Array.from(
    { length: 15 },
    (_, i) => `fragment f${i} on Citizen { ...f${i + 1} ...f${i + 1} }`,
  );
  return `{ citizen(pin: "1") { ...f0 } } ${fragments.join(" ")} fragment f15 on Citizen { pin }`;
}

describe("what is kept by text", () => {
  it("is bounded by length, and loses first what was used longest ago", () => {
    const kept = keepRecent<number>(4);
    kept.set("aa", 1);
    kept.set("bb", 2);
    kept.get("aa");
    kept.set("cc", 3);
    expect([kept.get("aa"), kept.get("bb"), kept.get("cc")]).toEqual([1, undefined, 3]);
    kept.set("too long", 4);
    expect(kept.get("too long")).toBeUndefined();
  });
});
