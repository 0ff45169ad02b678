import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../../support/command-line.ts";
import { createGatewayDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import { makePopulation } from "../../../subgraphs/population/server.ts";

let population: { readonly url: string; stop(): Promise<void> };
let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  population = await startSectorUnderTest(makePopulation({ perDay: 200_000 }));
  database = await createGatewayDatabase();
  gateway = await startTestGateway({ population }, { GATEWAY_DATABASE_URL: database.url });
});
afterAll(async () => {
  await gateway.stop();
  await population.stop();
  await database.drop();
});

const run = (...args: string[]) =>
  runCommand(["quota", ...args, "--json"], {
    env: { GATEWAY_DATABASE_URL: database.url, POPULATION_URL: population.url },
  });

test("what was asked stands in the ledger, and the owner's meter says the same to the record", async () => {
  const query = "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName } }";
  const pins = Array.from({ length: 7 }, (_, n) => `00108500000${n}`);
  // More than four in one case would need a supervisor's word.
  for (const [number, some] of [pins.slice(0, 4), pins.slice(4)].entries()) {
    const headers = { "x-purpose": "marriage-registration", "x-case": `HS-${number}/2026` };
    const { json } = await gateway.ask({ query, variables: { pins: some } }, { headers });
    expect(json.errors).toBeUndefined();
  }
  await expect
    .poll(async () => {
      const { stdout } = await run();
      const standings = JSON.parse(stdout) as { source: string; lane: string; used: number }[];
      return standings.find(({ source, lane }) => source === "population" && lane === "counter");
    })
    .toMatchObject({ used: 7, reserved: 0 });
  const reconciled = await run("reconcile");
  expect(JSON.parse(reconciled.stdout)).toMatchObject([
    { source: "population", leased: 0, doubt: 0, spent: 7, meter: 7, equal: true },
  ]);
  expect(reconciled.code).toBe(0);
});

test("a meter that cannot be reached is named, with what would help", async () => {
  const { code, stderr } = await runCommand(["quota", "reconcile"], {
    env: { GATEWAY_DATABASE_URL: database.url, POPULATION_URL: "http://127.0.0.1:1/graphql" },
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^The account with population cannot be settled \([^\n]+\)\. Its meter should answer at http:\/\/127\.0\.0\.1:1; POPULATION_URL moves it with the source\.\n$/,
  );
});

test("without a database to read it says what to name or start", async () => {
  const { code, stderr } = await runCommand(["quota", "--data", "/nowhere"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^GATEWAY_DATABASE_URL is not set, and no gateway's database runs in/);
});

test("anything else that it is to do with the quota is refused", async () => {
  const { code, stderr } = await runCommand(["quota", "spend"]);
  expect(code).toBe(2);
  expect(stderr).toContain(`"spend" is nothing that can be done with the quota.`);
});
