import { describe, expect, test } from "vitest";
import { grantQuota } from "../../../gateway/quota/grants.ts";
import type { FetchOwner } from "../../../gateway/quota/meter.ts";
import { openOwnerLine } from "../../../gateway/quota/owner-line.ts";
import { reconcile } from "../../../gateway/quota/reconcile.ts";
import { agrees, repairDay } from "../../../gateway/quota/repair.ts";
import { listRepairs } from "../../../gateway/quota/repair-log.ts";
import { readSpending } from "../../../gateway/quota/spending.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { waitForLocks } from "../../support/locks.ts";
import { answer, openCountry, reserved } from "./processes.ts";
import type { Country } from "./processes.ts";
import { within } from "./within.ts";

const friday = parseCivilDate("2026-07-24");
const line = openOwnerLine();

function repair(
  { database, terms }: Country,
  { dryRun = false, fetchOwner = line }: { dryRun?: boolean; fetchOwner?: FetchOwner } = {},
) {
  return repairDay({ database, source: "population", terms, fetchOwner }, friday, { dryRun });
}

/** A day of a limit of 100, on which the counter of Da Nang has spent 7 and the bulk lane of Hue 20. */
async function openDay(terms: object = {}): Promise<Country> {
  const country = await openCountry({ perDay: 100, ...terms });
  const process = country.start();
  answer(country.owner, reserved(await process.reserve(7, "counter", "da-nang")));
  answer(country.owner, reserved(await process.reserve(20, "bulk", "hue")));
  await process.close();
  return country;
}

/** Changes the day's row as nobody may. */
async function tamper({ database }: Country, changed: Record<string, number>): Promise<void> {
  await database.updateTable("owner_day").set(changed).execute();
}

async function readDay({ database }: Country) {
  const columns = ["free", "counter_spent", "case_spent", "bulk_spent", "granted_spent"] as const;
  return database.selectFrom("owner_day").select(columns).executeTakeFirst();
}

const untouched = {
  ...{ free: 73, counter_spent: 7, case_spent: 0, bulk_spent: 20, granted_spent: 0 },
};

describe("A ledger that was tampered with", () => {
  test("gets back what it was made to forget, in the lane that the agencies' book names", async () => {
    const country = await openDay();
    await tamper(country, { free: 78, counter_spent: 2 });
    const day = await repair(country);
    expect(day).toMatchObject({
      ...{ spent: 22, meter: 27, equal: false, inUse: false, beyond: 0 },
      repairs: [{ pot: "counter", potKnown: true, kind: "spent", before: 2, after: 7 }],
    });
    expect(agrees(day!)).toBe(true);
    expect(await readDay(country)).toEqual(untouched);
    expect(await repair(country)).toMatchObject({ equal: true, repairs: [] });
  });

  test("loses what was invented in it", async () => {
    const country = await openDay();
    await tamper(country, { free: 60, counter_spent: 10, bulk_spent: 30 });
    expect(await repair(country)).toMatchObject({
      repairs: [
        { pot: "counter", before: 10, after: 7 },
        { pot: "bulk", before: 30, after: 20 },
      ],
    });
    expect(await readDay(country)).toEqual(untouched);
  });

  test("frees units that a lane is said to hold and that no lease holds", async () => {
    const country = await openDay();
    await tamper(country, { free: 64, case_leased: 4, bulk_doubt: 5 });
    expect(await repair(country)).toMatchObject({
      repairs: [
        { pot: "case", kind: "leased", before: 4, after: 0 },
        { pot: "bulk", kind: "doubt", before: 5, after: 0 },
      ],
    });
    expect(await country.account()).toMatchObject({ free: 73, leased: 0, doubt: 0, spent: 27 });
  });

  test("gives a grant back what was not spent of it", async () => {
    const country = await openCountry({ perDay: 100 });
    const process = country.start();
    const grant = {
      ...{ source: "population", agency: "hue", records: 100, from: friday, until: friday },
      ...{ reason: "pupils", grantedBy: "operator" },
    };
    expect(await grantQuota(country.database, grant, country.terms)).toMatchObject({
      kind: "granted",
    });
    const own = reserved(await within(country.clock, process.reserve(9, "bulk", "hue")));
    own.settle({ kind: "spent", ownerDate: null, countedDay: friday });
    await process.close();
    expect(await repair(country)).toMatchObject({
      repairs: [{ pot: "granted", potKnown: false, before: 9, after: 0 }],
    });
    const days = country.database.selectFrom("grant_day").select(["units", "used"]);
    expect(await days.execute()).toEqual([{ units: 100, used: 0 }]);
  });
});

