import { afterAll, beforeAll, expect, test } from "vitest";
import { readGrantTask } from "../../../../gateway/cli/quota/grant.ts";
import { addDays, todayInVietnam } from "../../../../schema/values/date.ts";
import { runCommand } from "../../../support/command-line.ts";
import { createGatewayDatabase } from "../../../support/database.ts";
import type { TestDatabase } from "../../../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createGatewayDatabase();
});
afterAll(() => database.drop());

const today = todayInVietnam(new Date());
const inAWeek = addDays(today, 7);

/** The article's city, with its 56,000 pupils. */
const pupils = {
  agency: "ho-chi-minh",
  source: "population",
  records: "56000",
  from: today,
  until: inAWeek,
  reason: "letter 12/SGDĐT: 56,000 pupils wait",
  by: "operator-1",
};

const run = (...args: string[]) =>
  runCommand(["quota", ...args], { env: { GATEWAY_DATABASE_URL: database.url } });

const optionsOf = (given: Readonly<Record<string, string | undefined>>) =>
  Object.entries(given).flatMap(([option, text]) =>
    text === undefined ? [] : [`--${option}`, text],
  );

const grant = (changed: Partial<typeof pupils> = {}) =>
  run("grant", ...optionsOf({ ...pupils, ...changed }));

test("what is granted is told, listed, and seen beside the lanes", async () => {
  const { code, stdout } = await grant();
  expect(stdout).toBe(
    `Granted ho-chi-minh 56000 records of population a day, from ${today} until ${inAWeek} (grant 1).\n`,
  );
  expect(code).toBe(0);
  const listed = await run("grants", "--source", "population", "--json");
  expect(JSON.parse(listed.stdout)).toEqual([
    {
      ...{ id: 1, agency: "ho-chi-minh", source: "population", records: 56_000 },
      ...{ from: today, until: inAWeek, reason: pupils.reason, grantedBy: "operator-1" },
      ...{ grantedAt: expect.stringMatching(/Z$/), heldToday: null, usedToday: null },
    },
  ]);
  expect((await run()).stdout).toMatch(/Granted:\n[^]*ho-chi-minh[^]*56000[^]*12\/SGDĐT/);
});

test("a grant that the day cannot hold is refused with a sentence", async () => {
  const { code, stdout, stderr } = await grant({ records: "24001" });
  expect(stderr).toBe(
    `Of population's 200000 records a day, floors hold 120000 and other grants up to 56000; at most 24000 can be granted from ${today} until ${inAWeek}, not 24001.\n`,
  );
  expect(stdout).toBe("");
  expect(code).toBe(1);
});

test("a source that there is not is refused with those that there are", async () => {
  const { code, stderr } = await grant({ source: "police" });
  expect(stderr).toBe(
    `"police" is no source whose owner's terms are known here; those are: civil-status, education, health-insurance, population.\n`,
  );
  expect(code).toBe(1);
});

test.each<[Partial<Record<keyof typeof pupils, string | undefined>>, string]>([
  [{ by: undefined }, "--by must be given."],
  [{ reason: undefined }, "--reason must be given."],
  [{ records: "many" }, `--records must be a whole number from 1, not "many".`],
  [{ until: "2026-02-30" }, "--until: Month 2026-02 has days 01 to 28; position 9 says 30."],
])("a grant that cannot be read is used wrongly: %j", (changed, sentence) => {
  expect(() => readGrantTask(optionsOf({ ...pupils, ...changed }))).toThrow(sentence);
});
