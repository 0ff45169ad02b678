import { describe, expect, test } from "vitest";
import { coversYear, listCoverage } from "../../../subgraphs/seed/coverage.ts";
import { dayOf } from "../../../subgraphs/seed/day.ts";
import { places } from "./places.ts";

const seed = 42;
const today = dayOf(2026, 11, 1);
const firstYear = (book: "MARRIAGE" | "CERTIFICATE", urban: boolean) => {
  const years = places.communes
    .filter((commune) => commune.urban === urban)
    .map((commune) => {
      for (let year = 1980; year <= 2020; year++)
        if (coversYear(seed, commune, book, year)) return year;
      return 2021;
    });
  return {
    least: Math.min(...years),
    most: Math.max(...years),
    mean: years.reduce((a, b) => a + b) / years.length,
  };
};

describe("The books of a commune", () => {
  test("are digitised from a year between 1990 and 2019, in towns from an earlier one", () => {
    const [town, country] = [firstYear("MARRIAGE", true), firstYear("MARRIAGE", false)];
    expect(Math.min(town.least, country.least)).toBe(1990);
    expect(Math.max(town.most, country.most)).toBe(2019);
    expect(town.mean).toBeLessThan(country.mean - 5);
  });

  test("lack a tenth of the years before 2005, and none since", () => {
    let years = 0;
    let missing = 0;
    for (const commune of places.communes) {
      let begun = false;
      for (let year = 1990; year <= 2025; year++) {
        const covered = coversYear(seed, commune, "MARRIAGE", year);
        if (begun && year < 2005) {
          years++;
          if (!covered) missing++;
        } else if (begun && !covered) throw new Error(`${commune.oldName} lacks ${year}.`);
        begun ||= covered;
      }
    }
    expect(missing / years).toBeCloseTo(0.1, 1);
  });

  test("are the old unit's until the mergers and the successor's since", () => {
    const rows = [...listCoverage(seed, places, today)];
    const old = rows.filter(({ unit }) => unit.validFrom < "2025-07-01");
    const since = rows.filter(({ unit }) => unit.validFrom === "2025-07-01");
    expect(old.every(({ to }) => to <= "2025-06-30")).toBe(true);
    expect(new Set(since.map(({ from, to }) => `${from} ${to}`))).toEqual(
      new Set(["2025-07-01 2026-11-01"]),
    );
    expect(new Set(since.map(({ unit }) => unit.code)).size).toBeGreaterThan(3_000);
    expect(new Set(old.map(({ unit }) => unit.code)).size).toBe(places.communes.length);
  });
});
