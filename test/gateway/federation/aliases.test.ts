import { describe, expect, it } from "vitest";
import { composeFrom, preparationOf, published, refusalsOf } from "../../support/supergraphs.ts";

const prepare = preparationOf(published);
const messages = (query: string) => refusalsOf(prepare(query, undefined)).map((e) => e.message);
const pin = `pin: "001099012345"`;

describe("an alias that would falsify what another ministry is told", () => {
  it.each([
    ["a name sent as the sex", `{ citizen(${pin}) { sex: fullName } }`, "Citizen.sex"],
    ["a name sent as the key", `{ citizen(${pin}) { pin: fullName } }`, "Citizen.pin"],
    [
      "a name sent as a required field",
      `{ citizen(${pin}) { formerPins: otherNames maritalHistory { date } } }`,
      "Citizen.formerPins",
    ],
    [
      "an address as a day",
      `{ citizen(${pin}) { residences { from: address } } }`,
      "Residence.from",
    ],
    [
      "through a fragment",
      `{ citizen(${pin}) { ...f } } fragment f on Citizen { currentPin: fullName }`,
      "Citizen.currentPin",
    ],
    [
      "on an interface, where only one of its types has the field",
      `{ citizen(${pin}) { maritalHistory { judgment: spouseName } } }`,
      "Annulment.judgment",
    ],
  ])("is refused: %s", (_, query, field) => {
    const [message, ...more] = messages(query);
    expect(more).toEqual([]);
    expect(message).toMatch(/^The alias "\w+" of [\w.]+ is the name of another field, /);
    expect(message).toContain(`${field}, which sources may be told; choose another alias.`);
  });

  it("is refused where it begins as GraphQL's own names do", () => {
    expect(messages(`{ citizen(${pin}) { __typename: fullName } }`)).toEqual([
      `The alias "__typename" of Citizen.fullName is a name of GraphQL itself; choose another alias.`,
    ]);
  });

  it("says where, by code, line and column", () => {
    const [error] = refusalsOf(prepare(`{ citizen(${pin}) {\n  sex: fullName } }`, undefined));
    expect(error).toMatchObject({
      locations: [{ line: 2, column: 3 }],
      extensions: { code: "BAD_USER_INPUT", alias: "sex", field: "Citizen.fullName" },
    });
  });

  it("leaves every other alias alone", () => {
    const query = `{ a: citizen(${pin}) { b: fullName ten: fullName pin: pin kind: __typename }
      b: citizen(${pin}) { name: fullName residences { at: address } } }`;
    expect(messages(query)).toEqual([]);
  });
});

describe("a client's variable that bears the planner's name", () => {
  it("is refused", () => {
    const query = `query($representations: PIN!) { citizen(pin: $representations) { pin } }`;
    expect(messages(query)).toEqual([
      "A variable must not be named $representations, the gateway's own; name it otherwise.",
    ]);
  });
});

describe("over a foreign supergraph", () => {
  const foreign = composeFrom({
    products: `
      type Query { product(upc: ID!): Product }
      type Product @key(fields: "upc") @key(fields: "maker { code }") { upc: ID! maker: Maker! name: String weight: Int title: String secret: String @inaccessible }
      type Maker { code: ID! name: String }`,
    shipping: `
      type Product @key(fields: "upc") { upc: ID! weight: Int @external secret: String @external cost: Int @requires(fields: "weight secret") }`,
  });
  const open = preparationOf(foreign, true);
  const refused = (query: string) => refusalsOf(open(query, undefined)).length;

  it("is refused only where sources are told the field", () => {
    expect(refused(`{ product(upc: 1) { upc: name cost } }`)).toBe(1);
    expect(refused(`{ product(upc: 1) { weight: name cost } }`)).toBe(1);
    expect(refused(`{ product(upc: 1) { maker { code: name } } }`)).toBe(1);
    expect(refused(`{ product(upc: 1) { title: name cost } }`)).toBe(0);
  });

  it("is refused where it names a field that clients cannot see", () => {
    expect(refused(`{ product(upc: 1) { secret: name cost } }`)).toBe(1);
  });
});
