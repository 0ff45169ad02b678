import { parseArgs } from "node:util";
import type { SourceTerms } from "../../../schema/terms.ts";
import { openLog } from "../../audit/log.ts";
import { createUnitsRecorder } from "../../audit/record-units.ts";
import { openConnections } from "../../database/pool.ts";
import { meterTokenVariable, urlVariable } from "../../source-variables.ts";
import type { GatewayDatabase } from "../../database/pool.ts";
import { listComparedDays } from "../../quota/comparison.ts";
import type { ReconcileOptions, RecordUnits } from "../../quota/comparison.ts";
import { meterBeside } from "../../quota/meter.ts";
import { openOwnerLine } from "../../quota/owner-line.ts";
import { reconcile } from "../../quota/reconcile.ts";
import { agrees, repairDay } from "../../quota/repair.ts";
import type { DayReconciled } from "../../quota/repair.ts";
import { findDatabase, placeOptions, readPlace } from "./ledger.ts";
import type { LedgerPlace, QuotaTask } from "./ledger.ts";
import { describeRepair, show } from "./show.ts";

/** `lien-thong quota reconcile`: ends doubt by the owners' word, and repairs what still differs. */
export function readReconcileTask(args: readonly string[]): QuotaTask {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...placeOptions,
      "dry-run": { type: "boolean", default: false },
      "no-repair": { type: "boolean", default: false },
    },
  });
  const place = readPlace(values);
  const settle = !values["dry-run"];
  const wish = { settle, repair: settle && !values["no-repair"] };
  return {
    place,
    run: (database) => recording(place, (record) => settleAll(database, record, place, wish)),
  };
}

/** Which of the two is done, and not merely told. */
interface Wish {
  readonly settle: boolean;
  readonly repair: boolean;
}

/** Has what the owners say written into the log, where there is one. */
async function recording(
  place: LedgerPlace,
  work: (record: RecordUnits | undefined) => Promise<number>,
): Promise<number> {
  if (!place.logged) return await work(undefined);
  const connections = openConnections(await findDatabase(place));
  try {
    const log = openLog({ connections, monotonic: () => performance.now() });
    return await work(createUnitsRecorder(log));
  } finally {
    await connections.end();
  }
}

async function settleAll(
  database: GatewayDatabase,
  record: RecordUnits | undefined,
  { terms, json }: LedgerPlace,
  wish: Wish,
): Promise<number> {
  const days: DayReconciled[] = [];
  let unanswered = 0;
  for (const [source, agreed] of terms) {
    const settled = await settleSource({ database, source, record }, agreed, wish);
    days.push(...settled.days);
    unanswered += settled.unanswered;
  }
  if (!json) {
    if (unanswered > 0)
      console.log(
        `${unanswered} records were counted by their owners without an answer having come.`,
      );
    for (const day of days) tellRepairs(day, wish);
  }
  const describe = (day: DayReconciled) => describeDay(day, wish);
  show(days, { json }, describe, "No owner with a meter has been asked yet.");
  return days.every((day) => (wish.repair ? agrees(day) : day.equal)) ? 0 : 1;
}

/** Settles with an owner, and compares the days with its meter, repairing what it may. */
async function settleSource(
  place: Pick<ReconcileOptions, "database" | "source" | "record">,
  agreed: SourceTerms,
  { settle, repair }: Wish,
): Promise<{ readonly days: readonly DayReconciled[]; readonly unanswered: number }> {
  const { source } = place;
  const moved = process.env[urlVariable(source)] || agreed.url;
  const terms = { ...agreed, meter: meterBeside(agreed, moved ?? "") };
  const fetchOwner = openOwnerLine(process.env[meterTokenVariable(source)] || undefined);
  const options = { ...place, terms, fetchOwner };
  try {
    const calls = settle ? await reconcile(options) : [];
    const days: DayReconciled[] = [];
    for (const day of await listComparedDays(options)) {
      const reconciled = await repairDay(options, day, { dryRun: !repair });
      if (reconciled) days.push(reconciled);
    }
    return { days, unanswered: calls.reduce((sum, { records }) => sum + records, 0) };
  } catch (error) {
    throw new Error(
      `The account with ${source} cannot be settled (${(error as Error).message}). Its meter should answer at ${terms.meter}; ${urlVariable(source)} moves it with the source.`,
      { cause: error },
    );
  }
}

function tellRepairs(
  { source, day, repairs, beyond }: DayReconciled,
  { repair: done }: Wish,
): void {
  for (const repair of repairs)
    console.log(
      `${done ? "Repaired" : "Would repair"} ${source}, ${day}, ${describeRepair(repair)}.`,
    );
  if (beyond > 0)
    console.log(
      `Of ${source}, ${day}, the owner counted ${beyond} records beyond what the day's account holds; ask the owner which limit it keeps.`,
    );
}

function describeDay(reconciled: DayReconciled, { repair }: Wish) {
  const { source, day, leased, doubt, spent, meter, equal, inUse } = reconciled;
  const outcome = () => {
    if (equal) return "yes";
    if (inUse) return "not while in use";
    return repair && agrees(reconciled) ? "repaired" : "no";
  };
  return {
    ...{ source, day, "under way": leased, "in doubt": doubt, spent },
    "owner's meter": meter,
    agree: outcome(),
  };
}
