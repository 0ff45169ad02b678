import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { readSupergraph } from "../../../gateway/federation/supergraph.ts";

const ours = readFileSync("schema/supergraph.graphql", "utf8");

function compose(...sdls: string[]): string {
  const { supergraphSdl, errors } = composeServices(
    sdls.map((sdl, index) => ({
      name: `s${index}`,
      url: `http://localhost:${4000 + index}/graphql`,
      typeDefs: parse(
        `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@provides", "@shareable"]) ${sdl}`,
      ),
    })),
  );
  if (supergraphSdl === undefined) throw new Error(String(errors));
  return supergraphSdl;
}

describe("the supergraph of the agreement", () => {
  const supergraph = readSupergraph(ours, "schema/supergraph.graphql");

  test("names each source with its URL and the key that it resolves citizens by", () => {
    expect(
      [...supergraph.sources.values()].map(({ name, url, keys }) => [
        name,
        url,
        keys.get("Citizen")?.map(({ text }) => text),
      ]),
    ).toEqual([
      ["civil-status", "http://localhost:4002/graphql", ["pin"]],
      ["education", "http://localhost:4004/graphql", ["pin"]],
      ["health-insurance", "http://localhost:4003/graphql", ["pin"]],
      ["population", "http://localhost:4001/graphql", ["pin"]],
    ]);
  });

  test("knows which fields a source finds by what another answered", () => {
    const { requiredFields } = supergraph.sources.get("education")!;
    expect(requiredFields).toEqual(
      new Map(
        ["Citizen.enrolments", "Citizen.pupilCode"].map((field) => [
          field,
          new Set(["currentPin", "formerPins"]),
        ]),
      ),
    );
    expect(supergraph.sources.get("population")!.requiredFields).toEqual(new Map());
  });

  test("has its look-ups by @lookup", () => {
    expect(supergraph.declaresLookups).toBe(true);
    const lookup = { type: "Citizen", key: "pin", source: "population" };
    expect([...supergraph.lookups.values()]).toEqual([
      { field: "citizen", argument: "pin", list: false, ...lookup },
      { field: "citizens", argument: "pins", list: true, ...lookup },
    ]);
  });

  test("knows which fields one source is told as another answered them", () => {
    expect(Object.fromEntries(supergraph.fieldsBetweenSources)).toEqual({
      Citizen: new Set(["pin", "currentPin", "formerPins"]),
    });
  });
});

describe("a foreign supergraph", () => {
  test("has the look-ups whose only argument is the single key of what they return", () => {
    const { lookups, declaresLookups } = readSupergraph(
      compose(
        `type Query { user(id: ID!): User users(id: [ID!]!): [User] byName(name: String!): User two(id: ID!, x: Int): User tool(id: ID!): Tool }
         type User @key(fields: "id") { id: ID! name: String }
         type Tool @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! }`,
      ),
      "x.graphql",
    );
    expect(declaresLookups).toBe(false);
    expect([...lookups.keys()]).toEqual(["user", "users"]);
  });

  test("has no look-up where two sources answer the field: nobody knows which is asked", () => {
    const sdl = `type Query { user(id: ID!): User @shareable } type User @key(fields: "id") { id: ID! name: String @shareable }`;
    expect(readSupergraph(compose(sdl, sdl), "x.graphql").lookups.size).toBe(0);
  });

  test("tells the fields of composite keys, nested @requires and @provides apart by type", () => {
    const supergraph = readSupergraph(
      compose(
        `type Query { a: A } type A @key(fields: "id org { code }") { id: ID! org: Org! size: Size }
         type Org { code: ID! @shareable title: String } type Size { width: Int depth: Int }`,
        `type A @key(fields: "id org { code }") { id: ID! org: Org! size: Size @external area: Int @requires(fields: "size { width }") }
         type Org { code: ID! @shareable } type Size @external { width: Int }`,
      ),
      "x.graphql",
    );
    expect(Object.fromEntries(supergraph.fieldsBetweenSources)).toEqual({
      A: new Set(["id", "org", "size"]),
      Org: new Set(["code"]),
      Size: new Set(["width"]),
    });
  });
});

describe("a file that is no supergraph is refused with a sentence that names it", () => {
  test.each([
    [
      "text that does not parse",
      "type Query {",
      /^x\.graphql is not a GraphQL schema: Syntax Error/,
    ],
    ["an empty file", "", /^x\.graphql is not a GraphQL schema/],
    [
      "a plain schema",
      "type Query { a: Int }",
      /^x\.graphql is not a Federation 2 supergraph: .*core schema/,
    ],
    [
      "a supergraph with a type that nobody defines",
      ours.replace("birthDate: PartialDate", "birthDate: Nowhere"),
      /^x\.graphql is not a Federation 2 supergraph: .*Nowhere/,
    ],
    [
      "a look-up by a key that the citizen has not",
      ours.replace('@lookup(key: "pin")', '@lookup(key: "number")'),
      /^x\.graphql has a look-up that cannot be one: Query\.citizen bears @lookup\(key: "number"\)/,
    ],
  ])("%s", (_, sdl, sentence) => {
    expect(() => readSupergraph(sdl, "x.graphql")).toThrow(sentence);
  });
});
