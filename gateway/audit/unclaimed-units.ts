import type { Unclaimed } from "../source/bill.ts";
import { toChargedUnits } from "./charged-units.ts";
import { describeUnclaimed } from "./entry.ts";
import type { AuditLog } from "./log.ts";

/** Units that no answer shows, on their way into the log. */
export interface UnclaimedUnits {
  /** Of calls whose askers had gone, and of answers that could not be recorded and were not sent. */
  add(unclaimed: Unclaimed): void;
  /** Writes them down, an entry for each agency; what cannot be is tried again. Never rejects. */
  flush(): Promise<void>;
}

export function gatherUnclaimed(log: Pick<AuditLog, "append">): UnclaimedUnits {
  let gathered: Unclaimed[] = [];
  let flushing: Promise<void> | undefined;
  const write = async () => {
    const told = gathered;
    gathered = [];
    const byAgency = Map.groupBy(told, ({ agency }) => agency);
    const entries = [...byAgency].map(([agency, units]) =>
      describeUnclaimed(agency, units.flatMap(toChargedUnits)),
    );
    try {
      await log.append(entries);
      for (const { recorded } of told) recorded();
    } catch {
      gathered.unshift(...told);
    }
  };
  return {
    add: (unclaimed) => void gathered.push(unclaimed),
    async flush() {
      await flushing;
      if (gathered.length === 0) return;
      flushing = write().finally(() => (flushing = undefined));
      await flushing;
    },
  };
}
