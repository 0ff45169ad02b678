import type { CivilDate } from "../../schema/values/date.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { changeLimit, openDay, readLedgerTime } from "./accounts.ts";
import type { QuotaClock } from "./clock.ts";
import { agrees, chargedDays, daysByDate, guardOf, wallClock } from "./owner-day.ts";
import type { ChargedDays, OwnerDate } from "./owner-day.ts";

/**
 * Which of a source's days a call is charged to, by PostgreSQL's clock carried on by the monotonic one,
 * and the opening of new days, to which the owner's own clock must agree.
 */
export interface Calendar {
  /** The days to charge now, or undefined until PostgreSQL's clock has been read. */
  charged(): ChargedDays | undefined;
  /** The owner's wall clock now, `YYYY-MM-DDTHH:MM:SS`. */
  wallClock(): string;
  /** Reads PostgreSQL's clock. @throws {Error} of the database */
  read(): Promise<void>;
  /** Takes PostgreSQL's time from an answer that was asked for at this instant of the monotonic clock. */
  hear(ledgerTime: number, newest: CivilDate | null, askedAt: number): void;
  /** Takes the `Date` of an owner's answer to a call that left at this instant of the monotonic clock. */
  hearOwner(date: string | null, askedAt: number): void;
  /** On which of the days a call was counted, by the `Date` of its answer; all of them where that is not told. */
  daysByDate(
    days: readonly CivilDate[],
    date: string | null,
    askedAt: number,
  ): readonly CivilDate[];
  /** Fits days to the limit of the terms, once each: they may have changed since a day was opened. @throws {Error} of the database */
  fit(days: readonly CivilDate[]): Promise<void>;
  /** Opens days. False where the owner's clock does not agree that one has come. @throws {Error} of the database */
  open(days: readonly CivilDate[]): Promise<boolean>;
}

export interface CalendarOptions {
  readonly database: GatewayDatabase;
  readonly source: string;
  readonly terms: SourceTerms;
  readonly clock: QuotaClock;
  /** The `Date` of an answer of the owner that costs nothing; null where it gives none. Rejects where it is silent. */
  readonly askDate: () => Promise<string | null>;
}

/** Between the machine's and the monotonic clock, in milliseconds: a machine that slept, or was set. */
const largestJump = 1_000;

/** Milliseconds for which the owner's `Date` is believed; its clock may have been set since. */
const dateIsFreshFor = 60_000;

export function openCalendar(options: CalendarOptions): Calendar {
  const { database, source, terms, clock, askDate } = options;
  const { timeZone } = terms;
  const owner = { timeZone, guardMs: guardOf(terms.timeoutMs) };
  /** PostgreSQL's and the machine's time at the monotonic clock's zero. */
  let zero: { readonly ledger: number; readonly machine: number } | undefined;
  let newest: CivilDate | null = null;
  let charged: ChargedDays | undefined;
  let lastDate: OwnerDate | undefined;
  /** A day before the newest, to which the clock went back, and which the owner says is over. */
  let over: CivilDate | undefined;
  const fitted = new Set<CivilDate>();

  const ledgerAt = (monotonic: number) => (zero?.ledger ?? 0) + monotonic;
  const readOwnerDate = (date: string | null, askedAt: number): OwnerDate | undefined => {
    const at = date === null ? Number.NaN : Date.parse(date);
    return Number.isNaN(at) ? undefined : { date: at, askedAt, answeredAt: clock.monotonic() };
  };
  const inLedgerTime = ({ date, askedAt, answeredAt }: OwnerDate): OwnerDate => ({
    date,
    askedAt: ledgerAt(askedAt),
    answeredAt: ledgerAt(answeredAt),
  });

  const calendar: Calendar = {
    charged() {
      if (zero === undefined) return undefined;
      const monotonic = clock.monotonic();
      if (Math.abs(clock.now() - monotonic - zero.machine) > largestJump) {
        // The machine slept, and the monotonic clock with it; or its clock was set, which is harmless.
        zero = charged = undefined;
        return undefined;
      }
      const now = ledgerAt(monotonic);
      if (charged === undefined || now >= charged.until) {
        const { days, until } = chargedDays(now, owner, newest);
        charged = { days: days.filter((day) => day !== over), until };
      }
      return charged;
    },
    wallClock: () => wallClock(ledgerAt(clock.monotonic()), timeZone),
    async read() {
      const askedAt = clock.monotonic();
      const read = await readLedgerTime(database, source);
      calendar.hear(read.ledgerTime, read.newest, askedAt);
    },
    hear(ledgerTime, newestOpened, askedAt) {
      const monotonic = clock.monotonic();
      // It was read somewhere between question and answer: half of that is the most that it is off.
      zero = {
        ledger: ledgerTime - (askedAt + monotonic) / 2,
        machine: clock.now() - monotonic,
      };
      if (newestOpened !== null && (newest === null || newestOpened > newest))
        newest = newestOpened;
      charged = undefined;
    },
    hearOwner(date, askedAt) {
      lastDate = readOwnerDate(date, askedAt) ?? lastDate;
    },
    daysByDate(days, date, askedAt) {
      const told = readOwnerDate(date, askedAt);
      return told === undefined || days.length === 1
        ? days
        : daysByDate(days, inLedgerTime(told), timeZone);
    },
    async fit(days) {
      for (const day of days)
        if (!fitted.has(day)) {
          await changeLimit(database, source, day, terms.perDay ?? 0);
          fitted.add(day);
        }
    },
    async open(days) {
      if (lastDate === undefined || clock.monotonic() - lastDate.answeredAt > dateIsFreshFor) {
        const askedAt = clock.monotonic();
        try {
          const date = await askDate();
          lastDate = readOwnerDate(date, askedAt);
        } catch {
          return false;
        }
      }
      // An owner that never tells the time is taken to agree: nothing else could ever open its day.
      if (lastDate !== undefined && !agrees(inLedgerTime(lastDate))) {
        lastDate = undefined;
        if (newest === null || !days.includes(newest) || days[0] === newest) return false;
        over = days[0];
        charged = undefined;
        return true;
      }
      for (const day of days) await openDay(database, source, day, terms);
      return true;
    },
  };
  return calendar;
}
