import fc from "fast-check";
import { Kind, buildSchema, execute, isObjectType, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { completeAnswer, gatherTree } from "../../../gateway/federation/complete.ts";
import { shapeObject } from "../../../gateway/source/shape.ts";

const schema = buildSchema(`
  type Query { named: Named! thing: Thing things: [Thing!] rows: [[Thing]!] }
  interface Named { name: String! other: Named }
  type Thing implements Named { name: String! other: Named kind: Kind count: Int! within: Thing! }
  type Place implements Named { name: String! other: Named codes: [ID!]! }
  enum Kind { OLD NEW }
`);

function complete(
  query: string,
  gathered: object,
  variables: Readonly<Record<string, unknown>> = {},
) {
  const document = parse(query);
  const [operation] = document.definitions;
  const root = schema.getQueryType();
  if (operation?.kind !== Kind.OPERATION_DEFINITION || !isObjectType(root)) throw new Error(query);
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  const shape = shapeObject(root, [{ selectionSet: operation.selectionSet, guard: undefined }], {
    schema,
    sharedFields: new Set(),
    fragments,
  });
  return completeAnswer(shape, gathered as Record<string, unknown>, variables);
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Fields of an object, each by one response key for what it means, so that any two can be merged. */
const selection = fc.letrec<{ named: string; thing: string }>((tie) => {
  const of = (own: readonly string[], inner: readonly (readonly [string, "named" | "thing"])[]) =>
    fc
      .tuple(
        fc.array(fc.constantFrom(...own), { minLength: 1, maxLength: 4 }),
        ...inner.map(([field, kind]) =>
          fc.option(
            tie(kind).map((fields) => `${field} { ${fields} }`),
            { nil: "" },
          ),
        ),
      )
      .map(([leaves, ...objects]) => [...leaves, ...objects].join(" "));
  return {
    named: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constant("__typename name"),
      of(
        [
          "name",
          "__typename",
          "called: name",
          "... on Thing { count }",
          "... on Thing { kind called: name }",
          "... on Place { codes }",
          "... on Place @include(if: $yes) { name }",
          "...place",
        ],
        [["other", "named"]],
      ),
    ),
    thing: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constant("count"),
      of(
        [
          "name",
          "kind",
          "count",
          "count @skip(if: $yes)",
          "kind @include(if: $yes)",
          "type: __typename",
        ],
        [
          ["other", "named"],
          ["within", "thing"],
          ["inner: within", "thing"],
        ],
      ),
    ),
  };
});

const query = fc
  .array(
    fc.oneof(
      selection.named.map((fields) => `named { ${fields} }`),
      selection.thing.map((fields) => `thing { ${fields} }`),
      selection.thing.map((fields) => `things { ${fields} }`),
      selection.thing.map((fields) => `rows { ${fields} }`),
      fc.constant("__typename"),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(
    (fields) =>
      `query($yes: Boolean!) { ${fields.join(" ")} } fragment place on Place { codes name }`,
  );

/** What sources may have gathered: by response key, with nulls and gaps wherever it pleases them. */
const tree = fc.letrec<{ thing: unknown; place: unknown; named: unknown }>((tie) => {
  const or = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 6, nil: null });
  const common = { name: or(fc.constant("a")), called: or(fc.constant("b")), other: tie("named") };
  const thing = fc.record(
    {
      __typename: fc.constant("Thing"),
      ...common,
      kind: or(fc.constantFrom("OLD", "NEW", "BROKEN")),
      count: or(fc.integer({ min: 0, max: 9 })),
      within: tie("thing"),
      inner: tie("thing"),
    },
    { requiredKeys: ["__typename", "name", "count"] },
  );
  const place = fc.record(
    {
      __typename: fc.constant("Place"),
      ...common,
      codes: or(fc.array(or(fc.constant("00004")), { maxLength: 2 })),
    },
    { requiredKeys: ["__typename", "name", "codes"] },
  );
  return {
    thing: fc.oneof({ maxDepth: 3 }, fc.constant(null), thing, thing),
    place: fc.oneof({ maxDepth: 3 }, fc.constant(null), place, place),
    named: fc.oneof({ maxDepth: 3 }, fc.constant(null), tie("thing"), tie("place")),
  };
});
const gathered = fc.record({
  named: tree.named,
  thing: tree.thing,
  things: fc.option(fc.array(tree.thing, { maxLength: 3 })),
  rows: fc.option(fc.array(fc.option(fc.array(tree.thing, { maxLength: 2 })), { maxLength: 2 })),
});

