import { earliestDay, latestDay } from "../../schema/values/partial-date.ts";
import type { PartialDate } from "../../schema/values/partial-date.ts";
import { counts, entryOfDeath } from "./book-entry.ts";
import type { BookEntry } from "./book-entry.ts";
import type { DeathRow, MarriageEndRow, MarriageRow } from "./loaders.ts";

/** What the books hold on a citizen's marriages, found under any of the numbers. */
export interface MaritalActs {
  readonly marriages: readonly MarriageRow[];
  readonly ends: readonly MarriageEndRow[];
  /** The citizen's own and those of the spouses; one may come once for each number. */
  readonly deaths: readonly DeathRow[];
}

interface EventFields {
  readonly id: number;
  readonly date: PartialDate | null;
  readonly dateText: string | null;
  readonly unit_code: string | null;
  readonly unit_from: string | null;
  readonly spousePin: string | null;
  readonly spouseName: string;
  /** Null where a court has acted and nothing has been noted. */
  readonly entry: BookEntry | null;
}

export type MaritalEvent =
  | (EventFields & {
      readonly __typename: "Marriage";
      readonly form: string;
      readonly country: string | null;
    })
  | (EventFields & {
      readonly __typename: "Divorce" | "Annulment";
      readonly judgment: MarriageEndRow;
    })
  | (EventFields & { readonly __typename: "SpouseDeath" });

/**
 * Every act on the marriages of the bearer of `pins`, newest first; an act whose date cannot be read
 * stands last. Cancelled ones are among them, with their status.
 */
export function listMaritalEvents(pins: readonly string[], acts: MaritalActs): MaritalEvent[] {
  const marriages = new Map(acts.marriages.map((marriage) => [marriage.id, marriage]));
  return [
    ...acts.marriages.map((marriage) => describeMarriage(marriage, pins)),
    ...acts.ends.filter(isSeen).flatMap((end) => {
      const marriage = marriages.get(end.marriage_id);
      return marriage ? [describeEnd(end, marriage, pins)] : [];
    }),
    ...findSpouseDeaths(pins, acts).map(describeSpouseDeath),
  ].toSorted(compareNewestFirst);
}

/** A judgment that was lifted before anybody noted it has no entry that could say so. */
function isSeen(end: MarriageEndRow): boolean {
  return counts(end) || end.book !== null;
}

function describeMarriage(marriage: MarriageRow, pins: readonly string[]): MaritalEvent {
  const { id, form, country, unit_code, unit_from } = marriage;
  return {
    __typename: "Marriage",
    id,
    form,
    country,
    date: marriage.date as PartialDate | null,
    dateText: marriage.date_text,
    unit_code,
    unit_from,
    ...otherParty(marriage, pins),
    entry: marriage,
  };
}

function describeEnd(
  end: MarriageEndRow,
  marriage: MarriageRow,
  pins: readonly string[],
): MaritalEvent {
  const { id, kind, unit_code, unit_from } = end;
  return {
    __typename: kind === "ANNULMENT" ? "Annulment" : "Divorce",
    id,
    judgment: end,
    date: end.effective_from as PartialDate | null,
    dateText: null,
    unit_code,
    unit_from,
    ...otherParty(marriage, pins),
    entry: entryOfEnd(end),
  };
}

/** A note is whole or absent: a constraint of the table. */
function entryOfEnd(end: MarriageEndRow): BookEntry | null {
  return end.book === null ? null : (end as BookEntry);
}

function describeSpouseDeath(death: DeathRow): MaritalEvent {
  const { id, unit_code, unit_from } = death;
  return {
    __typename: "SpouseDeath",
    id,
    date: death.date as PartialDate | null,
    dateText: death.date_text,
    unit_code,
    unit_from,
    spousePin: death.pin,
    spouseName: death.full_name,
    entry: entryOfDeath(death),
  };
}

function otherParty(
  marriage: MarriageRow,
  pins: readonly string[],
): Pick<EventFields, "spousePin" | "spouseName"> {
  return pins.includes(marriage.husband_pin ?? "")
    ? { spousePin: marriage.wife_pin, spouseName: marriage.wife_name }
    : { spousePin: marriage.husband_pin, spouseName: marriage.husband_name };
}

/**
 * Deaths of spouses, each once, as far as a marriage to the dead existed on that day: begun by then,
 * and ended neither by an earlier judgment in force nor by the citizen's own death.
 */
function findSpouseDeaths(
  pins: readonly string[],
  { marriages, ends, deaths }: MaritalActs,
): DeathRow[] {
  const isOwn = ({ pin }: DeathRow) => pins.includes(pin ?? "");
  const ownDeath = deaths.find((death) => isOwn(death) && counts(entryOfDeath(death)));
  const byId = new Map(deaths.map((death) => [death.id, death]));
  return [...byId.values()].filter((death) => {
    const day = dayOf(death);
    if (isOwn(death) || (ownDeath && dayOf(ownDeath) < day)) return false;
    return marriages.some(
      (marriage) =>
        otherParty(marriage, pins).spousePin === death.pin &&
        counts(marriage) &&
        (marriage.date === null ||
          death.date === null ||
          earliestDay(marriage.date as PartialDate) <= latestDay(death.date as PartialDate)) &&
        !ends.some((end) => end.marriage_id === marriage.id && isInForceBefore(end, day)),
    );
  });
}

/** The legal default of a partial date; where it cannot be read, the day on which it was registered. */
function dayOf(death: DeathRow): string {
  return death.date === null ? death.registered_on : earliestDay(death.date as PartialDate);
}

function isInForceBefore(end: MarriageEndRow, day: string): boolean {
  return counts(end) && end.effective_from !== null && end.effective_from < day;
}

function compareNewestFirst(a: MaritalEvent, b: MaritalEvent): number {
  return (
    compareDescending(a.date, b.date) ||
    compareDescending(a.entry?.registered_on ?? null, b.entry?.registered_on ?? null) ||
    // A marriage on the day of a divorce came after it, and before a death on that day.
    compareDescending(a.__typename, b.__typename) ||
    b.id - a.id
  );
}

/** Nulls last. A text that opens a longer one is the smaller, so partial dates sort as their first days. */
function compareDescending(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? 1 : -1;
}
