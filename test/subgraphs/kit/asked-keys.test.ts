import { buildSubgraphSchema } from "@apollo/subgraph";
import { getOperationAST, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { readSector } from "../../../schema/sectors.ts";
import { scalars } from "../../../schema/scalars.ts";
import { askedKeysReader } from "../../../subgraphs/kit/asked-keys.ts";
import { hoaPin } from "../../lives/tran-thi-hoa.ts";
import { tamPin } from "../../lives/le-van-tam.ts";

const schema = buildSubgraphSchema([
  { typeDefs: readSector("population").typeDefs, resolvers: { ...scalars } },
]);
const readAskedKeys = askedKeysReader(schema);

/** What `query` asks for; it must be a valid one. */
function ask(query: string, variables?: Readonly<Record<string, unknown>>) {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  return readAskedKeys({ document, operation: getOperationAST(document)!, variables });
}

const citizen = (pin: string) => ({ __typename: "Citizen", pin });

test("A representation is a key, and a look-up's key the representation that it comes to", () => {
  expect(
    ask(
      `query ($representations: [_Any!]!, $pins: [PIN!]!) {
        _entities(representations: $representations) { __typename }
        citizens(pins: $pins) { pin }
        citizen(pin: "${tamPin}") { pin }
      }`,
      { representations: [citizen(hoaPin), citizen(hoaPin)], pins: [tamPin] },
    ),
  ).toEqual([
    { argument: "representations", keys: [citizen(hoaPin), citizen(hoaPin)] },
    { argument: "pins", keys: [citizen(tamPin)] },
    { argument: "pin", keys: [citizen(tamPin)] },
  ]);
});

test("Aliases, fragments, defaults and directives are seen through as execution does", () => {
  const query = `query ($with: Boolean!, $pin: PIN = "${hoaPin}") {
    one: citizen(pin: $pin) { pin }
    one: citizen(pin: $pin) { fullName }
    ... on Query { two: citizen(pin: $pin) { pin } }
    ...more @include(if: $with)
  }
  fragment more on Query { three: citizens(pins: "001 085 007 739") { pin } }`;
  const two = [hoaPin, hoaPin];
  const pins = (asked: ReturnType<typeof ask>) =>
    asked?.flatMap(({ keys }) => keys.map((key) => (key as { pin: string }).pin));
  expect(pins(ask(query, { with: false }))).toEqual(two);
  expect(pins(ask(query, { with: true }))).toEqual([...two, "001085007739"]);
});

test("What tells of the schema alone asks for nothing", () => {
  expect(ask(`{ __typename __schema { types { name } } _service { sdl } }`)).toEqual([]);
});

test("A variable that is not of its type is left to the execution to refuse", () => {
  const query = "query ($pin: PIN!) { citizen(pin: $pin) { pin } }";
  expect(ask(query, { pin: "12" })).toBeNull();
  expect(ask(query)).toBeNull();
});
