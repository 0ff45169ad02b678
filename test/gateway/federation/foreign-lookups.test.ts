import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { afterAll, expect, test } from "vitest";
import { startFederatedGateway } from "../../support/federated-gateway.ts";
import { healthy } from "../../support/faulty-source.ts";
import { startSubgraph } from "../../support/ministries.ts";

/** A library that knows nothing of `@lookup`. */
const library = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query {
    book(isbn: ID!): Book
    bookList(isbn: [ID!]!): [Book]!
    "Null means the reading room's."
    shelf(code: ID): Shelf
    "No list means all of them, and an empty one the reading room's."
    shelfList(code: [ID!]): [Shelf]
    drawer(label: ID! = "A"): Drawer
    reader(card: ID!): Reader
    opens: Int
  }
  type Book @key(fields: "isbn") { isbn: ID! title: String pages: Int }
  type Shelf @key(fields: "code") { code: ID! place: String }
  type Drawer @key(fields: "label") { label: ID! holds: String }
  type Reader @key(fields: "card", resolvable: false) { card: ID! name: String }
`);
const bookOf = ({ isbn }: { isbn: string | number }) => ({
  isbn,
  title: `Title ${typeof isbn} ${isbn}`,
  pages: 9,
});
const shelfOf = (code: string) => ({ code, place: `Place ${code}` });

const { source, close } = await startSubgraph(library, {
  Query: {
    book: (_: unknown, key: { isbn: string }) => bookOf(key),
    bookList: (_: unknown, { isbn }: { isbn: string[] }) =>
      isbn.map((one) => bookOf({ isbn: one })),
    shelf: (_: unknown, { code }: { code?: string }) => shelfOf(code ?? "reading room"),
    shelfList: (_: unknown, { code = ["a", "b"] }: { code?: string[] | null }) =>
      (code?.length ? code : ["reading room"]).map(shelfOf),
    drawer: (_: unknown, { label }: { label: string }) => ({ label, holds: `Things ${label}` }),
    reader: (_: unknown, { card }: { card: string }) => ({ card, name: `Reader ${card}` }),
    opens: () => 8,
  },
  Book: { __resolveReference: bookOf },
  Shelf: { __resolveReference: ({ code }: { code: string }) => shelfOf(code) },
  Drawer: {
    __resolveReference: ({ label }: { label: string }) => ({ label, holds: `Things ${label}` }),
  },
});
const { supergraphSdl } = composeServices([
  { name: "library", typeDefs: library, url: source.url },
]);
const gateway = await startFederatedGateway({
  sdl: supergraphSdl!,
  urls: { library: source.url },
  timeoutMs: 20_000,
});
afterAll(async () => {
  await gateway.close();
  await close();
});

/** What came of a query, and what the source was asked for it: rows of `_entities`, or root fields. */
async function ask(query: string, variables: Record<string, unknown> = {}) {
  source.requests.length = 0;
  const { data, errors, sources } = await gateway.ask(query, variables);
  const asked = source.requests.map(
    ({ query: text, variables: given }) =>
      given["representations"] ??
      [...text.matchAll(/\b(\w+List|book|shelf|drawer|reader|opens)\b/g)].map(([name]) => name),
  );
  return { data, errors, asked, records: sources[0]?.records };
}

test.each([
  ["literals", `{ book(isbn: 7) { title } bookList(isbn: [8, "9"]) { title } }`, {}],
  [
    "variables",
    `query ($one: ID!, $more: [ID!]!) { book(isbn: $one) { title } bookList(isbn: $more) { title } }`,
    { one: 7, more: [8, "9"] },
  ],
])(
  "an id that is given as a number is joined as the text that it means (%s)",
  async (_, query, variables) => {
    expect(await ask(query, variables)).toEqual({
      data: {
        book: { title: "Title string 7" },
        bookList: [{ title: "Title string 8" }, { title: "Title string 9" }],
      },
      errors: [],
      asked: [["7", "8", "9"].map((isbn) => ({ __typename: "Book", isbn }))],
      records: 3,
    });
  },
);

test("what null means as a key is left for the source to say", async () => {
  const room = { data: { shelf: { place: "Place reading room" } }, errors: [], asked: [["shelf"]] };
  expect(await ask(`{ shelf { place } }`)).toMatchObject(room);
  expect(await ask(`{ shelf(code: null) { place } }`)).toMatchObject({ ...room, records: 1 });
  expect(await ask(`query ($code: ID) { shelf(code: $code) { place } }`)).toMatchObject(room);
  expect(await ask(`{ shelf(code: "x") { place } }`)).toMatchObject({
    data: { shelf: { place: "Place x" } },
    asked: [["shelf"]],
  });
});

test("an error about what a null key means is told", async () => {
  source.fault = {
    kind: "edit",
    edit: () => ({ data: { shelf: null }, errors: [{ message: "no", path: ["shelf"] }] }),
  };
  const { data, errors } = await ask(`{ shelf { place } }`);
  source.fault = healthy;
  expect([data, errors.map(({ path }) => path)]).toEqual([{ shelf: null }, [["shelf"]]]);
});

test("what no list or an empty one means is left for the source to say, unless it must be given", async () => {
  const places = async (query: string) => {
    const { data, errors, asked } = await ask(query);
    return { places: data.shelfList.map(({ place }: { place: string }) => place), errors, asked };
  };
  expect(await places(`{ shelfList { place } }`)).toEqual({
    places: ["Place a", "Place b"],
    errors: [],
    asked: [["shelfList"]],
  });
  expect(await places(`{ shelfList(code: []) { place } }`)).toMatchObject({
    places: ["Place reading room"],
    errors: [],
  });
  expect(await ask(`{ bookList(isbn: []) { title } }`)).toEqual({
    data: { bookList: [] },
    errors: [],
    asked: [],
    records: undefined,
  });
});

test("an argument's default is the source's to fill in", async () => {
  expect(await ask(`{ drawer { holds } }`)).toMatchObject({
    data: { drawer: { holds: "Things A" } },
    errors: [],
    records: 1,
  });
  expect(await ask(`query ($l: ID) { drawer(label: $l) { holds } }`)).toMatchObject({
    data: { drawer: { holds: "Things A" } },
    errors: [],
  });
  expect(await ask(`{ drawer(label: "B") { holds } }`)).toMatchObject({
    data: { drawer: { holds: "Things B" } },
    errors: [],
  });
});

test("a look-up of what the source resolves by no key stays as it is", async () => {
  expect(await ask(`{ reader(card: 5) { name } opens book(isbn: 1) { title } }`)).toMatchObject({
    data: { reader: { name: "Reader 5" }, opens: 8, book: { title: "Title string 1" } },
    errors: [],
    records: 3,
  });
  expect(source.requests).toHaveLength(2);
});

test("look-ups under several names share a call, and nothing beside them is asked for", async () => {
  const { data, asked } = await ask(
    `{ __typename a: book(isbn: 1) { title } b: book(isbn: 2) { title } again: book(isbn: 1) { title } }`,
  );
  expect(data).toEqual({
    __typename: "Query",
    a: { title: "Title string 1" },
    b: { title: "Title string 2" },
    again: { title: "Title string 1" },
  });
  expect(asked).toEqual([["1", "2"].map((isbn) => ({ __typename: "Book", isbn }))]);
});

test.each([true, false])(
  "a look-up that stands twice is answered whole (included: %s)",
  async (more) => {
    const { data, errors } = await ask(
      `query ($more: Boolean!) {
       book(isbn: 1) { title }
       ... @include(if: $more) { book(isbn: 1) { pages } }
     }`,
      { more },
    );
    expect(errors).toEqual([]);
    expect(data.book).toEqual({ title: "Title string 1", ...(more && { pages: 9 }) });
  },
);

test("a source that has no terms with us is not told who asks", async () => {
  await ask(`{ book(isbn: 1) { title } opens }`);
  expect(source.requests.map((request) => Object.keys(request).toSorted())).toEqual([
    ["query", "variables"],
    ["query", "variables"],
  ]);
});
