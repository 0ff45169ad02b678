import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composeFrom, preparationOf, published, refusalsOf } from "../../support/supergraphs.ts";

const prepare = preparationOf(published);
const plain = "001099012345";

/** How people type and paste a number, every form of it. */
const typed = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 }),
    fc.array(fc.constantFrom("", "", " ", ".", "\u00A0", "\u3000"), {
      minLength: 12,
      maxLength: 12,
    }),
    fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  )
  .map(([digits, gaps, wide]) => ({
    text: digits
      .map((digit, i) => (wide[i] ? String.fromCodePoint(0xff10 + digit) : digit) + gaps[i]!)
      .join(""),
    plain: digits.join(""),
  }));

function variablesOf(query: string, given: Record<string, unknown>) {
  const prepared = prepare(query, undefined);
  if ("errors" in prepared) throw new Error(JSON.stringify(prepared.errors));
  const read = prepared.operation.readVariables(given);
  return "errors" in read ? read.errors.map((error) => error.toJSON()) : read.variables;
}

const one = "query($pin: PIN!) { citizen(pin: $pin) { pin } }";
const many = "query($pins: [PIN!]!) { citizens(pins: $pins) { pin } }";

describe("a personal number", () => {
  it("reaches the planner in its normal form, however typed, literal and variable alike", () => {
    fc.assert(
      fc.property(typed, ({ text, plain }) => {
        expect(variablesOf(one, { pin: text })).toEqual({ pin: plain });
        expect(variablesOf(many, { pins: [text, plain] })).toEqual({ pins: [plain, plain] });
        const literal = `{ citizen(pin: ${JSON.stringify(text)}) { pin } }`;
        expect(Object.values(variablesOf(literal, {}))).toEqual([plain]);
      }),
    );
  });

  it("is made plain in a list, in a default, and where a single one stands for a list", () => {
    const queries = [
      `{ citizens(pins: ["001 099 012345"]) { pin } }`,
      `query($pins: [PIN!]! = ["001.099.012345"]) { citizens(pins: $pins) { pin } }`,
      `{ citizens(pins: "001099 012345") { pin } }`,
    ];
    for (const query of queries) expect(Object.values(variablesOf(query, {}))).toEqual([[plain]]);
    expect(
      variablesOf(`query($pin: PIN! = "001 099 012345") { citizen(pin: $pin) { pin } }`, {}),
    ).toEqual({ pin: plain });
  });

  it.each([
    ["letters", "00109901234x", 12],
    ["eleven digits", "00109901234", 11],
    ["thirteen digits", "0010990123456", 13],
    ["an empty text", "", 1],
    ["Arabic digits", "٠٠١٠٩٩٠١٢٣٤٥", 1],
    ["a zero-width mark", "001099\u200B012345", 7],
  ])("is refused with %s, by argument and position, and never repeated", (_, text, position) => {
    const [error] = variablesOf(one, { pin: text }) as ReturnType<typeof refusalsOf>;
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^Argument citizen\(pin:\), variable \$pin: A PIN has 12 digits/,
      ),
      extensions: { code: "BAD_USER_INPUT", argument: "citizen(pin:)", path: ["pin"], position },
    });
    const [literal] = refusalsOf(prepare(`{ citizen(pin: "${text}") { pin } }`, undefined));
    expect(literal).toMatchObject({
      message: expect.stringMatching(/^Argument citizen\(pin:\): A PIN has 12 digits/),
      locations: [{ line: 1, column: 16 }],
      extensions: { code: "BAD_USER_INPUT", position },
    });
    expect(JSON.stringify([error, literal])).not.toContain(text || plain);
  });

  it("is refused by its place in a list", () => {
    const [error, ...more] = variablesOf(many, { pins: [plain, "1", plain] }) as {
      message: string;
    }[];
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      message: expect.stringContaining("Argument citizens(pins:), variable $pins[1]: A PIN has"),
      extensions: { path: ["pins", 1] },
    });
  });

  it.each([[12], [true], [null], [["001099012345"]], [{}]])("is never %j", (value) => {
    expect(variablesOf(one, { pin: value })).toMatchObject([
      { extensions: { code: "BAD_USER_INPUT" } },
    ]);
  });

  it("is not refused for an odd century digit: that is flagged by the register", () => {
    expect(variablesOf(one, { pin: "001999012345" })).toEqual({ pin: "001999012345" });
  });
});

