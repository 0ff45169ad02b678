import { addDays } from "../../schema/values/date.ts";
import type { CivilDate } from "../../schema/values/date.ts";

/** Which of an owner's days a call belongs to. Instants are milliseconds since 1970. */

/** How far an owner's clock may be off, in milliseconds: what NTP keeps even a neglected server within. */
const clockTolerance = 2_000;

/** An HTTP `Date` names a whole second and leaves off what has passed of it. */
const dateResolution = 1_000;

/**
 * Milliseconds before and after an owner's midnight in which a call may be counted on either day: it may
 * be under way as long as its time-out, the owner's clock be 2 s off, and ours 1 s.
 */
export function guardOf(timeoutMs: number): number {
  return timeoutMs + clockTolerance + 1_000;
}

/** The day that an instant falls on in a zone. */
export function dayAt(instant: number, timeZone: string): CivilDate {
  return wallClock(instant, timeZone).slice(0, 10) as CivilDate;
}

/** The instant at which a day begins in a zone. */
export function startOf(day: CivilDate, timeZone: string): number {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  let instant = wanted;
  // The zone's offset is known at an instant alone; the second guess is right but where clocks change.
  for (let round = 0; round < 3; round++)
    instant += wanted - Date.parse(`${wallClock(instant, timeZone)}Z`);
  return instant;
}

/** The owner's days that a call which leaves now may be counted on, and until when that holds. */
export interface ChargedDays {
  /** One, or around midnight two, the older first: a call needs units of each. */
  readonly days: readonly CivilDate[];
  readonly until: number;
}

/**
 * The days to charge a call to.
 *
 * @param newest the newest day that the ledger has opened. A clock that goes back does not take it back:
 *   a call is charged to it too, so that none is counted by the owner on a day it was not charged to.
 */
export function chargedDays(
  now: number,
  { timeZone, guardMs }: { readonly timeZone: string; readonly guardMs: number },
  newest: CivilDate | null,
): ChargedDays {
  const day = dayAt(now, timeZone);
  const next = addDays(day, 1);
  const start = startOf(day, timeZone);
  const end = startOf(next, timeZone);
  if (newest !== null && newest > next)
    return { days: [newest], until: startOf(newest, timeZone) - guardMs };
  if (now >= end - guardMs || newest === next) return { days: [day, next], until: end };
  if (now < start + guardMs) return { days: [addDays(day, -1), day], until: start + guardMs };
  return { days: [day], until: end - guardMs };
}

/** The `Date` of an owner's answer, with the instants of our own clock between which it was written. */
export interface OwnerDate {
  readonly date: number;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Whether the owner's clock may be within 2 s of the one that `askedAt` and `answeredAt` are read from. */
export function agrees({ date, askedAt, answeredAt }: OwnerDate): boolean {
  return date - answeredAt <= clockTolerance && date + dateResolution - askedAt >= -clockTolerance;
}

/**
 * On which of the days that a call was charged to its owner has counted it, by the `Date` of its answer:
 * several where midnight came while it was under way.
 */
export function daysByDate(
  days: readonly CivilDate[],
  { date, askedAt, answeredAt }: OwnerDate,
  timeZone: string,
): readonly CivilDate[] {
  const from = dayAt(date - (answeredAt - askedAt) - dateResolution, timeZone);
  const to = dayAt(date + dateResolution, timeZone);
  const counted = days.filter((day) => day >= from && day <= to);
  return counted.length === 0 ? days : counted;
}

/** `YYYY-MM-DDTHH:MM:SS` of a zone's clocks. */
export function wallClock(instant: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(timeZone, format);
  }
  return format.format(instant).replace(" ", "T");
}

/** Made once a zone: making one takes longer than a look-up may. */
const formats = new Map<string, Intl.DateTimeFormat>();
