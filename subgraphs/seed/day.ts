import { civilDate, type CivilDate } from "../../schema/values/date.ts";

/** A civil day as whole days since 01/01/1970, because lives are reckoned by adding days. */
export type Day = number;

const msPerDay = 86_400_000;
const daysPerYear = 365.2425;

export const dayOf = (year: number, month: number, day: number): Day =>
  Date.UTC(year, month - 1, day) / msPerDay;

export const parseDay = (text: CivilDate): Day => Date.parse(`${text}T00:00:00Z`) / msPerDay;

// Ten million dates fall on some fifty thousand days: each is written once.
const texts = new Map<Day, CivilDate>();

export function dayText(day: Day): CivilDate {
  let text = texts.get(day);
  if (text === undefined) {
    const date = new Date(day * msPerDay);
    text = civilDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
    texts.set(day, text);
  }
  return text;
}

export const yearOf = (day: Day): number => Number(dayText(day).slice(0, 4));

/** Full years between two days: the age at `on` of somebody born on `birth`, about leap days to a day. */
export const yearsBetween = (birth: Day, on: Day): number => Math.floor((on - birth) / daysPerYear);

/** The day on which somebody born on `birth` reaches `years`; 29 February becomes 1 March. */
export function addYears(birth: Day, years: number): Day {
  const [year, month, day] = dayText(birth).split("-").map(Number) as [number, number, number];
  return dayOf(year + years, month, day);
}

/** As officers write it: 05/03/1987. */
export function dayForPeople(day: Day): string {
  const text = dayText(day);
  return `${text.slice(8)}/${text.slice(5, 7)}/${text.slice(0, 4)}`;
}
