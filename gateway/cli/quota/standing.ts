import { parseArgs } from "node:util";
import type { GatewayDatabase } from "../../database/pool.ts";
import { listGrants } from "../../quota/grants.ts";
import type { RecordedGrant } from "../../quota/grants.ts";
import { readSpending, unknownAgency } from "../../quota/spending.ts";
import { readPotStandings } from "../../quota/standing.ts";
import type { PotStanding } from "../../quota/standing.ts";
import { placeOptions, readPlace } from "./ledger.ts";
import type { LedgerPlace, QuotaTask } from "./ledger.ts";
import { describeGrant, nameAgency, show } from "./show.ts";

/** `lien-thong quota`: how much of each owner's day is spent, by lane and agency, and what is granted. */
export function readStandingTask(args: readonly string[]): QuotaTask {
  const { values } = parseArgs({ args: [...args], options: placeOptions });
  const place = readPlace(values);
  return { place, run: (database) => showStanding(database, place) };
}

/** Where a lane stands, and who has spent what in it. */
interface Row extends PotStanding {
  /** Null of units of which nobody knows who asked for them. */
  readonly agencies: readonly { readonly agency: string | null; readonly spent: number }[];
}

async function showStanding(
  database: GatewayDatabase,
  { terms, json }: LedgerPlace,
): Promise<number> {
  const grants = await listGrants(database, terms);
  const rows: Row[] = [];
  for (const standing of await readPotStandings(database, terms))
    rows.push({ ...standing, agencies: await readAgencies(database, standing, grants) });
  if (json) {
    show(rows, { json }, describeStanding, "");
    return 0;
  }
  show(rows, { json }, describeStanding, "No owner has terms.");
  const spendings = rows.flatMap(({ source, lane, agencies }) =>
    lane === "granted" ? [] : agencies.map((each) => ({ source, lane, ...each })),
  );
  if (spendings.length > 0) {
    console.log("Spent today, by the lane in which it was asked:");
    show(
      spendings,
      { json },
      ({ agency, ...row }) => ({ ...row, agency: nameAgency(agency ?? unknownAgency) }),
      "",
    );
  }
  if (grants.length > 0) {
    console.log("Granted:");
    show(grants, { json }, describeGrant, "");
  }
  return 0;
}

async function readAgencies(
  database: GatewayDatabase,
  { source, day, lane }: PotStanding,
  grants: readonly RecordedGrant[],
): Promise<Row["agencies"]> {
  if (lane === "granted")
    return grants
      .filter((grant) => grant.source === source && grant.usedToday !== null)
      .map(({ agency, usedToday }) => ({ agency, spent: usedToday ?? 0 }));
  const spendings = await readSpending(database, source, day);
  return spendings
    .filter((spending) => spending.lane === lane)
    .map(({ agency, units }) => ({
      agency: agency === unknownAgency ? null : agency,
      spent: units,
    }));
}

function describeStanding({ source, lane, limit, used, reserved, resetsAt }: PotStanding) {
  return { source, lane, limit: limit ?? "none", used, reserved, "resets at": resetsAt };
}
