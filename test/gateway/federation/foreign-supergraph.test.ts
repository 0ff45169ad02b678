import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startFederatedGateway } from "../../support/federated-gateway.ts";
import type { FederatedGateway } from "../../support/federated-gateway.ts";
import { editRows, healthy } from "../../support/faulty-source.ts";
import { startShop } from "../../support/shop.ts";

type Shop = Awaited<ReturnType<typeof startShop>>;
let shop: Shop;
let gateway: FederatedGateway;
beforeAll(async () => {
  shop = await startShop();
  gateway = await startFederatedGateway({ sdl: shop.sdl, urls: shop.urls, timeoutMs: 20_000 });
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
});
afterEach(() => {
  for (const source of Object.values(shop.sources)) source.fault = healthy;
});

const search = `{ search { __typename ... on Product { name inStock area } ... on Store { label: name open } } }`;

describe("a supergraph that is not ours", () => {
  test("answers by composite keys, a union and a nested @requires", async () => {
    const { data, errors } = await gateway.ask(search);
    expect(errors).toEqual([]);
    expect(data.search).toEqual([
      { __typename: "Product", name: "Chair", inStock: 1, area: 6 },
      { __typename: "Store", label: "Corner", open: true },
      { __typename: "Product", name: "Table", inStock: 2, area: 35 },
    ]);
  });

  test("tells rows with one id and two organisations apart by the whole composite key", async () => {
    shop.sources.stock.fault = editRows((rows) => rows.toReversed());
    const { data, errors } = await gateway.ask(search);
    expect(data.search).toEqual([
      { __typename: "Product", name: "Chair", inStock: null, area: null },
      { __typename: "Store", label: "Corner", open: true },
      { __typename: "Product", name: "Table", inStock: null, area: null },
    ]);
    expect(errors.map(({ path }) => path?.join("."))).toEqual([
      "search.0.inStock",
      "search.0.area",
      "search.2.inStock",
      "search.2.area",
    ]);
  });

  test("files an error of a list of mixed types at the row that it is about", async () => {
    // The store between the products is no row of this fetch: places here and there differ.
    shop.sources.stock.fault = {
      kind: "edit",
      edit: ({ data }) => ({
        data: {
          _entities: (data!["_entities"] as object[]).map((row, at) =>
            at === 1 ? { ...row, inStock: null } : row,
          ),
        },
        errors: [{ message: "no", path: ["_entities", 1, "inStock"] }],
      }),
    };
    const { data, errors } = await gateway.ask(`{ search { ... on Product { name inStock } } }`);
    expect(data.search).toEqual([
      { name: "Chair", inStock: 1 },
      {},
      { name: "Table", inStock: null },
    ]);
    expect(errors.map(({ path }) => path)).toEqual([["search", 2, "inStock"]]);
  });

  test("answers through an interface object, and finds the concrete type", async () => {
    const { data, errors } = await gateway.ask(
      `{ bestThing { __typename tag name stars } things { tag stars } }`,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      bestThing: { __typename: "Product", tag: "u2", name: "Table", stars: 5 },
      things: [
        { tag: "u1", stars: 4 },
        { tag: "u2", stars: 5 },
        { tag: "s1", stars: 5 },
      ],
    });
  });

  test("loses an interface object's fields at each thing", async () => {
    shop.sources.ratings.fault = { kind: "reset" };
    const { data, errors } = await gateway.ask(`{ things { name stars } }`);
    expect(data.things[2]).toEqual({ name: "Corner", stars: null });
    expect(errors.map(({ path }) => path)).toEqual([0, 1, 2].map((at) => ["things", at, "stars"]));
  });

  test("asks nobody by a key that there is not, and that is no loss", async () => {
    const { data, errors } = await gateway.ask(`{ reviews { product { upc inStock } } }`);
    expect(data.reviews).toEqual([
      { product: { upc: "u2", inStock: 2 } },
      { product: { upc: "gone", inStock: null } },
    ]);
    expect(errors).toEqual([]);
    expect(shop.sources.stock.requests.at(-1)!.variables["representations"]).toHaveLength(1);
  });

  test("asks no source for a key that it names as another's", async () => {
    const { data, errors } = await gateway.ask(`{ product(upc: "u1") { maker { email rank } } }`);
    expect([data.product.maker, errors]).toEqual([{ email: "mai@shop", rank: 1 }, []]);
  });

  test("reads by the variables' defaults what a source includes by them", async () => {
    const { data } = await gateway.ask(
      `query ($more: Boolean = true) { search { ... on Product { size @include(if: $more) { width } name @skip(if: $more) } } }`,
    );
    expect(data.search[0]).toEqual({ size: { width: 2 } });
  });

  test("asks nobody by a key that was lost, and tells whose loss that was", async () => {
    shop.sources.catalog.fault = { kind: "reset" };
    const before = shop.sources.stock.requests.length;
    const { data, errors } = await gateway.ask(`{ reviews { text product { upc inStock } } }`);
    expect(data.reviews[0]).toEqual({ text: "Fine", product: { upc: "u2", inStock: null } });
    expect(errors[0]).toMatchObject({
      path: ["reviews", 0, "product", "inStock"],
      extensions: { code: "SOURCE_UNAVAILABLE", source: "catalog" },
    });
    expect(shop.sources.stock.requests.length).toBe(before);
  });

  test("keeps what one source knows of an object when the other one that answers it is gone", async () => {
    shop.sources.catalog.fault = { kind: "reset" };
    const { data, errors } = await gateway.ask(`{ me { catalogName stockName } }`);
    expect(data.me).toEqual({ catalogName: null, stockName: "Mai of the stock" });
    expect(errors.map(({ path }) => path)).toEqual([["me", "catalogName"]]);
  });

  test("loses a list that must not be null with its root, in one error", async () => {
    shop.sources.catalog.fault = { kind: "reset" };
    const { status, data, errors } = await gateway.ask(search);
    expect([status, data]).toEqual([200, null]);
    expect(errors.map(({ path }) => path)).toEqual([["search"]]);
  });

  test("lets every source say that there is nothing by a null row, as Federation does", async () => {
    shop.sources.stock.fault = editRows((rows) => rows.map(() => null));
    const { data, errors } = await gateway.ask(`{ product(upc: "u1") { name inStock } }`);
    expect([data.product, errors]).toEqual([{ name: "Chair", inStock: null }, []]);
  });

  test("sends a mutation once, and tells its loss", async () => {
    const done = await gateway.ask(`mutation { rename(upc: "u2", name: "Desk") { name inStock } }`);
    expect(done.data).toEqual({ rename: { name: "Desk", inStock: 2 } });
    shop.sources.catalog.fault = { kind: "reset" };
    const before = shop.sources.catalog.requests.length;
    const lost = await gateway.ask(`mutation { rename(upc: "u2", name: "Desk") { name inStock } }`);
    expect(lost.data).toEqual({ rename: null });
    expect(lost.errors.map(({ path }) => path)).toEqual([["rename"]]);
    expect(shop.sources.catalog.requests.length).toBe(before + 1);
  });

  test("answers introspection without asking anybody", async () => {
    const { data, sources } = await gateway.ask(`{ __schema { queryType { name } } __typename }`);
    expect(data).toEqual({ __schema: { queryType: { name: "Query" } }, __typename: "Query" });
    expect(sources).toEqual([]);
  });

  test("refuses variables of the wrong type before anybody is asked", async () => {
    const before = shop.sources.catalog.requests.length;
    const { status, errors } = await gateway.ask(
      `query ($upc: ID!) { product(upc: $upc) { name } }`,
      {
        upc: { not: "an id" },
      },
    );
    expect(status).toBe(400);
    expect(errors[0]!.extensions["code"]).toBe("BAD_USER_INPUT");
    expect(shop.sources.catalog.requests.length).toBe(before);
  });
});
