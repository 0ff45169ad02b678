import { afterAll, beforeAll, expect, test } from "vitest";
import { openPool } from "../../../../gateway/database/pool.ts";
import type { GatewayDatabase } from "../../../../gateway/database/pool.ts";
import { openDay } from "../../../../gateway/quota/accounts.ts";
import { grantQuota } from "../../../../gateway/quota/grants.ts";
import { addSpending } from "../../../../gateway/quota/spending.ts";
import { readSector } from "../../../../schema/sectors.ts";
import { todayInVietnam } from "../../../../schema/values/date.ts";
import { runCommand } from "../../../support/command-line.ts";
import { createGatewayDatabase } from "../../../support/database.ts";
import type { TestDatabase } from "../../../support/database.ts";

const { terms } = readSector("population");
const today = todayInVietnam(new Date());
let place: TestDatabase;
let database: GatewayDatabase;

/** A day on which Da Nang has spent 7 at the counter, and a process that died 3. */
beforeAll(async () => {
  place = await createGatewayDatabase();
  database = openPool(place.url);
  await openDay(database, "population", today, terms);
  await grantQuota(
    database,
    {
      ...{ source: "population", agency: "ho-chi-minh", records: 56_000, from: today },
      ...{ until: today, reason: "56,000 pupils wait", grantedBy: "operator-1" },
    },
    terms,
  );
  await database.updateTable("owner_day").set({ free: 199_990, counter_spent: 10 }).execute();
  await addSpending(database, "population", [
    { day: today, lane: "counter", agency: "da-nang", units: 7 },
    { day: today, lane: "counter", agency: "", units: 3 },
  ]);
});
afterAll(async () => {
  await database.destroy();
  await place.drop();
});

const run = (...args: string[]) =>
  runCommand(["quota", ...args], { env: { GATEWAY_DATABASE_URL: place.url } });

test("each lane is shown with its agencies, and beside the lanes what is granted", async () => {
  const { stdout } = await run("--json");
  const rows = JSON.parse(stdout) as { source: string }[];
  expect(rows.filter(({ source }) => source === "population")).toMatchObject([
    {
      ...{ lane: "counter", day: today, used: 10, reserved: 0 },
      agencies: [
        { agency: null, spent: 3 },
        { agency: "da-nang", spent: 7 },
      ],
    },
    { lane: "case", agencies: [] },
    { lane: "bulk", agencies: [] },
    {
      ...{ lane: "granted", limit: 56_000, used: 0 },
      agencies: [{ agency: "ho-chi-minh", spent: 0 }],
    },
  ]);
});

test("records of a process that died are shown as nobody's", async () => {
  const { code, stdout } = await run();
  expect(stdout).toMatch(/Spent today[^]*'counter' *│ *3 *│ *'\(not known: the process died/);
  expect(stdout).toMatch(/Granted:\n[^]*'ho-chi-minh'[^]*'operator-1'/);
  expect(code).toBe(0);
});
