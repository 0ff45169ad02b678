import type { CivilDate } from "../../schema/values/date.ts";
import type { Lane } from "../../schema/terms.ts";
import type { DoubtfulCall, LeaseSettlement } from "./ledger.ts";

/** One lease: units that a process holds, the calls that carry them, and what became of those. */
export interface Lease {
  readonly id: string;
  readonly source: string;
  readonly lane: Lane;
  readonly granted: boolean;
  readonly days: readonly CivilDate[];
  /** Units that it was taken with. */
  readonly size: number;
  /** Instant of the monotonic clock after which no call leaves under it. */
  readonly usableUntil: number;
  /** Units of each day that no call carries. */
  free: number;
  /** Calls that ever left under it: the number of the newest. */
  calls: number;
  /** Calls that have no outcome yet. */
  underWay: number;
  /** Calls whose spent units the log does not hold yet. */
  unrecorded: number;
  /** Instant of the monotonic clock. */
  lastUsed: number;
  /** No new call leaves under it; it ends with the last one under way. */
  retired: boolean;
  readonly spent: Map<CivilDate, number>;
  readonly doubtful: DoubtfulCall[];
  /** Spent units by day and agency. */
  readonly agencies: Map<CivilDate, Map<string, number>>;
}

export function createLease(
  given: Pick<Lease, "id" | "source" | "lane" | "granted" | "days" | "size" | "usableUntil">,
  now: number,
): Lease {
  return {
    ...given,
    free: given.size,
    calls: 0,
    underWay: 0,
    unrecorded: 0,
    lastUsed: now,
    retired: false,
    spent: new Map(),
    doubtful: [],
    agencies: new Map(),
  };
}

/** Units that travel with one call. */
export interface CarriedUnits {
  /** The idempotency key: no other call ever bears it. */
  readonly key: string;
  readonly lease: Lease;
  readonly units: number;
  /** Units by agency. */
  readonly agencies: ReadonlyMap<string, number>;
}

/** Puts units aside for a call that leaves now; the lease must hold so many. */
export function carryUnits(
  lease: Lease,
  units: number,
  agencies: ReadonlyMap<string, number>,
  now: number,
): CarriedUnits {
  lease.free -= units;
  lease.calls += 1;
  lease.underWay += 1;
  lease.lastUsed = now;
  return { key: `${lease.id}.${lease.calls}`, lease, units, agencies };
}

/** What became of a call: spent on these days, given back, or known to its owner alone. */
export type CallOutcome =
  | { readonly kind: "spent"; readonly days: readonly CivilDate[] }
  | { readonly kind: "returned" }
  | { readonly kind: "doubt" };

/** Books a call's outcome; what it returns may travel with another call. */
export function bookOutcome(
  { key, lease, units, agencies }: CarriedUnits,
  outcome: CallOutcome,
): void {
  lease.underWay -= 1;
  switch (outcome.kind) {
    case "returned":
      lease.free += units;
      return;
    case "doubt":
      // A call that asked for nothing that is counted leaves nothing to doubt.
      if (units > 0) lease.doubtful.push({ key, units, agencies: Object.fromEntries(agencies) });
      return;
    case "spent":
      for (const day of outcome.days) {
        lease.spent.set(day, (lease.spent.get(day) ?? 0) + units);
        const spending = lease.agencies.get(day) ?? new Map<string, number>();
        lease.agencies.set(day, spending);
        for (const [agency, part] of agencies)
          spending.set(agency, (spending.get(agency) ?? 0) + part);
      }
  }
}

/** Whether nothing more can become of it. */
export function hasEnded({ retired, free, underWay, unrecorded }: Lease): boolean {
  return underWay + unrecorded === 0 && (retired || free === 0);
}

/** What the ledger is to book when it has ended. */
export function settlementOf(lease: Lease): LeaseSettlement {
  const doubt = lease.doubtful.reduce((sum, { units }) => sum + units, 0);
  return {
    id: lease.id,
    source: lease.source,
    lane: lease.lane,
    granted: lease.granted,
    outcomes: lease.days.map((day) => ({ day, spent: lease.spent.get(day) ?? 0, doubt })),
    doubtful: lease.doubtful,
    agencies: [...lease.agencies].flatMap(([day, spending]) =>
      [...spending].map(([agency, units]) => ({ day, agency, units })),
    ),
  };
}
