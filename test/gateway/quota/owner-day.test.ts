import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  agrees,
  chargedDays,
  dayAt,
  daysByDate,
  guardOf,
  startOf,
} from "../../../gateway/quota/owner-day.ts";
import { civilDate, parseCivilDate } from "../../../schema/values/date.ts";

const timeZone = "Asia/Ho_Chi_Minh";
const guardMs = guardOf(2_000);
const owner = { timeZone, guardMs };
const thursday = parseCivilDate("2026-07-23");
const friday = parseCivilDate("2026-07-24");

/** An instant by Hanoi's clocks. */
function hanoi(time: string): number {
  return Date.parse(`${time}+07:00`);
}

describe("An owner's day", () => {
  test("begins at midnight in Hanoi, wherever the server stands", () => {
    expect(dayAt(Date.parse("2026-07-23T16:59:59.999Z"), timeZone)).toBe("2026-07-23");
    expect(dayAt(Date.parse("2026-07-23T17:00:00.000Z"), timeZone)).toBe("2026-07-24");
    expect(startOf(friday, timeZone)).toBe(Date.parse("2026-07-23T17:00:00Z"));
  });

  test("begins where it begins in zones whose clocks change", () => {
    const days = fc.date({ min: new Date(0), max: new Date("2060-01-01"), noInvalidDate: true });
    const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "Asia/Kathmandu", timeZone);
    fc.assert(
      fc.property(days, zones, (date, zone) => {
        const day = civilDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
        const start = startOf(day, zone);
        expect(dayAt(start, zone)).toBe(day);
        expect(dayAt(start - 1, zone) < day).toBe(true);
      }),
    );
  });
});

describe("A call is charged", () => {
  test("to one day, and around midnight to both that the owner may count it on", () => {
    expect(guardMs).toBe(5_000);
    const at = (time: string) => chargedDays(hanoi(time), owner, null).days;
    expect(at("2026-07-23T23:59:54.999")).toEqual([thursday]);
    expect(at("2026-07-23T23:59:55.000")).toEqual([thursday, friday]);
    expect(at("2026-07-23T23:59:59.000")).toEqual([thursday, friday]);
    expect(at("2026-07-24T00:00:01.000")).toEqual([thursday, friday]);
    expect(at("2026-07-24T00:00:05.000")).toEqual([friday]);
  });

  test("to the same days until the instant that is told", () => {
    const instants = fc.integer({ min: hanoi("2026-07-22T00:00"), max: hanoi("2026-07-26T00:00") });
    const opened = fc.constantFrom(null, thursday, friday);
    fc.assert(
      fc.property(
        instants,
        opened,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (now, newest, part) => {
          const { days, until } = chargedDays(now, owner, newest);
          expect(until).toBeGreaterThan(now);
          const later = Math.floor(now + (until - now) * part);
          if (later < until) expect(chargedDays(later, owner, newest).days).toEqual(days);
        },
      ),
    );
  });

  test("to the newest opened day too, where the clock has gone back", () => {
    expect(chargedDays(hanoi("2026-07-23T22:00"), owner, friday).days).toEqual([thursday, friday]);
    expect(chargedDays(hanoi("2026-07-20T22:00"), owner, friday).days).toEqual([friday]);
  });
});

describe("The owner's clock", () => {
  const askedAt = hanoi("2026-07-24T00:00:01.200");
  const answeredAt = askedAt + 30;

  test.each([
    [-3_300, false],
    [-3_000, true],
    [0, true],
    [1_900, true],
    [2_100, false],
  ])("that says a second %d ms from ours agrees: %s", (off, answer) => {
    expect(agrees({ date: askedAt + off, askedAt, answeredAt })).toBe(answer);
  });

  test("tells the day on which a call was counted, but not where midnight lay between", () => {
    const counted = (date: string, sent: number) => {
      const dates = { date: hanoi(date), askedAt: sent, answeredAt: sent + 50 };
      return daysByDate([thursday, friday], dates, timeZone);
    };
    expect(counted("2026-07-23T23:59:58", hanoi("2026-07-23T23:59:58"))).toEqual([thursday]);
    expect(counted("2026-07-24T00:00:03", hanoi("2026-07-24T00:00:03"))).toEqual([friday]);
    expect(counted("2026-07-24T00:00:00", hanoi("2026-07-24T00:00:00"))).toEqual([
      thursday,
      friday,
    ]);
  });
});