test("an answer is completed as the reference implementation completes it, whatever came and was asked", () => {
  let misfits = 0;
  fc.assert(
    fc.property(query, gathered, fc.boolean(), (text, rows, yes) => {
      const document = parse(text);
      fc.pre(validate(schema, document).every(({ message }) => /never used/.test(message)));
      const expected = execute({
        schema,
        document,
        rootValue: rows,
        variableValues: { yes },
        fieldResolver: (source: Record<string, unknown>, _args, _context, { path }) =>
          source[path.key],
        typeResolver: (value) => (value as { __typename: string }).__typename,
      }) as { data: unknown; errors?: unknown[] };
      const answer = complete(text, rows, { yes });
      // Not by their order: a field that is left out where it stands first still keeps its place here.
      expect(asJson(answer.data)).toEqual(asJson(expected.data));
      expect(answer.misfits.length > 0).toBe((expected.errors ?? []).length > 0);
      misfits += answer.misfits.length;
    }),
    { numRuns: 500 },
  );
  expect(misfits).toBeGreaterThan(50);
});

test("fields stand in the order in which they were asked for", () => {
  const { data } = complete(
    "{ thing { name ...counted kind } } fragment counted on Thing { count }",
    {
      thing: { kind: "NEW", count: 1, name: "a" },
    },
  );
  expect(JSON.stringify(data)).toBe('{"thing":{"name":"a","count":1,"kind":"NEW"}}');
});

describe("what does not fit", () => {
  test("is told once, at the place where it was found", () => {
    const answer = complete("{ thing { within { within { name } } } }", {
      thing: { within: { within: { name: null } } },
    });
    expect(answer).toEqual({
      data: { thing: null },
      misfits: [{ path: ["thing", "within", "within", "name"] }],
    });
  });

  test("takes the whole answer away where nothing above it may be null", () => {
    expect(complete("{ named { name } thing { count } }", { thing: { count: 1 } })).toEqual({
      data: null,
      misfits: [{ path: ["named"] }],
    });
  });

  test.each([
    ["a list for an object", { thing: [] }],
    ["a text for an object", { thing: "x" }],
    ["an object for a list", { things: {} }],
  ])("may be %s", (_, rows) => {
    const [key] = Object.keys(rows);
    const { data, misfits } = complete(`{ ${key} { count } }`, rows);
    expect({ data, misfits }).toEqual({ data: { [key!]: null }, misfits: [{ path: [key] }] });
  });

  test("may be an object of a type that the schema has not", () => {
    const { data, misfits } = complete("{ thing { other { name } } }", {
      thing: { other: { __typename: "Ship", name: "a" } },
    });
    expect({ data, misfits }).toEqual({
      data: { thing: { other: null } },
      misfits: [{ path: ["thing", "other"] }],
    });
  });
});

test("fields that a source was asked for between sources, and marks of what was lost, stay inside", () => {
  const { data } = complete("{ thing { count } }", {
    thing: { __typename: "Thing", count: 1, pin: "001199012345", "@lost": { 0: true } },
  });
  expect(JSON.stringify(data)).toBe('{"thing":{"count":1}}');
});

describe("the tree that hangs on what several fetches at the root answered", () => {
  test("is one root where there was one fetch", () => {
    const root = { thing: {} };
    expect(gatherTree([root])).toBe(root);
    expect(gatherTree([])).toEqual({});
  });

  test("goes on with the first object of a field, into which the executor merged the others", () => {
    const first = { count: 1 };
    const list = [{ count: 1 }];
    const tree = gatherTree([
      { thing: first, things: list, named: null },
      { thing: { name: "a" }, things: [{ name: "a" }], named: { name: "b" } },
      { things: [{ count: 1 }, { count: 2 }] },
    ]);
    expect(tree["thing"]).toBe(first);
    expect(tree["things"]).toEqual([{ count: 1 }, { count: 2 }]);
    expect(tree["named"]).toEqual({ name: "b" });
    expect(gatherTree([{ things: list }, { things: [{ name: "a" }] }])["things"]).toBe(list);
  });
});
