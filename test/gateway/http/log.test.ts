import { GraphQLError } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSector } from "../../../schema/sectors.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { serveCountry, serveMiniature } from "../../support/miniature.ts";
import type { Miniature } from "../../support/miniature.ts";

const people = {
  "001199012345": { fullName: "Nguyễn Thị Lan", sex: "FEMALE" },
  "079088000001": { fullName: "Trần Văn Hòa", sex: "MALE" },
};
const pins = Object.keys(people);
const secrets = [
  ...pins,
  "Lan",
  "Hòa",
  "Nguyễn",
  "001 199 012345",
  "00119901234",
  "fullName",
  "citizen(",
];

let country: Readonly<Record<string, Miniature>>;
let gateway: TestGateway;
beforeAll(async () => {
  const sectors = await serveCountry(people);
  await sectors["education"]?.close();
  await sectors["health-insurance"]?.close();
  country = { ...sectors, "health-insurance": await serveIndiscreet() };
  gateway = await startTestGateway(country, { LOG_LEVEL: "trace" });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

/** A ministry whose errors quote whom they are about. */
function serveIndiscreet(): Promise<Miniature> {
  const fail = ({ pin }: { pin: string }) => {
    throw new GraphQLError(`No card of Nguyễn Thị Lan, ${pin}`, { extensions: { code: pin, pin } });
  };
  return serveMiniature(readSector("health-insurance").typeDefs, {
    Citizen: { __resolveReference: (key: object) => key, healthInsurance: fail },
  });
}

describe("the log", () => {
  it("never holds a personal number, a name, a query or a variable, whatever happens", async () => {
    const [pin] = pins;
    const query =
      "query Find($pin: PIN!) { citizen(pin: $pin) { pin fullName sex enrolments { grade } healthInsurance { cardNumber } } }";
    await gateway.ask({ query, variables: { pin } });
    await gateway.ask({ query, variables: { pin: "001 199 012345" } });
    await gateway.ask({ query, variables: { pin: "00119901234" } });
    await gateway.ask({ query, variables: { pin: [pin] } });
    await gateway.ask({ query: `{ citizens(pins: ${JSON.stringify(pins)}) { fullName } }` });
    await gateway.ask({ query: `query Q${pin} { citizen(pin: "${pin}") { fullName } }` });
    await gateway.ask({ query: `{ citizen(pin: "${pin}") { fullName(a: "Lan") } }` });
    await gateway.ask({ query: `{ citizen(pin: "${pin}") { sex: fullName } }` });
    await gateway.ask(`{"query": "${pin}`);
    await gateway.ask({ query, variables: { pin } }, { headers: { "x-request-id": `Lan-${pin}` } });
    await fetch(`${gateway.url}/graphql?pin=${pin}`);
    await fetch(`${gateway.url}/citizens/${pin}?name=Lan`);
    const log = gateway.logged.join("");
    for (const secret of secrets) expect(log).not.toContain(secret);
  });

  it("has one line for each request to /graphql: id, operation, outcome, codes, time, sources", async () => {
    const before = gateway.logged.length;
    const query = "query Find($pin: PIN!) { citizen(pin: $pin) { sex } }";
    const headers = { "x-request-id": "desk-1" };
    await gateway.ask({ query, variables: { pin: pins[0] } }, { headers });
    await gateway.ask({ query: "{ nothing }" }, { headers });
    const lines = gateway.logged.slice(before).map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      {
        msg: "request",
        requestId: "desk-1",
        operation: "Find",
        outcome: "answered",
        codes: [],
        ms: expect.any(Number),
        sources: [{ name: "population", status: "FRESH", records: 1 }],
      },
      { requestId: "desk-1", outcome: "refused", codes: ["BAD_USER_INPUT"], sources: [] },
    ]);
  });
});
