import { lanes } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";

/** Who may spend how much of an owner's day, and whose call comes next. */

/** What a day's units are kept apart for: each lane, and the agencies that were granted some. */
export type Pot = Lane | "granted";

export const pots: readonly Pot[] = [...lanes, "granted"];

/** Units of one pot: set aside at the day's opening, out in leases, in doubt, spent. */
export interface PotAccount {
  readonly floor: number;
  readonly leased: number;
  readonly doubt: number;
  readonly spent: number;
}

/** The account of one source and owner's day. */
export interface DayAccount {
  readonly limit: number;
  readonly free: number;
  readonly pots: Readonly<Record<Pot, PotAccount>>;
}

/** What a pot has used of the day, whether it is known to be spent or not. */
export function usedBy({ leased, doubt, spent }: PotAccount): number {
  return leased + doubt + spent;
}

/**
 * What a lane may still take: all that is free but what the other pots have left of their floors. So a
 * lane spends its own floor, then the common rest, and nothing need remember which unit came from where.
 *
 * @param lent lanes whose floors have joined the rest by now
 */
export function availableTo(lane: Lane, account: DayAccount, lent: readonly Lane[]): number {
  return freeBeyondFloors(
    account,
    pots.filter((pot) => pot !== lane && !(lent as readonly Pot[]).includes(pot)),
  );
}

/** What is free but what these pots have left of their floors; those of all pots, unless some are named. */
export function freeBeyondFloors(
  { free, pots: accounts }: DayAccount,
  keeping: readonly Pot[] = pots,
): number {
  const kept = keeping.map((pot) => Math.max(0, accounts[pot].floor - usedBy(accounts[pot])));
  return Math.max(0, free - kept.reduce((sum, units) => sum + units, 0));
}

/**
 * The lanes whose floors are lent on a day.
 *
 * @param day the day in question, and `now` the owner's `YYYY-MM-DDTHH:MM:SS`
 */
export function lentOn(day: string, now: string, terms: SourceTerms["lanes"]): Lane[] {
  return lanes.filter((lane) => {
    const { lendFrom } = terms[lane];
    return lendFrom !== null && now >= `${day}T${lendFrom}`;
  });
}

/** A call's place in its lane's queue: the lowest comes first. */
export interface Turns {
  /** The place of an agency's next call, by its weight: one of weight 3 comes three times as often. */
  place(agency: string): number;
  /** Tells that the call at this place has left. */
  pass(place: number): void;
}

/** Orders a lane's queue: an agency that has asked a thousand times stands behind another's first call. */
export function orderTurns(weights: SourceTerms["agencyWeights"]): Turns {
  const last = new Map<string, number>();
  let passed = 0;
  return {
    place(agency) {
      const place = Math.max(passed, last.get(agency) ?? 0) + 1 / (weights[agency] ?? 1);
      last.set(agency, place);
      return place;
    },
    pass(place) {
      passed = Math.max(passed, place);
      // An agency whose last call has long left is as one that never asked.
      for (const [agency, at] of last) if (at <= passed) last.delete(agency);
    },
  };
}

/** Divides units among the agencies that ask, in their order: each gets its own until none are left. */
export function allot(asked: ReadonlyMap<string, number>, units: number): Map<string, number> {
  const granted = new Map<string, number>();
  let left = units;
  for (const [agency, wanted] of asked) {
    const part = Math.min(wanted, left);
    if (part > 0) granted.set(agency, part);
    left -= part;
  }
  return granted;
}
