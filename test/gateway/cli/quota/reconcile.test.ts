import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPool } from "../../../../gateway/database/pool.ts";
import type { GatewayDatabase } from "../../../../gateway/database/pool.ts";
import { todayInVietnam } from "../../../../schema/values/date.ts";
import { makePopulation } from "../../../../subgraphs/population/server.ts";
import { runCommand } from "../../../support/command-line.ts";
import { createGatewayDatabase } from "../../../support/database.ts";
import type { TestDatabase } from "../../../support/database.ts";
import { startTestGateway } from "../../../support/gateway.ts";
import { startSectorUnderTest } from "../../../support/sector.ts";

let population: { readonly url: string; stop(): Promise<void> };
let place: TestDatabase;
let database: GatewayDatabase;

/** The register and its own meter, and a ledger of which seven records were spent at the counter. */
beforeAll(async () => {
  population = await startSectorUnderTest(makePopulation({ perDay: 200_000 }));
  place = await createGatewayDatabase();
  database = openPool(place.url);
  const gateway = await startTestGateway({ population }, { GATEWAY_DATABASE_URL: place.url });
  const pins = Array.from({ length: 7 }, (_, n) => `00108500000${n}`);
  const query = "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName } }";
  // More than four in one case would need a supervisor's word.
  for (const [number, some] of [pins.slice(0, 4), pins.slice(4)].entries()) {
    const headers = { "x-purpose": "marriage-registration", "x-case": `HS-${number}/2026` };
    const { json } = await gateway.ask({ query, variables: { pins: some } }, { headers });
    expect(json.errors).toBeUndefined();
  }
  await gateway.stop();
});
afterAll(async () => {
  await database.destroy();
  await place.drop();
  await population.stop();
});

const run = (...args: string[]) =>
  runCommand(["quota", "reconcile", ...args], {
    env: { GATEWAY_DATABASE_URL: place.url, POPULATION_URL: population.url },
  });

/** Moves units between what is free and what the counter has spent, as nobody may. */
async function tamper(units: number): Promise<void> {
  await sql`
    update owner_day set free = free - ${units}::int, counter_spent = counter_spent + ${units}::int
  `.execute(database);
}

async function readSpent(): Promise<number | undefined> {
  const row = await database
    .selectFrom("owner_day")
    .select("counter_spent")
    .where("source", "=", "population")
    .executeTakeFirst();
  return row?.counter_spent;
}

const today = todayInVietnam(new Date());

test.each([
  ["forgot what was spent", -3, 4],
  ["invented what was not", 5, 12],
])("a ledger that %s is repaired by the owner's meter", async (_what, units, wrong) => {
  await tamper(units);
  const told = await run("--dry-run");
  expect(told.stdout).toContain(
    `Would repair population, ${today}, counter: spent ${wrong} → 7.\n`,
  );
  expect(told.code).toBe(1);
  expect(await readSpent()).toBe(wrong);

  const repaired = await run();
  expect(repaired.stdout).toContain(
    `Repaired population, ${today}, counter: spent ${wrong} → 7.\n`,
  );
  expect(repaired.code).toBe(0);
  expect(await readSpent()).toBe(7);

  const again = await run("--json");
  expect(JSON.parse(again.stdout)).toEqual([
    {
      ...{ source: "population", day: today, leased: 0, doubt: 0, spent: 7, meter: 7 },
      ...{ equal: true, inUse: false, repairs: [], beyond: 0 },
    },
  ]);
  expect(again.code).toBe(0);
});

test("what was repaired can be read later", async () => {
  const { stdout } = await runCommand(["quota", "repairs", "--json"], {
    env: { GATEWAY_DATABASE_URL: place.url },
  });
  expect(JSON.parse(stdout)).toMatchObject([
    { source: "population", day: today, pot: "counter", before: 12, after: 7, meter: 7 },
    { source: "population", day: today, pot: "counter", before: 4, after: 7, meter: 7 },
  ]);
});

test("a ledger is only compared where it is not to be repaired", async () => {
  await tamper(-3);
  const { code, stdout } = await run("--no-repair");
  expect(stdout).toContain("Would repair population");
  expect(code).toBe(1);
  expect(await readSpent()).toBe(4);
  await tamper(3);
});

test("a ledger that a gateway is using is not touched", async () => {
  await tamper(-3);
  await sql`
    with leased as (update owner_day set free = free - 5, counter_leased = counter_leased + 5)
    insert into lease (id, source, process, lane, days, units, ends_at)
      values (gen_random_uuid(), 'population', gen_random_uuid(), 'counter',
        array[${today}]::date[], 5, clock_timestamp() + interval '1 hour')
  `.execute(database);
  const { code, stdout } = await run();
  expect(stdout).not.toContain("epair");
  expect(stdout).toContain("not while in use");
  expect(code).toBe(1);
  expect(await readSpent()).toBe(4);
});
