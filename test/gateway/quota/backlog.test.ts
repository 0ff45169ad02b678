import { expect, test } from "vitest";
import { forecastBacklog } from "../../../gateway/quota/backlog.ts";
import type { Backlog } from "../../../gateway/quota/backlog.ts";
import { grantQuota } from "../../../gateway/quota/grants.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { answer, openCountry, reserved } from "./processes.ts";
import type { Country } from "./processes.ts";

const terms = { perDay: 100, lanes: { counter: { floor: 30 } } };

const backlog: Backlog = {
  source: "population",
  jobs: [
    { name: "pupils", lane: "bulk", units: 56 },
    { name: "cleaning", lane: "bulk", units: 20 },
  ],
  usual: { counter: 0, case: 0, bulk: 0 },
  limit: undefined,
};

function reckon({ database, terms: read }: Country, changed: Partial<Backlog> = {}) {
  return forecastBacklog(database, { ...backlog, ...changed }, read);
}

/** At ten in the morning of the 24th, and the midnights that follow, in Hanoi. */
const now = Date.parse("2026-07-24T10:00:00+07:00");
const [tomorrow, dayAfter] = [25, 26].map((day) => Date.parse(`2026-07-${day}T00:00:00+07:00`));

test("A backlog is reckoned from what the day has left", async () => {
  const country = await openCountry(terms);
  expect(await reckon(country)).toMatchObject({
    forecasts: [
      { name: "pupils", endsAt: now },
      { name: "cleaning", endsAt: tomorrow },
    ],
  });
  const process = country.start();
  answer(country.owner, reserved(await process.reserve(20, "bulk")));
  await process.close();
  expect(await reckon(country)).toMatchObject({
    forecasts: [{ endsAt: tomorrow }, { endsAt: tomorrow }],
  });
});

test("A backlog leaves alone what others are granted", async () => {
  const country = await openCountry(terms);
  const [from, until] = [parseCivilDate("2026-07-24"), parseCivilDate("2026-07-25")];
  const grant = { source: "population", agency: "hue", records: 60, from, until };
  await grantQuota(
    country.database,
    { ...grant, reason: "pupils", grantedBy: "operator" },
    country.terms,
  );
  expect(await reckon(country)).toMatchObject({ forecasts: [{ endsAt: dayAfter }, {}] });
});

test("A backlog is reckoned under another limit beside, or under none", async () => {
  const country = await openCountry(terms);
  expect(await reckon(country, { limit: 106 })).toMatchObject({
    forecasts: [
      { name: "pupils", endsAtWithLimit: now },
      { name: "cleaning", endsAt: tomorrow, endsAtWithLimit: now },
    ],
  });
  expect(await reckon(country, { limit: null })).toMatchObject({
    forecasts: [{}, { endsAtWithLimit: now }],
  });
});

test.each<[Partial<Backlog>, string]>([
  [{ jobs: [] }, "A forecast is of 1 to 100 jobs, not of 0."],
  [
    { jobs: [{ name: "pupils", lane: "bulk", units: 0 }] },
    `The job "pupils" needs a whole number of records from 1 to 1000000000, not 0.`,
  ],
  [{ jobs: [{ name: " ", lane: "bulk", units: 1 }] }, "A job has a name; one was left empty."],
  [
    { usual: { counter: -1, case: 0, bulk: 0 } },
    "What counter usually spends on a day is a whole number from 0 to 1000000000, not -1.",
  ],
  [
    { limit: 29 },
    "A limit to compare with is a whole number from 30, which the floors hold, to 1000000000, not 29.",
  ],
])("What cannot be reckoned is refused with a sentence: %j", async (changed, sentence) => {
  expect(await reckon(await openCountry(terms), changed)).toEqual({ kind: "refused", sentence });
});
