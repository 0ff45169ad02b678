import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import type { FaultySource } from "./faulty-source.ts";
import { startSubgraph } from "./ministries.ts";

/** A supergraph that has nothing to do with citizens, with what ours has not: see each type. */
const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@requires", "@external", "@shareable", "@interfaceObject", "@inaccessible"])`;

const products = [
  {
    id: "p1",
    upc: "u1",
    org: { id: "o1", name: "One" },
    name: "Chair",
    size: { width: 2, depth: 3 },
  },
  {
    id: "p1",
    upc: "u2",
    org: { id: "o2", name: "Two" },
    name: "Table",
    size: { width: 5, depth: 7 },
  },
];
const stores = [{ code: "s1", name: "Corner" }];
const productOf = (wanted: { upc?: string; id?: string; org?: { id: string } }) =>
  products.find((product) =>
    wanted.upc === undefined
      ? product.id === wanted.id && product.org.id === wanted.org?.id
      : product.upc === wanted.upc,
  ) ?? null;

const subgraphs = {
  catalog: {
    sdl: `${link}
      type Query {
        product(upc: ID!): Product
        search: [Found!]!
        things: [Thing!]
        me: Me @shareable
      }
      type Mutation { rename(upc: ID!, name: String!): Product }
      union Found = Product | Store
      interface Thing @key(fields: "tag") { tag: ID! name: String }
      type Product implements Thing @key(fields: "upc") @key(fields: "id org { id }") @key(fields: "tag") {
        upc: ID! tag: ID! id: ID! org: Org! name: String size: Size maker: Maker
      }
      type Maker @key(fields: "email") { email: String! }
      type Store implements Thing @key(fields: "code") @key(fields: "tag") { code: Int! tag: ID! name: String }
      type Org { id: ID! name: String @shareable }
      type Size { width: Int! depth: Int! }
      type Me { id: ID @shareable catalogName: String }`,
    resolvers: {
      Query: {
        product: (_: unknown, { upc }: { upc: string }) => productOf({ upc }),
        search: () => [products[0], stores[0], products[1]],
        things: () => [...products, ...stores],
        me: () => ({ id: "me", catalogName: "Mai of the catalog" }),
      },
      Mutation: {
        rename: (_: unknown, { upc, name }: { upc: string; name: string }) => ({
          ...productOf({ upc }),
          name,
        }),
      },
      Found: { __resolveType: (found: object) => ("upc" in found ? "Product" : "Store") },
      Thing: {
        __resolveType: (thing: object) => ("upc" in thing ? "Product" : "Store"),
        __resolveReference: ({ tag }: { tag: string }) =>
          productOf({ upc: tag }) ?? stores.find(({ code }) => code === tag),
      },
      Product: {
        __resolveReference: (reference: object) => productOf(reference),
        tag: ({ upc }: { upc: string }) => upc,
        maker: () => ({ email: "mai@shop" }),
      },
      Store: { tag: ({ code }: { code: string }) => code, code: () => 1 },
    },
  },
  stock: {
    sdl: `${link}
      type Product @key(fields: "id org { id }") {
        id: ID! org: Org! size: Size @external
        inStock: Int
        area: Int @requires(fields: "size { width depth }")
      }
      type Org { id: ID! @shareable }
      type Size @external { width: Int! depth: Int! }
      type Store @key(fields: "code") { code: Int! open: Boolean }
      type Maker @key(fields: "email") { email: String! @external rank: Int }
      type Query { me: Me @shareable }
      type Me { id: ID @shareable stockName: String }`,
    resolvers: {
      Query: { me: () => ({ id: "me", stockName: "Mai of the stock" }) },
      Product: {
        __resolveReference: (reference: object) => reference,
        inStock: ({ org }: { org: { id: string } }) => (org.id === "o1" ? 1 : 2),
        area: ({ size }: { size: { width: number; depth: number } | null }) =>
          size ? size.width * size.depth : null,
      },
      Store: { __resolveReference: (reference: object) => reference, open: () => true },
      // Says nothing of the key, which is another source's.
      Maker: { __resolveReference: () => ({ rank: 1 }) },
    },
  },
  ratings: {
    sdl: `${link}
      type Thing @key(fields: "tag") @interfaceObject { tag: ID! stars: Int }
      type Query { bestThing: Thing }`,
    resolvers: {
      Query: { bestThing: () => ({ tag: "u2" }) },
      Thing: {
        __resolveReference: (reference: object) => reference,
        stars: ({ tag }: { tag: string }) => (tag === "u1" ? 4 : 5),
      },
    },
  },
  reviews: {
    sdl: `${link}
      type Query { reviews: [Review!] }
      type Review { text: String product: Product }
      type Product @key(fields: "upc", resolvable: false) { upc: ID! }`,
    resolvers: {
      Query: { reviews: () => ["u2", "gone"].map((upc) => ({ text: "Fine", product: { upc } })) },
    },
  },
} as const;

type ShopSource = keyof typeof subgraphs;

/** Starts it: four subgraphs over HTTP, each behind a server that can misbehave. */
export async function startShop(): Promise<{
  readonly sdl: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly sources: Readonly<Record<ShopSource, FaultySource>>;
  close(): Promise<void>;
}> {
  const started = await Promise.all(
    Object.entries(subgraphs).map(async ([name, { sdl, resolvers }]) => ({
      name,
      typeDefs: parse(sdl),
      ...(await startSubgraph(parse(sdl), resolvers)),
    })),
  );
  const { supergraphSdl, errors } = composeServices(
    started.map(({ name, typeDefs, source }) => ({ name, typeDefs, url: source.url })),
  );
  if (supergraphSdl === undefined) throw new Error(String(errors));
  return {
    sdl: supergraphSdl,
    urls: Object.fromEntries(started.map(({ name, source }) => [name, source.url])),
    sources: Object.fromEntries(started.map(({ name, source }) => [name, source])) as Record<
      ShopSource,
      FaultySource
    >,
    async close() {
      await Promise.all(started.map(({ close }) => close()));
    },
  };
}
