import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { Units } from "./wire.ts";

/** Units of a call that are charged to one request, or to nobody's. */
export interface Charge {
  readonly source: string;
  readonly lane: Lane;
  /** The owner's days that they are booked on; none while only the owner knows whether it counted them. */
  readonly days: readonly string[];
  /** The call's idempotency key. */
  readonly call: string;
  readonly units: number;
  /** To be called when the log holds them: until then the ledger does not book the lease that they came from. */
  recorded(): void;
}

/** Units that no answer shows: those who asked had gone when it came. */
export interface Unclaimed extends Charge {
  readonly agency: string;
}

/** A call whose units are spent, or may be. */
export interface BilledCall extends Omit<Charge, "source" | "units"> {
  /** Units by the agency that is charged. */
  readonly granted: Units;
}

/**
 * What a call cost, shared among the requests that its rows are charged to. Each unit ends in one charge:
 * of a request that took its row, or of nobody.
 */
export interface Bill {
  /** A request takes rows that are charged to its agency. */
  take(agency: string, rows: number): void;
  /** The charge for rows that one request has taken; undefined where others bear the whole call. */
  charge(rows: number): Charge | undefined;
  /** Nobody takes any more. */
  close(): void;
}

export interface BillsOptions {
  readonly source: string;
  /** Of a call that costs one unit whatever it asks, the first who has taken a row bears it. */
  readonly unit: SourceTerms["unit"];
  /** Told of each agency's units that no request has taken. */
  readonly onUnclaimed: (unclaimed: Unclaimed) => void;
}

/** Makes the bills of one source's calls. */
export function openBills({ source, unit, onUnclaimed }: BillsOptions): (call: BilledCall) => Bill {
  return ({ granted, recorded, ...call }) => {
    const untaken = new Map(granted);
    let open = unit === "CALL" ? 1 : sum(granted);
    let [taken, borne] = [false, false];
    const make = (units: number): Charge => ({
      ...call,
      source,
      units,
      recorded() {
        open -= units;
        if (open === 0) recorded();
      },
    });
    return {
      take(agency, rows) {
        taken = true;
        untaken.set(agency, (untaken.get(agency) ?? 0) - rows);
      },
      charge(rows) {
        if (unit !== "CALL") return make(rows);
        if (borne) return undefined;
        borne = true;
        return make(1);
      },
      close() {
        // What is in doubt is told by the owner's word.
        if (call.days.length === 0) return;
        if (unit === "CALL") {
          const [agency] = granted.keys();
          if (!taken && agency !== undefined) onUnclaimed({ ...make(1), agency });
          return;
        }
        for (const [agency, units] of untaken)
          if (units > 0) onUnclaimed({ ...make(units), agency });
      },
    };
  };
}

function sum(units: Units): number {
  let all = 0;
  for (const each of units.values()) all += each;
  return all;
}
