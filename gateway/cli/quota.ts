import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { readForecastTask } from "./quota/forecast.ts";
import { readGrantTask, readGrantsTask } from "./quota/grant.ts";
import { runTask } from "./quota/ledger.ts";
import type { QuotaTask, ReadTask } from "./quota/ledger.ts";
import { readReconcileTask } from "./quota/reconcile.ts";
import { readRepairsTask } from "./quota/repairs.ts";
import { readStandingTask } from "./quota/standing.ts";

const help = `lien-thong quota — how much of each owner's day is spent, by lane and agency, and what is granted

lien-thong quota reconcile — settles with the owners' meters what is in doubt, compares the ledger with them, and
    repairs a day that differs and of which nothing is under way; exits with 1 where one still differs
  --dry-run        tells what differs and would be repaired, and changes nothing
  --no-repair      settles, and only tells what would be repaired
lien-thong quota repairs — what was repaired so, the newest first
lien-thong quota grant — gives an agency records of its own, out of the common rest of a source's days
  --agency A --source S --records N --from YYYY-MM-DD --until YYYY-MM-DD --reason TEXT --by NAME
lien-thong quota grants [--source S] — the grants that are in force or will be
lien-thong quota forecast — when each job of a backlog ends, by the owner's clocks
  --source S
  --job NAME:LANE:UNITS   a job that waits; once for each, in the order in which they are worked off
  --usual LANE:UNITS      what others spend in a lane on a usual day
  --limit N               tells besides when they would end with N records a day; none for no limit

  --terms FILE   the terms of another supergraph's sources, as for \`lien-thong gateway --open\`
  --data DIR     where a running \`start\` keeps its data, .data by default
  --json
  --help

It reads GATEWAY_DATABASE_URL, or else the database of a \`start\` (with --terms: of a \`gateway --open\`) that is
running on this machine. <SOURCE>_URL moves a source, and its meter with it.`;

const tasks: Readonly<Record<string, ReadTask>> = {
  reconcile: readReconcileTask,
  repairs: readRepairsTask,
  grant: readGrantTask,
  grants: readGrantsTask,
  forecast: readForecastTask,
};

export const quota: Command = {
  name: "quota",
  summary: "show what is spent of each owner's day; settle and repair it, grant, forecast",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let task: QuotaTask;
    try {
      task = readTask(args);
    } catch (error) {
      return misused((error as Error).message, "quota");
    }
    return runTask(task).catch(failed);
  },
};

function readTask(args: readonly string[]): QuotaTask {
  // `quota --json reconcile` is as good as `quota reconcile --json`.
  const place = args[0]?.startsWith("-") ? args.findIndex((word) => Object.hasOwn(tasks, word)) : 0;
  const word = args[place];
  if (word === undefined) return readStandingTask(args);
  const read = Object.hasOwn(tasks, word) ? tasks[word] : undefined;
  if (!read) throw new Error(`"${word}" is nothing that can be done with the quota.`);
  return read(args.toSpliced(place, 1));
}
