import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { serveCountry, serveMiniature } from "../../support/miniature.ts";
import type { Miniature } from "../../support/miniature.ts";

const lan = "001199012345";
const other = "079088000001";

describe("an attacker who would have one ministry told a falsehood about another's answer", () => {
  let country: Readonly<Record<string, Miniature>>;
  let gateway: TestGateway;
  beforeAll(async () => {
    country = await serveCountry({
      [lan]: { fullName: other, otherNames: [other], currentPin: lan, formerPins: [] },
      [other]: { fullName: "Trần Văn Hòa", currentPin: other, formerPins: [] },
    });
    gateway = await startTestGateway(country);
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all(Object.values(country).map((sector) => sector.close()));
  });

  /** Everything that a sector was asked so far, as one text. */
  const toldTo = (sector: string) => JSON.stringify(country[sector]?.asked);

  it("cannot: what civil status gets is what population answered", async () => {
    const { json } = await gateway.ask({
      query: `{ a: citizen(pin: "${lan}") { ten: fullName maritalHistory { date } } }`,
    });
    expect(json.errors).toBeUndefined();
    expect(toldTo("civil-status")).toContain(`"currentPin":"${lan}"`);
    expect(toldTo("civil-status")).not.toContain(other);
  });

  it.each([
    ["the key", `citizen(pin: "${lan}") { pin: fullName maritalHistory { date } }`],
    ["a required field", `citizen(pin: "${lan}") { currentPin: fullName maritalHistory { date } }`],
    [
      "a required list",
      `citizen(pin: "${lan}") { formerPins: otherNames maritalHistory { date } }`,
    ],
    [
      "a required field, in a fragment of its own",
      `citizen(pin: "${lan}") { maritalHistory { date } ... on Citizen { currentPin: fullName } }`,
    ],
    [
      "the key of somebody further on",
      `citizen(pin: "${lan}") { father { pin: fullName healthInsurance { cardNumber } } }`,
    ],
    ["the type", `citizen(pin: "${lan}") { __typename: fullName enrolments { grade } }`],
  ])("is refused before anybody is asked, where he aliases %s", async (_, selection) => {
    const before = Object.values(country).map(({ asked }) => asked.length);
    const { status, json } = await gateway.ask({ query: `{ ${selection} }` });
    expect(status).toBe(400);
    expect(json).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    expect(Object.values(country).map(({ asked }) => asked.length)).toEqual(before);
  });

  it("is refused where his variable would take the place of the planner's", async () => {
    const { status } = await gateway.ask({
      query: `query($representations: [PIN!]!) { citizens(pins: $representations) { maritalHistory { date } } }`,
      variables: { representations: [lan] },
    });
    expect(status).toBe(400);
  });
});

describe("an attacker of an open gateway", () => {
  const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])`;
  const products = parse(`${link}
    type Query { product(upc: ID!): Product }
    type Product @key(fields: "upc") { upc: ID! weight: Int! price: Int! title: String name: String }`);
  const shipping = parse(`${link}
    type Product @key(fields: "upc") { upc: ID! weight: Int! @external cost: Int! @requires(fields: "weight") }`);
  const folder = mkdtempSync(join(tmpdir(), "open-"));
  let servers: Miniature[];
  let gateway: TestGateway;
  beforeAll(async () => {
    const table = { upc: "1", weight: 100, price: 1, title: "Bàn", name: "table" };
    servers = [
      await serveMiniature(products, {
        Query: { product: () => table },
        Product: { __resolveReference: () => table },
      }),
      await serveMiniature(shipping, { Product: { cost: ({ weight }) => weight * 2 } }),
    ];
    const { supergraphSdl = "" } = composeServices([
      { name: "products", url: servers[0]?.url ?? "", typeDefs: products },
      { name: "shipping", url: servers[1]?.url ?? "", typeDefs: shipping },
    ]);
    const supergraph = join(folder, "supergraph.graphql");
    writeFileSync(supergraph, supergraphSdl);
    gateway = await startTestGateway({}, {}, { supergraph, open: true });
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all(servers.map((server) => server.close()));
    rmSync(folder, { recursive: true });
  });

  it("cannot lower the cost of shipping by naming the price a weight", async () => {
    const attack = await gateway.ask({ query: `{ product(upc: 1) { weight: price cost } }` });
    expect(attack.status).toBe(400);
    expect(attack.json.errors?.[0]?.message).toContain("Product.weight");
  });

  it("leaves honest clients the aliases that they long have, even other fields' names", async () => {
    const { json } = await gateway.ask({
      query: `{ product(upc: 1) { title: name kilos: weight cost } }`,
    });
    expect(json).toMatchObject({
      data: { product: { title: "table", kilos: 100, cost: 200 } },
    });
  });
});
