import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDays,
  daysBetween,
  parseCivilDate,
  todayInVietnam,
} from "../../../schema/values/date.ts";
import {
  earliestDay,
  latestDay,
  parsePartialDate,
  precisionOf,
} from "../../../schema/values/partial-date.ts";

describe("A date is a day that the calendar has", () => {
  test.each(["2024-02-29", "2000-02-29", "1999-12-31"])("%s is one", (text) => {
    expect(parseCivilDate(text)).toBe(text);
  });

  test.each([
    ["2023-02-29", "Month 2023-02 has days 01 to 28; position 9 says 29."],
    ["1900-02-29", "Month 1900-02 has days 01 to 28; position 9 says 29."],
    ["2024-13-01", "A date has a month from 01 to 12; position 6 says 13."],
    ["2024-1-01", "A date has the form YYYY-MM-DD; position 7 does not fit it."],
    ["01/02/2024", "A date has the form YYYY-MM-DD; position 3 does not fit it."],
    ["2024-01-01T00:00", "A date has the form YYYY-MM-DD; position 11 does not fit it."],
    ["", "A date has the form YYYY-MM-DD; position 1 is missing."],
  ])("%j is refused", (text, sentence) => {
    expect(() => parseCivilDate(text)).toThrow(sentence);
  });

  test("days are counted across leap years, forwards and back", () => {
    const days = fc.integer({ min: -60_000, max: 60_000 });
    fc.assert(
      fc.property(days, days, (offset, step) => {
        const from = addDays(parseCivilDate("1970-01-01"), offset);
        expect(daysBetween(from, addDays(from, step))).toBe(step);
        expect(parseCivilDate(from)).toBe(from);
      }),
    );
  });

  test("today is the day in Vietnam, where it begins seven hours before UTC's", () => {
    expect(todayInVietnam(new Date("2026-06-30T16:59:59Z"))).toBe("2026-06-30");
    expect(todayInVietnam(new Date("2026-06-30T17:00:00Z"))).toBe("2026-07-01");
  });
});

describe("A partial date keeps the precision that the act has", () => {
  test.each([
    ["1962", "YEAR", "1962-01-01", "1962-12-31"],
    ["1962-02", "MONTH", "1962-02-01", "1962-02-28"],
    ["1964-02", "MONTH", "1964-02-01", "1964-02-29"],
    ["1962-02-03", "DAY", "1962-02-03", "1962-02-03"],
  ])("%s", (text, precision, earliest, latest) => {
    const date = parsePartialDate(text);
    expect(precisionOf(date)).toBe(precision);
    expect(earliestDay(date)).toBe(earliest);
    expect(latestDay(date)).toBe(latest);
  });

  test.each([
    ["196", "A partial date has the form YYYY; position 4 is missing."],
    ["1962-00", "A partial date has a month from 01 to 12; position 6 says 00."],
    ["1962-2", "A partial date has the form YYYY-MM; position 7 is missing."],
    ["1962-02-30", "Month 1962-02 has days 01 to 28; position 9 says 30."],
  ])("%j is refused", (text, sentence) => {
    expect(() => parsePartialDate(text)).toThrow(sentence);
  });
});
