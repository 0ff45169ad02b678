import { Malformed } from "./malformed.ts";

declare const brand: unique symbol;

/**
 * A civil day, `YYYY-MM-DD`. Text, because text of this form sorts as the days do, and because a day
 * in a register is not an instant: Asia/Ho_Chi_Minh has changed its offset within living memory.
 */
export type CivilDate = string & { readonly [brand]: "CivilDate" };

const form = "YYYY-MM-DD";

/** @throws {Malformed} for another form, and for a day that no calendar has, such as 30 February. */
export function parseCivilDate(text: string): CivilDate {
  refuseFormError(text, form, "A date");
  const [year, month, day] = text.split("-").map(Number) as [number, number, number];
  if (month < 1 || month > 12)
    throw new Malformed(
      `A date has a month from 01 to 12; position 6 says ${text.slice(5, 7)}.`,
      6,
    );
  const days = daysInMonth(year, month);
  if (day < 1 || day > days)
    throw new Malformed(
      `Month ${text.slice(0, 7)} has days 01 to ${days}; position 9 says ${text.slice(8)}.`,
      9,
    );
  return text as CivilDate;
}

/**
 * Compares a text with a form in which a letter stands for a digit and all else for itself, and
 * refuses it at the first position where they part.
 *
 * @throws {Malformed}
 */
export function refuseFormError(text: string, form: string, noun: string): void {
  for (let index = 0; index < Math.max(text.length, form.length); index++) {
    const expected = form[index];
    const found = text[index];
    const fits =
      expected !== undefined &&
      found !== undefined &&
      (/[A-Z]/.test(expected) ? /[0-9]/.test(found) : found === expected);
    if (!fits)
      throw new Malformed(
        `${noun} has the form ${form}; position ${index + 1} ` +
          (found === undefined ? "is missing." : "does not fit it."),
        index + 1,
      );
  }
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The civil day with these parts, which must exist. */
export function civilDate(year: number, month: number, day: number): CivilDate {
  const pad = (value: number, width: number) => String(value).padStart(width, "0");
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}` as CivilDate;
}

const msPerDay = 86_400_000;

/** The day `days` later, or earlier where negative. */
export function addDays(date: CivilDate, days: number): CivilDate {
  const shifted = new Date(Date.parse(`${date}T00:00:00Z`) + days * msPerDay);
  return shifted.toISOString().slice(0, 10) as CivilDate;
}

/** Whole days from one day to another; negative where `to` comes first. */
export function daysBetween(from: CivilDate, to: CivilDate): number {
  return (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / msPerDay;
}

/**
 * The civil day that an instant falls on in Vietnam, for "today" and for nothing in a register: seven hours
 * ahead of UTC since 1975, in summer too. `Intl` would say the same and take ten times as long, for each request.
 */
export function todayInVietnam(now: Date): CivilDate {
  return new Date(now.getTime() + vietnamAheadMs).toISOString().slice(0, 10) as CivilDate;
}

const vietnamAheadMs = 7 * 3_600_000;