describe("An owner that has counted otherwise", () => {
  test("is believed: what no agency is known for is charged to the lane in which no citizen waits", async () => {
    const country = await openDay();
    country.owner.count("somebody-else.1", 3);
    expect(await repair(country)).toMatchObject({
      repairs: [{ pot: "bulk", potKnown: false, before: 20, after: 23 }],
    });
    expect(await country.account()).toMatchObject({ free: 70, spent: 30 });
    expect(await readSpending(country.database, "population", friday)).toEqual([
      { day: friday, lane: "bulk", agency: "", units: 3 },
      { day: friday, lane: "bulk", agency: "hue", units: 20 },
      { day: friday, lane: "counter", agency: "da-nang", units: 7 },
    ]);
  });

  test("gets booked as far as the day has units, and the rest is told", async () => {
    const country = await openDay();
    await tamper(country, { free: 1, day_limit: 28 });
    country.owner.count("somebody-else.1", 3);
    const day = await repair(country);
    expect(day).toMatchObject({ beyond: 2, repairs: [{ pot: "bulk", before: 20, after: 21 }] });
    expect(agrees(day!)).toBe(false);
    expect(await country.account()).toMatchObject({ free: 0, spent: 28 });
  });

  test("is not believed while a call may still be on its way", async () => {
    const country = await openDay();
    const process = country.start();
    const onTheWay = reserved(await process.reserve(5));
    country.owner.count("somebody-else.1", 3);
    expect(await repair(country)).toMatchObject({ inUse: true, equal: false, repairs: [] });
    onTheWay.settle({ kind: "doubt" });
    await process.close();
    expect(await repair(country)).toMatchObject({ inUse: true, doubt: 5, repairs: [] });
    expect(await country.account()).toMatchObject({ free: 68, doubt: 5, spent: 27 });

    const { database, terms } = country;
    await reconcile({ database, source: "population", terms, fetchOwner: line });
    expect(await repair(country)).toMatchObject({ inUse: false, repairs: [{ after: 23 }] });
  });

  test("is not believed where a unit has moved since it was asked", async () => {
    const country = await openDay();
    country.owner.count("somebody-else.1", 3);
    const process = country.start();
    const askedMeanwhile: FetchOwner = async (...asked) => {
      const told = await line(...asked);
      answer(country.owner, reserved(await process.reserve(5)));
      await process.close();
      return told;
    };
    expect(await repair(country, { fetchOwner: askedMeanwhile })).toMatchObject({
      ...{ inUse: true, spent: 27, meter: 30, repairs: [] },
    });
    expect(await country.account()).toMatchObject({ spent: 32 });
    expect(await repair(country)).toMatchObject({ spent: 32, meter: 35, repairs: [{ after: 23 }] });
  });

  test("is not believed where a unit is just being moved", async () => {
    const country = await openDay();
    country.owner.count("somebody-else.1", 3);
    const { database } = country;
    const moving = await database.startTransaction().execute();
    await moving.updateTable("owner_day").set({ free: 68, case_leased: 5 }).execute();
    const repairing = repair(country);
    await waitForLocks(database, 1);
    await moving.commit().execute();
    expect(await repairing).toMatchObject({ inUse: true, repairs: [] });
    expect(await country.account()).toMatchObject({ free: 68, leased: 5, spent: 27 });
  });

  test("of a source that is only measured is told, and nothing is changed", async () => {
    const country = await openDay();
    await tamper(country, { free: 78, counter_spent: 2 });
    const measured = { ...country, terms: { ...country.terms, mode: "measure" as const } };
    expect(await repair(measured)).toMatchObject({ equal: false, repairs: [] });
    expect(await readDay(country)).toMatchObject({ counter_spent: 2 });
  });
});

test("A repair that is only tried changes nothing", async () => {
  const country = await openDay();
  await tamper(country, { free: 78, counter_spent: 2 });
  expect(await repair(country, { dryRun: true })).toMatchObject({
    repairs: [{ pot: "counter", before: 2, after: 7 }],
  });
  expect(await readDay(country)).toMatchObject({ free: 78, counter_spent: 2 });
  expect(await listRepairs(country.database)).toEqual([]);
});

test("What was repaired stays recorded, with what the meter said", async () => {
  const country = await openDay();
  await tamper(country, { free: 60, counter_spent: 10, bulk_spent: 30 });
  await repair(country);
  const recorded = { source: "population", day: friday, potKnown: true, kind: "spent", meter: 27 };
  const repairedAt = "2026-07-24T03:00:00.000Z";
  expect(await listRepairs(country.database)).toEqual([
    { ...recorded, repairedAt, pot: "bulk", before: 30, after: 20 },
    { ...recorded, repairedAt, pot: "counter", before: 10, after: 7 },
  ]);
});
