import { parseArgs } from "node:util";
import { compareWithLedger } from "../../audit/rebuild-quota.ts";
import type { DayRebuilt } from "../../audit/rebuild-quota.ts";
import { openPool } from "../../database/pool.ts";
import { defaultDataDirectory } from "../on-databases.ts";
import { findDatabase } from "../quota/ledger.ts";
import { show } from "../quota/show.ts";

/** Milliseconds for a page of the log. */
const patienceMs = 60_000;

/** `lien-thong audit rebuild-quota`. */
export async function runRebuild(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: "string", default: defaultDataDirectory },
      json: { type: "boolean", default: false },
    },
  });
  const database = openPool(await findDatabase(values), { timeoutMs: patienceMs });
  try {
    const days = await compareWithLedger(database);
    show(days, values, describeDay, "Neither the log nor the ledger knows of any unit.");
    return days.every((day) => day.units === day.ledger || day.inUse) ? 0 : 1;
  } finally {
    await database.destroy();
  }
}

function describeDay({ source, day, units, ledger, inUse }: DayRebuilt) {
  const agree = units === ledger ? "yes" : inUse ? "not while in use" : "no";
  return { source, day, log: units, ledger, agree };
}
