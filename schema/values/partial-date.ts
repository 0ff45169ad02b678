import { civilDate, daysInMonth, parseCivilDate, refuseFormError } from "./date.ts";
import type { CivilDate } from "./date.ts";
import { Malformed } from "./malformed.ts";

declare const brand: unique symbol;

/** A day, a month or a year: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`. Old acts often hold no more. */
export type PartialDate = string & { readonly [brand]: "PartialDate" };

export type Precision = "DAY" | "MONTH" | "YEAR";

/** @throws {Malformed} for another form, and for a day or month that no calendar has. */
export function parsePartialDate(text: string): PartialDate {
  if (text.length > 7) return parseCivilDate(text) as string as PartialDate;
  refuseFormError(text, text.length > 4 ? "YYYY-MM" : "YYYY", "A partial date");
  const month = Number(text.slice(5) || 1);
  if (month < 1 || month > 12)
    throw new Malformed(
      `A partial date has a month from 01 to 12; position 6 says ${text.slice(5)}.`,
      6,
    );
  return text as PartialDate;
}

export function precisionOf(date: PartialDate): Precision {
  return date.length === 4 ? "YEAR" : date.length === 7 ? "MONTH" : "DAY";
}

/** The first day that it may mean, which is also the law's default (TTLT 01/2016, Article 2). */
export function earliestDay(date: PartialDate): CivilDate {
  const [year, month = 1, day = 1] = date.split("-").map(Number) as [number, number?, number?];
  return civilDate(year, month, day);
}

/** The last day that it may mean. */
export function latestDay(date: PartialDate): CivilDate {
  const [year, month = 12, day] = date.split("-").map(Number) as [number, number?, number?];
  return civilDate(year, month, day ?? daysInMonth(year, month));
}
