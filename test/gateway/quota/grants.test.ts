import { describe, expect, test } from "vitest";
import { grantQuota } from "../../../gateway/quota/grants.ts";
import type { QuotaGrant } from "../../../gateway/quota/grants.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { answer, openCountry, reserved, unitsOf } from "./processes.ts";
import type { Country } from "./processes.ts";
import { within } from "./within.ts";

const terms = { perDay: 100, lanes: { counter: { floor: 30 } } };

/** The article's city, with 56,000 pupils, in small. */
const pupils: QuotaGrant = {
  source: "population",
  agency: "ho-chi-minh",
  records: 40,
  from: parseCivilDate("2026-07-24"),
  until: parseCivilDate("2026-07-25"),
  reason: "56,000 pupils wait for their enrolment",
  grantedBy: "operator-1",
};

function grant({ database, terms: read }: Country, changed: Partial<QuotaGrant> = {}) {
  return grantQuota(database, { ...pupils, ...changed }, read);
}

describe("A grant", () => {
  test("keeps units for its agency when all others are refused", async () => {
    const country = await openCountry(terms);
    await grant(country);
    const process = country.start();
    const ask = (units: number, agency: string) =>
      within(country.clock, process.reserve(units, "bulk", agency));
    expect(unitsOf(await ask(1_000, "hue"))).toBe(30);
    // Which says nothing of the one that was granted some, though a no is remembered for a second.
    expect(await ask(1, "hue")).toMatchObject({ kind: "exhausted" });
    const own = reserved(await ask(25, "ho-chi-minh"));
    expect(unitsOf(own)).toBe(25);
    answer(country.owner, own);
    expect(unitsOf(await ask(25, "ho-chi-minh"))).toBe(15);
    await process.close();
    expect(await country.database.selectFrom("grant_day").selectAll().execute()).toMatchObject([
      { day: "2026-07-24", units: 40, used: 40 },
    ]);
  });

  test("gets back what its agency did not use", async () => {
    const country = await openCountry({ perDay: 40 });
    await grant(country, { records: 40 });
    const process = country.start();
    const own = reserved(
      await within(country.clock, process.reserve(25, "counter", "ho-chi-minh")),
    );
    own.settle({ kind: "returned", ownerDate: null });
    await process.close();
    const days = country.database.selectFrom("grant_day").select(["units", "used"]);
    expect(await days.execute()).toEqual([{ units: 40, used: 0 }]);
    expect(await country.account()).toMatchObject({ free: 40, leased: 0 });
  });

  test("on a day that has begun gets no more than its common rest still holds", async () => {
    const country = await openCountry(terms);
    const process = country.start();
    answer(country.owner, reserved(await process.reserve(50, "bulk")));
    expect(await grant(country)).toMatchObject({ kind: "granted" });
    const days = country.database.selectFrom("grant_day").select("units");
    expect(await days.execute()).toEqual([{ units: 20 }]);
  });

  test("is refused where floors and grants would exceed the limit on any of its days", async () => {
    const country = await openCountry(terms);
    await grant(country);
    const refused = await grant(country, { from: pupils.until, records: 31 });
    expect(refused).toEqual({
      kind: "refused",
      sentence:
        "Of population's 100 records a day, floors hold 30 and other grants up to 40; at most 30 can be granted from 2026-07-25 until 2026-07-25, not 31.",
    });
    expect(await grant(country, { from: pupils.until, records: 30 })).toMatchObject({
      kind: "granted",
    });
  });

  test("given twice at once is given once, where there is room for one", async () => {
    const country = await openCountry(terms);
    const both = await Promise.all([grant(country), grant(country)]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["granted", "refused"]);
  });

  test("is recorded with who gave it and why", async () => {
    const country = await openCountry(terms);
    await grant(country);
    expect(await country.database.selectFrom("quota_grant").selectAll().execute()).toEqual([
      {
        ...{ id: 1, source: "population", agency: "ho-chi-minh", records: 40 },
        ...{ from_day: "2026-07-24", until_day: "2026-07-25", granted_by: "operator-1" },
        reason: "56,000 pupils wait for their enrolment",
        granted_at: new Date("2026-07-24T03:00:00Z"),
      },
    ]);
  });

  test.each<[Partial<QuotaGrant>, string]>([
    [{ records: 0 }, "A grant has a whole number of records from 1, not 0."],
    [{ reason: " " }, "A grant says its reason; it was left empty."],
    [
      { until: parseCivilDate("2026-07-23") },
      "A grant ends on or after its first day, 2026-07-24, not on 2026-07-23.",
    ],
  ])("is refused where it makes no sense: %j", async (changed, sentence) => {
    expect(await grant(await openCountry(terms), changed)).toEqual({ kind: "refused", sentence });
  });

  test("of a source without a limit is refused", async () => {
    expect(await grant(await openCountry({ perDay: null }))).toMatchObject({
      sentence: "population has no limit a day, so there is nothing to grant.",
    });
  });
});
