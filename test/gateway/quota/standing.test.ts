import { expect, test } from "vitest";
import { grantQuota } from "../../../gateway/quota/grants.ts";
import { readPotStandings, readStandings } from "../../../gateway/quota/standing.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { answer, openCountry, reserved, unitsOf } from "./processes.ts";
import type { Country } from "./processes.ts";
import { within } from "./within.ts";

const terms = { perDay: 100, lanes: { counter: { floor: 30 } } };

const friday = parseCivilDate("2026-07-24");

function grantHue({ database, terms: read }: Country) {
  const grant = { source: "population", agency: "hue", records: 40, from: friday, until: friday };
  return grantQuota(database, { ...grant, reason: "pupils", grantedBy: "operator" }, read);
}

async function read({ database, terms: own }: Country, changed: object = {}) {
  const standings = await readPotStandings(
    database,
    new Map([["population", { ...own, ...changed }]]),
  );
  return standings.map(({ lane, limit, used, reserved: held }) => [lane, limit, used, held]);
}

test("What is granted stands beside the lanes, on a day that nobody has begun too", async () => {
  const country = await openCountry(terms);
  await grantHue(country);
  const before = [
    ["counter", 60, 0, 0],
    ["case", 30, 0, 0],
    ["bulk", 30, 0, 0],
    ["granted", 40, 0, 0],
  ];
  expect(await read(country)).toEqual(before);
  const process = country.start();
  expect(unitsOf(await within(country.clock, process.reserve(1_000, "bulk")))).toBe(30);
  const own = reserved(await within(country.clock, process.reserve(25, "bulk", "hue")));
  expect(await read(country)).toEqual([
    ["counter", 30, 0, 0],
    ["case", 0, 0, 0],
    ["bulk", 30, 0, 30],
    ["granted", 40, 0, 25],
  ]);
  answer(country.owner, own);
  await within(country.clock, process.step());
  expect((await read(country)).at(-1)).toEqual(["granted", 40, 25, 0]);
});

test("Whoever asks by query is told of the lanes alone", async () => {
  const country = await openCountry(terms);
  await grantHue(country);
  const standings = await readStandings(country.database, new Map([["population", country.terms]]));
  expect(standings.map(({ lane }) => lane)).toEqual(["counter", "case", "bulk"]);
});

test("What is only measured is shown as it was counted", async () => {
  const country = await openCountry({ ...terms, mode: "measure" });
  const process = country.start();
  reserved(await process.reserve(120, "bulk")).settle({
    ...{ kind: "spent", ownerDate: null, countedDay: friday },
  });
  await process.close();
  expect(await read(country)).toEqual([
    ["counter", 100, 0, 0],
    ["case", 70, 0, 0],
    ["bulk", 70, 120, 0],
  ]);
});
