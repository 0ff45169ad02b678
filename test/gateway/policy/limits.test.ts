import fc from "fast-check";
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../../gateway/config.ts";
import { findExcess, findTextExcess, measureOperations } from "../../../gateway/policy/limits.ts";

const { limits } = readConfig({}, { open: true });

const measure = (query: string) => measureOperations(parse(query))[0];

describe("what an operation costs", () => {
  it("counts levels, aliases and fields through fragments, each use of one", () => {
    const query = `
      query { a: citizen { ...name spouse { ...name } } citizen { ... on Citizen { pin } } }
      fragment name on Citizen { n: fullName other { x } }`;
    expect(measure(query)).toEqual({ depth: 4, aliases: 3, rootFields: 2, fields: 10 });
  });

  it("is finite where fragments use themselves or are missing", () => {
    expect(
      measure("{ a { ...f } } fragment f on T { b { ...g } } fragment g on T { c { ...f } }"),
    ).toEqual({ depth: 3, aliases: 0, rootFields: 1, fields: 3 });
    expect(measure("{ ...nowhere }")).toEqual({ depth: 0, aliases: 0, rootFields: 0, fields: 0 });
  });

  it("is measured in the time of reading, however often fragments multiply", () => {
    const doubling = Array.from(
      { length: 40 },
      (_, i) => `fragment f${i} on T { ...f${i + 1} ...f${i + 1} }`,
    ).join(" ");
    const cost = measure(`{ ...f0 } ${doubling} fragment f40 on T { a }`);
    expect(cost?.fields).toBe(2 ** 40);
    expect(findExcess(parse(`{ ...f0 } ${doubling} fragment f40 on T { a }`), limits)?.limit).toBe(
      limits.rootFields,
    );
  });

  it("is the same written out as through a fragment", () => {
    const selection = fc.letrec<{ field: string; set: string }>((tie) => ({
      field: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("pin", "a: fullName", "sex"),
        tie("set").map((set) => `spouse ${set}`),
      ),
      set: fc
        .array(tie("field"), { minLength: 1, maxLength: 3 })
        .map((fields) => `{ ${fields.join(" ")} }`),
    })).set;
    fc.assert(
      fc.property(selection, (set) => {
        const inFragment = measure(`{ citizen { ...f } } fragment f on Citizen ${set}`);
        expect(inFragment).toEqual(measure(`{ citizen ${set} }`));
      }),
    );
  });
});

describe("the limits", () => {
  it.each([
    ["depth", `{ ${"a { ".repeat(50)} b ${"}".repeat(50)} }`, 51, "51 levels of fields"],
    ["rootFields", `{ ${"citizen ".repeat(21)} }`, 21, "21 fields at its root"],
    [
      "aliases",
      `{ citizen { ${Array.from({ length: 201 }, (_, i) => `a${i}: pin`).join(" ")} } }`,
      201,
      "201 aliases",
    ],
    ["fields", `{ citizen { ${"pin ".repeat(2000)} } }`, 2001, "2001 fields"],
  ] as const)("hold %s", (limit, query, cost, words) => {
    expect(findExcess(parse(query), limits)).toMatchObject({
      limit: limits[limit],
      cost,
      message: expect.stringContaining(`${words}; at most ${limits[limit]} are allowed.`),
    });
  });

  it("hold the text in bytes, not in characters", () => {
    expect(findTextExcess("a".repeat(65_536), limits)).toBeUndefined();
    expect(findTextExcess("a".repeat(65_537), limits)).toMatchObject({ cost: 65_537 });
    expect(findTextExcess("ế".repeat(21_846), limits)).toMatchObject({ cost: 65_538 });
  });

  it("let everyday queries pass", () => {
    const query = `{ citizen(pin: "1") { pin residences { unit { province { name } } } } }`;
    expect(findExcess(parse(query), limits)).toBeUndefined();
  });
});
