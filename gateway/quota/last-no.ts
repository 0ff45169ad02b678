import type { NoUnits } from "./leases.ts";

/** The ledger's last no in a lane, remembered for a while, so that a flood of calls asks it once. */
export interface LastNo {
  /** Why there were no units, where that is remembered still and was of the same owner's days. */
  read(days: string): NoUnits | undefined;
  /** As `read`, where it holds for all who ask: others may have been granted units, and were not asked for. */
  readFor(asked: ReadonlyMap<string, number>, days: string): NoUnits | undefined;
  /** Takes a no, or adds to one that is remembered that it holds for these agencies too. */
  keep(why: NoUnits, asked: readonly ReadonlyMap<string, number>[], days: string): void;
}

/** Milliseconds for which it is remembered. */
const memoryMs = 1_000;

/** @param monotonic milliseconds that never go back */
export function openLastNo(monotonic: () => number): LastNo {
  let last:
    | {
        readonly until: number;
        readonly days: string;
        readonly why: NoUnits;
        readonly agencies: Set<string>;
      }
    | undefined;
  const read: LastNo["read"] = (days) =>
    last && monotonic() < last.until && last.days === days ? last.why : undefined;
  return {
    read,
    readFor(asked, days) {
      const why = read(days);
      if (why?.kind !== "exhausted") return why;
      return [...asked.keys()].every((agency) => last?.agencies.has(agency)) ? why : undefined;
    },
    keep(why, asked, days) {
      if (last === undefined || read(days) !== why)
        last = { until: monotonic() + memoryMs, days, why, agencies: new Set() };
      for (const units of asked) for (const agency of units.keys()) last.agencies.add(agency);
    },
  };
}