describe("a list of personal numbers", () => {
  it("holds 100 at most, as a literal too, and the argument is named", () => {
    expect(variablesOf(many, { pins: Array(100).fill(plain) })).toHaveProperty("pins.99", plain);
    expect(variablesOf(many, { pins: Array(10_000).fill(plain) })).toMatchObject([
      {
        message:
          "Argument citizens(pins:), variable $pins: a list holds at most 100 personal numbers; this one has 10000. Ask in several requests.",
        extensions: { code: "BAD_USER_INPUT", argument: "citizens(pins:)" },
      },
    ]);
    const literal = JSON.stringify(Array(101).fill(plain));
    expect(refusalsOf(prepare(`{ citizens(pins: ${literal}) { pin } }`, undefined))).toMatchObject([
      {
        message: expect.stringContaining("this one has 101"),
        extensions: { code: "BAD_USER_INPUT" },
      },
    ]);
  });
});

describe("other input", () => {
  it("is read by the values of the agreement", () => {
    const query = `query($on: Date!) { citizen(pin: "${plain}") { residesIn(unit: "00001", on: $on) } }`;
    expect(variablesOf(query, { on: "2024-02-29" })).toMatchObject({ on: "2024-02-29" });
    expect(variablesOf(query, { on: "2023-02-29" })).toMatchObject([
      { message: expect.stringContaining("residesIn(on:), variable $on: Month 2023-02 has days") },
    ]);
  });

  it("tells ten mistakes of a request at most", () => {
    expect(variablesOf(many, { pins: Array(50).fill("x") })).toHaveLength(10);
    const literals = JSON.stringify(Array(50).fill("x"));
    expect(refusalsOf(prepare(`{ citizens(pins: ${literals}) { pin } }`, undefined))).toHaveLength(
      10,
    );
  });

  it("drops variables that the operation does not declare", () => {
    expect(variablesOf(one, { pin: plain, __proto__: 1, other: 2 })).toEqual({ pin: plain });
  });

  it("keeps a foreign supergraph's scalars of the same names as they came", () => {
    const open = preparationOf(
      composeFrom({
        a: `scalar Date scalar PIN type Query { at(day: Date!, pin: PIN): String }`,
      }),
      true,
    );
    const prepared = open(`query($day: Date!) { at(day: $day, pin: "12-34") }`, undefined);
    if ("errors" in prepared) throw new Error(String(prepared.errors));
    const day = "2026-01-01T00:00:00Z";
    expect(prepared.operation.readVariables({ day })).toEqual({
      variables: { day, literal0: "12-34" },
    });
  });

  it("reads defaults, enums and input objects as GraphQL does", () => {
    const open = preparationOf(
      composeFrom({
        a: `enum Order { UP DOWN } input By { order: Order = DOWN first: Int! }
            type Query { list(by: By!, also: Int = 3): String }`,
      }),
      true,
    );
    const prepared = open(
      `query($by: By!, $also: Int = 7) { list(by: $by, also: $also) }`,
      undefined,
    );
    if ("errors" in prepared) throw new Error(String(prepared.errors));
    const { readVariables } = prepared.operation;
    expect(readVariables({ by: { first: 2 } })).toEqual({
      variables: { by: { order: "DOWN", first: 2 }, also: 7 },
    });
    expect(readVariables({ by: { first: "2" }, also: null })).toMatchObject({
      errors: [{ extensions: { path: ["by", "first"] } }],
    });
    expect(readVariables({})).toMatchObject({ errors: [{ extensions: { path: ["by"] } }] });
  });
});
