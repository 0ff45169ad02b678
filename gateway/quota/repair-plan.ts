import { lanes } from "../../schema/terms.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import { sumOf } from "./comparison.ts";
import type { DayRecord } from "./comparison.ts";
import { pots } from "./lanes.ts";
import type { DayAccount, Pot } from "./lanes.ts";

/** What is to be changed in a day's account, so that it says what its owner's meter says. */

/** A change of one figure of a day's account. */
export interface Repair {
  readonly pot: Pot;
  /**
   * Whether the agencies' book tells that it is this lane's, or this lane merely bears it: `bulk` before
   * others, since no citizen waits there.
   */
  readonly potKnown: boolean;
  readonly kind: "leased" | "doubt" | "spent";
  readonly before: number;
  readonly after: number;
}

export interface RepairPlan {
  readonly repairs: readonly Repair[];
  /** What the meter still says more than the ledger afterwards: the day has no such units. */
  readonly beyond: number;
  /** Units that the owner counted, and of which no agency is known to have asked for them. */
  readonly unknown: number;
}

/** Lanes that bear what nobody's book explains, the one that it harms least first. */
const bearers: readonly Pot[] = ["bulk", "case", "counter", "granted"];

const bookedPots: readonly Pot[] = ["granted", ...lanes];

/** What to change in an account of which nothing is out, so that it has spent what the meter says. */
export function planRepairs(
  { account, booked }: Pick<DayRecord, "account" | "booked">,
  meter: number,
  unit: SourceTerms["unit"],
): RepairPlan {
  const repairs: Repair[] = [];
  const now = structuredClone(account) as Writable<DayAccount>;
  const change = (pot: Pot, kind: Repair["kind"], units: number, potKnown: boolean) => {
    if (units === 0) return;
    const before = now.pots[pot][kind];
    repairs.push({ pot, potKnown, kind, before, after: before + units });
    now.pots[pot][kind] += units;
    now.free -= units;
  };
  // Nobody holds these, or there would be a lease or a doubtful call.
  for (const pot of pots) {
    change(pot, "leased", -now.pots[pot].leased, true);
    change(pot, "doubt", -now.pots[pot].doubt, true);
  }
  const spent = sumOf(now, "spent");
  let missing = Math.min(meter - spent, now.free);
  // Of calls, the book says how many rows they carried.
  const book = unit === "RECORD" ? booked : undefined;
  for (const pot of book ? bookedPots : []) {
    const gap = booked[pot] - now.pots[pot].spent;
    const units =
      missing > 0 ? Math.min(missing, Math.max(0, gap)) : Math.max(missing, Math.min(0, gap));
    // What was spent out of a grant stands in the book of the lane in which it was asked, too.
    change(pot, "spent", units, pot === "granted" || booked.granted === 0);
    missing -= units;
  }
  for (const pot of bearers) {
    const units = Math.max(missing, -now.pots[pot].spent);
    change(pot, "spent", units, false);
    missing -= units;
  }
  const counted = sumOf(now, "spent");
  const known = book ? book.counter + book.case + book.bulk : spent;
  return { repairs, beyond: meter - counted, unknown: Math.max(0, counted - known) };
}

type Writable<T> = { -readonly [Key in keyof T]: Writable<T[Key]> };
