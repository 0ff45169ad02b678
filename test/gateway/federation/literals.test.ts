import { fileURLToPath } from "node:url";
import { QueryPlanner } from "@apollo/query-planner";
import fc from "fast-check";
import { buildSchema, graphqlSync } from "graphql";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { supergraphFile } from "../../../schema/compose.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { serveCountry } from "../../support/miniature.ts";
import type { Miniature } from "../../support/miniature.ts";
import { composeFrom, preparationOf, published, refusalsOf } from "../../support/supergraphs.ts";

const lan = "001199012345";
const hoa = "079088000001";

/** The text that is planned, and the variables that go with it. */
function prepared(query: string, prepare = preparationOf(published), given = {}, name?: string) {
  const answer = prepare(query, name);
  if ("errors" in answer) throw new Error(JSON.stringify(answer.errors));
  const read = answer.operation.readVariables(given);
  if ("errors" in read) throw new Error(JSON.stringify(read.errors));
  return { text: answer.operation.text, variables: read.variables };
}

describe("queries that differ in the literals of arguments alone", () => {
  let country: Readonly<Record<string, Miniature>>;
  let gateway: TestGateway;
  beforeAll(async () => {
    country = await serveCountry({
      [lan]: {
        fullName: "Nguyễn Thị Lan",
        maritalHistory: [{ __typename: "Marriage", spouse: { pin: hoa } }],
      },
      [hoa]: {
        fullName: "Trần Văn Hòa",
        residesIn: ({ unit }: { unit: string }) => unit === "00002",
      },
    });
    gateway = await startTestGateway(
      country,
      {},
      { supergraph: fileURLToPath(supergraphFile), open: true },
    );
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await gateway.stop();
    await Promise.all(Object.values(country).map((sector) => sector.close()));
  });

  it("are planned once, and each is answered by its own", async () => {
    const planned = vi.spyOn(QueryPlanner.prototype, "buildQueryPlan");
    const ask = (pin: string, unit: string) =>
      gateway.ask({
        query: `{ citizen(pin: "${pin}") { pin fullName residesIn(unit: "${unit}", on: "2024-01-01") } }`,
      });
    const answers = [await ask(lan, "00001"), await ask(hoa, "00002"), await ask(lan, "00003")];
    expect(answers.map(({ json }) => json.data)).toMatchObject([
      { citizen: { pin: lan, fullName: "Nguyễn Thị Lan" } },
      { citizen: { pin: hoa, fullName: "Trần Văn Hòa" } },
      { citizen: { pin: lan } },
    ]);
    expect(planned).toHaveBeenCalledTimes(1);
    expect(new Set(country["population"]!.asked.map(({ query }) => query)).size).toBe(1);
  });

  it("reach a source that is asked in a later step, about somebody else", async () => {
    const ask = async (unit: string) =>
      (
        await gateway.ask({
          query: `{ citizen(pin: "${lan}") { maritalHistory { spouse { residesIn(unit: "${unit}", on: "2024-01-01") } } } }`,
        })
      ).json;
    for (const [unit, residesIn] of [
      ["00001", false],
      ["00002", true],
    ] as const) {
      const { data, errors } = await ask(unit);
      expect(errors).toBeUndefined();
      expect(data).toEqual({ citizen: { maritalHistory: [{ spouse: { residesIn } }] } });
    }
  });

  it("are refused as ever: by argument, position, line and column", async () => {
    const { status, json } = await gateway.ask({
      query: `{ citizen(pin: "0011990123x5") { pin } }`,
    });
    expect(status).toBe(400);
    expect(json.errors).toMatchObject([
      {
        message: expect.stringMatching(/^Argument citizen\(pin:\): A PIN has 12 digits/),
        locations: [{ line: 1, column: 16 }],
        extensions: { code: "BAD_USER_INPUT", argument: "citizen(pin:)", position: 11 },
      },
    ]);
  });

  it("may be about the schema", async () => {
    const ask = async (type: string) =>
      (await gateway.ask({ query: `{ __type(name: "${type}") { name } }` })).json.data;
    expect([await ask("Citizen"), await ask("Residence")]).toEqual([
      { __type: { name: "Citizen" } },
      { __type: { name: "Residence" } },
    ]);
  });
});

