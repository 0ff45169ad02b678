import { composeServices } from "@apollo/composition";
import { Supergraph } from "@apollo/federation-internals";
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readPolicyDirectives } from "../../../gateway/federation/policy-directives.ts";
import type { Grants } from "../../../gateway/policy/grants.ts";
import { published } from "../../support/supergraphs.ts";
import { askPrepared, refusedPaths, rulesOf } from "../policy/asking.ts";

/** A foreign supergraph, whose subgraphs import `imports` from Federation. */
function compose(imports: string, sdl: string): string {
  const { supergraphSdl, errors } = composeServices([
    {
      name: "library",
      url: "http://library.invalid",
      typeDefs: parse(
        `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", ${imports}]) ${sdl}`,
      ),
    },
  ]);
  if (supergraphSdl === undefined) throw new Error(errors?.join("\n"));
  return supergraphSdl;
}

const library = `
  type Query {
    open: String
    book: Book
    readers: [Reader!] @authenticated
    secret: Secret
    thing: Thing
    things: [Any!]
    level: Level
  }
  type Book implements Thing @key(fields: "id") {
    id: ID!
    lentTo: Reader @requiresScopes(scopes: [["loans:read", "people:read"], ["admin"]])
    note: String @policy(policies: [["staff"], ["owner", "adult"]]) @authenticated
  }
  type Reader { name: String }
  type Secret implements Thing @authenticated { id: ID! name: String }
  interface Thing { id: ID! }
  union Any = Book | Secret
  enum Level @requiresScopes(scopes: [["level"]]) { LOW HIGH }
`;
const plain = compose('"@authenticated", "@requiresScopes", "@policy"', library);
const renamed = compose(
  '{ name: "@authenticated", as: "@signedIn" }, { name: "@requiresScopes", as: "@scoped" }, { name: "@policy", as: "@held" }, "@shareable"',
  library
    .replaceAll("@authenticated", "@signedIn")
    .replaceAll("@requiresScopes", "@scoped")
    .replaceAll("@policy", "@held"),
);

const nobody = { authenticated: false };

describe.each([
  ["as they are called", plain],
  ["under other names", renamed],
])("The standard directives, %s,", (_how, sdl) => {
  const rules = rulesOf(sdl);
  const ask = (query: string, grants: Partial<Grants>) =>
    refusedPaths(askPrepared(query, { grants }, rules));

  it("are refused by Apollo's reader, and are not there for it", () => {
    expect(() => Supergraph.build(sdl)).toThrow("authenticated");
    const { sdl: without } = readPolicyDirectives(sdl, "x.graphql");
    expect(Supergraph.build(without).apiSchema().type("Secret")).toBeDefined();
    expect(without).not.toMatch(/authenticated|requiresScopes|signedIn|scoped|policy|held/i);
  });

  it("close a field to whoever shows no token", () => {
    expect(ask("{ open }", nobody)).toEqual([]);
    expect(ask("{ readers { name } }", nobody)).toEqual(["readers"]);
    expect(ask("{ readers { name } }", {})).toEqual([]);
  });

  it("close a field until one of the lists of scopes is held whole", () => {
    const lent = (...scopes: string[]) =>
      ask("{ book { id lentTo { name } } }", { scopes: new Set(scopes) });
    expect(lent()).toEqual(["book.lentTo"]);
    expect(lent("loans:read")).toEqual(["book.lentTo"]);
    expect(lent("loans:read", "people:read")).toEqual([]);
    expect(lent("admin")).toEqual([]);
    expect(ask("{ book { lentTo { name } } }", { ...nobody, scopes: new Set(["admin"]) })).toEqual([
      "book.lentTo",
    ]);
  });

  it("close a field until one of the lists of policies holds", () => {
    const note = (...policies: string[]) =>
      ask("{ book { note } }", { policies: new Set(policies) });
    expect(note()).toEqual(["book.note"]);
    expect(note("owner")).toEqual(["book.note"]);
    expect(note("owner", "adult")).toEqual([]);
    expect(note("staff")).toEqual([]);
  });

  it("close a type with all that leads to it, and each field on it", () => {
    expect(ask("{ secret { __typename } }", nobody)).toEqual(["secret"]);
    expect(ask("{ level }", {})).toEqual(["level"]);
    expect(ask("{ things { ... on Secret { name } } }", nobody)).toEqual(["things.name"]);
    expect(ask("{ things { ... on Secret { name } } }", {})).toEqual([]);
  });

  // Composition writes what any of its types requires onto the interface.
  it("close an interface where they close any of its types", () => {
    expect(ask("{ thing { id } }", nobody)).toEqual(["thing", "thing.id"]);
    expect(ask("{ thing { ... on Book { id } } }", nobody)).toEqual(["thing"]);
    expect(ask("{ thing { id } }", {})).toEqual([]);
  });

  it("are kept through aliases, fragments and conditions", () => {
    const query = `query ($x: Boolean!) { b: book { ...f @include(if: $x) } } fragment f on Book { n: note }`;
    const asked = (x: boolean) => refusedPaths(askPrepared(query, { variables: { x } }, rules));
    expect(asked(true)).toEqual(["b.n"]);
    expect(asked(false)).toEqual([]);
  });

  it("say what is missing", () => {
    expect(askPrepared("{ book { lentTo { name } } }", {}, rules)).toMatchObject({
      refusals: [
        {
          code: "FORBIDDEN",
          message:
            "Book.lentTo needs the scopes loans:read and people:read, or admin, which this request does not have.",
          details: { field: "Book.lentTo" },
        },
      ],
    });
  });
});

describe("A supergraph", () => {
  it("without standard directives is read as it stands", () => {
    const { sdl, requirements, policies } = readPolicyDirectives(published.sdl, "x.graphql");
    expect(sdl).toBe(published.sdl);
    expect(requirements.size).toBe(0);
    expect(policies?.size).toBeGreaterThan(100);
  });

  it("that links no policies of ours has none, whatever its own directives are called", () => {
    const foreign = published.sdl.replace(
      /@link\(url: "https:\/\/lien-thong.vn\/spec\/policy[^)]*\)/,
      "",
    );
    expect(readPolicyDirectives(foreign, "x.graphql").policies).toBeUndefined();
    expect(readPolicyDirectives(plain, "x.graphql").policies).toBeUndefined();
  });

  it("of others is open without a purpose", () => {
    const rights = askPrepared("{ open book { id } }", {}, rulesOf(plain));
    expect(rights).toEqual({ people: [], fields: [], thirdPartyFields: [], predicates: [] });
  });
});
