import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readForecastTask } from "../../../../gateway/cli/quota/forecast.ts";
import { addDays, todayInVietnam } from "../../../../schema/values/date.ts";
import { runCommand } from "../../../support/command-line.ts";
import { createGatewayDatabase } from "../../../support/database.ts";
import type { TestDatabase } from "../../../support/database.ts";

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), "terms-"));
const file = join(folder, "terms.json");
beforeAll(async () => {
  database = await createGatewayDatabase();
  const lanes = { counter: { floor: 600 }, bulk: { floor: 200 } };
  writeFileSync(
    file,
    JSON.stringify({ population: { owner: "Bộ Công an", perDay: 1_000, lanes } }),
  );
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) =>
  runCommand(["quota", "forecast", "--terms", file, ...args], {
    env: { GATEWAY_DATABASE_URL: database.url },
  });

/** A day for the jobs is 1,000 less the counter's floor. */
const pupils = ["--source", "population", "--job", "pupils: TP.HCM:bulk:1000"];

test("a forecast tells the day and hour at which each job ends, beside those under another limit", async () => {
  const today = todayInVietnam(new Date());
  const midnight = (days: number) => `${addDays(today, days)} 00:00`;
  const { code, stdout } = await run(...pupils, "--job", "cleaning:bulk:300", "--limit", "1600");
  expect(stdout).toContain(
    "population, 1000 records a day, by the clocks of Bộ Công an (Asia/Ho_Chi_Minh), if it answers at once:\n",
  );
  const cells = stdout
    .split("\n")
    .filter((row) => row.includes("bulk"))
    .map((row) => row.split("│").map((cell) => cell.trim().replaceAll("'", "")));
  expect(cells.map(([, , name, , , ends]) => [name, ends])).toEqual([
    ["pupils: TP.HCM", midnight(2)],
    ["cleaning", midnight(3)],
  ]);
  expect(cells[1]?.[6]).toBe(midnight(1));
  expect(stdout).toContain("ends with 1600 a day");
  expect(code).toBe(0);
});

test("what others usually spend is left to them, and a job that never ends is told as such", async () => {
  const { stdout } = await run(...pupils, "--usual", "counter:1000", "--limit", "none", "--json");
  expect(JSON.parse(stdout)).toEqual([
    {
      ...{ name: "pupils: TP.HCM", lane: "bulk", units: 1_000, endsAt: null },
      endsAtWithLimit: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    },
  ]);
});

test("a limit that would not even hold the floors is refused with a sentence", async () => {
  const { code, stderr } = await run(...pupils, "--limit", "799");
  expect(stderr).toBe(
    "A limit to compare with is a whole number from 800, which the floors hold, to 1000000000, not 799.\n",
  );
  expect(code).toBe(1);
});

test("what cannot be read is used wrongly", async () => {
  const { code, stderr } = await run(...pupils, "--job", "pupils:night:1");
  expect(stderr).toMatch(
    /^--job is NAME:LANE:UNITS with one of counter, case, bulk and a whole number, such as pupils:bulk:56000; not "pupils:night:1"\. /,
  );
  expect(code).toBe(2);
});

test.each([
  [["--source", "population"], "--job must be given, once for each job."],
  [["--job", "pupils:bulk:1"], "--source must be given."],
  [
    [...pupils, "--usual", "counter"],
    `--usual is LANE:UNITS with one of counter, case, bulk and a whole number, such as counter:60000; not "counter".`,
  ],
  [
    [...pupils, "--limit", "much"],
    `--limit is a whole number of records a day, or none; not "much".`,
  ],
])("so is %j", (args, sentence) => {
  expect(() => readForecastTask(args)).toThrow(sentence);
});
