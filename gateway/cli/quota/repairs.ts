import { parseArgs } from "node:util";
import { listRepairs } from "../../quota/repair-log.ts";
import type { RecordedRepair } from "../../quota/repair-log.ts";
import { placeOptions, readPlace } from "./ledger.ts";
import type { QuotaTask } from "./ledger.ts";
import { describeRepair, show } from "./show.ts";

/** `lien-thong quota repairs`: what was changed because an owner's meter said otherwise. */
export function readRepairsTask(args: readonly string[]): QuotaTask {
  const { values } = parseArgs({ args: [...args], options: placeOptions });
  const place = readPlace(values);
  return {
    place,
    async run(database) {
      show(await listRepairs(database), place, describe, "Nothing was ever repaired.");
      return 0;
    },
  };
}

function describe(repair: RecordedRepair) {
  const { source, day, meter, repairedAt } = repair;
  return { source, day, repaired: describeRepair(repair), "owner's meter": meter, at: repairedAt };
}
