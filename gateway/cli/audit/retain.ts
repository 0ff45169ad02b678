import { parseArgs } from "node:util";
import { readPurposes } from "../../../schema/purpose.ts";
import { openLog } from "../../audit/log.ts";
import { eraseDetails } from "../../audit/retain.ts";
import type { Retained } from "../../audit/retain.ts";
import { openConnections, openPool } from "../../database/pool.ts";
import { defaultDataDirectory } from "../on-databases.ts";
import { findDatabase } from "../quota/ledger.ts";
import { show } from "../quota/show.ts";

/** Milliseconds for a statement: a count of millions takes a while. */
const patienceMs = 600_000;

/** Months for which the details of a purpose are kept that is no longer on the list, or of no purpose at all. */
const usualMonths = 24;

/** `lien-thong audit retain`. */
export async function runRetention(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: "string", default: defaultDataDirectory },
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const url = await findDatabase(values);
  const connections = openConnections(url);
  const database = openPool(process.env["RETENTION_DATABASE_URL"] || url, {
    timeoutMs: patienceMs,
  });
  const purposes = readPurposes();
  try {
    const erased = await eraseDetails({
      log: openLog({ connections, monotonic: () => performance.now() }),
      database,
      monthsOf: (purpose) => purposes.get(purpose)?.logMonths ?? usualMonths,
      now: Date.now(),
      dryRun: values["dry-run"],
    });
    show(erased, values, describeErased, "No detail's time has passed.");
    return 0;
  } catch (error) {
    // PostgreSQL's code for a right that is lacking.
    if ((error as { code?: unknown }).code !== "42501") throw error;
    throw new Error(
      "This role may not erase details, as the gateway's must not. Name the one that may by RETENTION_DATABASE_URL; gateway/audit/README.md makes it.",
      { cause: error },
    );
  } finally {
    await connections.end();
    await database.destroy();
  }
}

function describeErased({ purpose, before, details }: Retained) {
  return { purpose: purpose || "(none)", "older than": before, details };
}