describe("a literal of an argument", () => {
  it("becomes a variable of the argument's type, a list as a whole", () => {
    expect(prepared(`{ citizens(pins: ["${lan}", "079 088 000001"]) { pin } }`)).toEqual({
      text: "query ($literal0: [PIN!]!) {\n  citizens(pins: $literal0) {\n    pin\n  }\n}",
      variables: { literal0: [lan, hoa] },
    });
    expect(prepared(`{ citizens(pins: "${lan}") { pin } }`).variables).toEqual({ literal0: [lan] });
  });

  it("takes no name that the client's variables have, and no value that the client sends", () => {
    const query = `query ($literal0: PIN!) { a: citizen(pin: $literal0) { pin } b: citizen(pin: "${lan}") { pin } }`;
    const { text, variables } = prepared(query, undefined, { literal0: hoa, literal1: hoa });
    expect(text).toContain("query ($literal0: PIN!, $literal1: PIN!)");
    expect(variables).toEqual({ literal0: hoa, literal1: lan });
  });

  it("is one variable wherever it is the same, so that fields which GraphQL merges stay equal", () => {
    const { text, variables } = prepared(
      `{ citizen(pin: "${lan}") { pin } ...f } fragment f on Query { citizen(pin: "${lan}") { fullName } }`,
    );
    expect(text.match(/citizen\(pin: \$literal0\)/g)).toHaveLength(2);
    expect(variables).toEqual({ literal0: lan });
  });

  it("is declared by each operation of a document", () => {
    const query = `query A { ...f } query B { ...f } fragment f on Query { citizen(pin: "${lan}") { pin } }`;
    const { text, variables } = prepared(query, undefined, {}, "B");
    expect(text).toContain("query A($literal0: PIN!)");
    expect(text).toContain("query B($literal0: PIN!)");
    expect(variables).toEqual({ literal0: lan });
  });

  it("stays where planning depends on it, as the condition of @skip and @include", () => {
    const query = `{ citizen(pin: "${lan}") { pin fullName @include(if: false) sex @skip(if: true) } }`;
    const { text } = prepared(query);
    expect(text).toContain("@include(if: false)");
    expect(text).toContain("@skip(if: true)");
  });

  const open = preparationOf(
    composeFrom({
      a: `scalar Big input By { at: [Int!] big: Big }
          type Query { f(by: By, big: Big, n: Int, x: Float): String }`,
    }),
    true,
  );
  it.each([
    ["null", "n: null"],
    ["a list or an object with a variable in it", "by: {at: [1, $n]}"],
    ["a number for a scalar that JSON may not hold", "big: 12345678901234567890"],
    ["such a number deep in an object", "by: {big: 12345678901234567890}"],
    ["a number beyond JSON's", "x: 1e400"],
  ])("stays where it is %s", (_, argument) => {
    const given = argument.includes("$n") ? "($n: Int!) " : "";
    const { text } = prepared(`query ${given}{ f(${argument}) }`, open, { n: 2 });
    expect(text).toContain(`f(${argument})`);
  });

  it("means to a source what it meant, whatever its type", () => {
    const sdl = `
      enum Order { UP DOWN } scalar Any
      input By { order: Order = DOWN first: Int! tags: [String!] = ["none"] inner: By }
      type Query { echo(id: ID, ids: [ID], n: Int = 7, x: Float, yes: Boolean, order: Order, by: By, list: [[By!]], any: Any, text: String): String }`;
    const prepare = preparationOf(composeFrom({ a: sdl }), true);
    const schema = buildSchema(sdl);
    const rootValue = { echo: (values: object) => JSON.stringify(values) };
    const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(String);
    const text = fc.string({ unit: "grapheme" }).map((value) => JSON.stringify(value));
    const order = fc.constantFrom("UP", "DOWN");
    const { by } = fc.letrec<{ by: string }>((tie) => ({
      by: fc
        .record(
          {
            first: int,
            order,
            tags: fc.oneof(
              text,
              fc.array(text).map((all) => `[${all.join()}]`),
            ),
            inner: fc.option(tie("by"), { maxDepth: 2, nil: "null" }),
          },
          { requiredKeys: ["first"] },
        )
        .map(writeFields),
    }));
    const args = fc.record(
      {
        id: fc.oneof(int, text, fc.constant("12345678901234567890")),
        ids: fc.oneof(int, fc.array(fc.oneof(int, text, fc.constant("null"))).map(writeList)),
        n: int,
        x: fc.oneof(
          int,
          fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
        ),
        yes: fc.boolean().map(String),
        order,
        by,
        list: fc.oneof(by, fc.array(fc.array(by).map(writeList)).map(writeList)),
        any: fc.oneof(int, text, order, by),
        text,
      },
      { requiredKeys: ["id"] },
    );
    fc.assert(
      fc.property(args, (values) => {
        const query = `{ echo${writeFields(values).replace(/^\{(.*)\}$/s, "($1)")} }`;
        const { text: source, variables } = prepared(query, prepare);
        const asked = JSON.parse(JSON.stringify(variables)) as Record<string, unknown>;
        const lifted = graphqlSync({ schema, source, rootValue, variableValues: asked });
        expect(lifted).toEqual(graphqlSync({ schema, source: query, rootValue }));
        expect(lifted.errors).toBeUndefined();
      }),
    );
  });

  it("is refused by its own place where several are wrong", () => {
    const refused = preparationOf(published)(
      `{ a: citizen(pin: "1") { pin } b: citizen(pin: "${lan}") { pin } c: citizen(pin: "2") { pin } }`,
      undefined,
    );
    expect(refusalsOf(refused)).toMatchObject([
      { locations: [{ line: 1, column: 19 }] },
      { locations: [{ line: 1, column: expect.any(Number) }] },
    ]);
  });
});

const writeList = (items: readonly string[]) => `[${items.join()}]`;
const writeFields = (fields: Readonly<Record<string, string | null>>) =>
  `{${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join()}}`;
