import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readSectors } from "../../schema/sectors.ts";
import { parseTermsBySource } from "../../schema/terms.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import { meterTokenVariable, urlVariable } from "../config.ts";
import { migrate } from "../database/migrate.ts";
import { openPool } from "../database/pool.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { findRunningDatabases } from "../local/postgres/running.ts";
import { readLedgerTime } from "../quota/accounts.ts";
import { meterBeside } from "../quota/meter.ts";
import { dayAt } from "../quota/owner-day.ts";
import { openOwnerLine } from "../quota/owner-line.ts";
import { compareWithMeter, reconcile } from "../quota/reconcile.ts";
import type { Comparison } from "../quota/reconcile.ts";
import { readStandings } from "../quota/standing.ts";
import type { LaneStanding } from "../quota/standing.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { defaultDataDirectory } from "./on-databases.ts";

const help = `lien-thong quota — how much of each owner's day is spent, by lane
lien-thong quota reconcile — settles with the owners' meters what is in doubt, and compares the ledger with them

  --terms FILE   the terms of another supergraph's sources, as for \`lien-thong gateway --open\`
  --data DIR     where a running \`start\` keeps its data, .data by default
  --json
  --help

It reads GATEWAY_DATABASE_URL, or else the database of a \`start\` (with --terms: of a \`gateway --open\`) that is
running on this machine. <SOURCE>_URL moves a source, and its meter with it. \`reconcile\` exits with 1 where a ledger and a meter still differ.`;

export const quota: Command = {
  name: "quota",
  summary: "show how much of each owner's day is spent; settle what is in doubt",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let wish: Wish;
    try {
      wish = readWish(args);
    } catch (error) {
      return misused((error as Error).message, "quota");
    }
    try {
      const database = openPool(await findDatabase(wish));
      try {
        await migrate(database);
        return wish.reconcile
          ? await settle(database, wish)
          : show(await readStandings(database, wish.terms), wish, describeStanding);
      } finally {
        await database.destroy();
      }
    } catch (error) {
      return failed(error);
    }
  },
};

interface Wish {
  readonly reconcile: boolean;
  readonly terms: ReadonlyMap<string, SourceTerms>;
  /** Where a gateway of this machine may have its embedded database. */
  readonly data: string;
  readonly json: boolean;
}

function readWish(args: readonly string[]): Wish {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      terms: { type: "string" },
      data: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [word, ...more] = positionals;
  if (more.length > 0 || (word !== undefined && word !== "reconcile"))
    throw new Error(`"${positionals.join(" ")}" is nothing that can be done with the quota.`);
  const { terms: file } = values;
  return {
    reconcile: word === "reconcile",
    terms:
      file === undefined
        ? new Map(readSectors().map(({ name, terms }) => [name, terms]))
        : parseTermsBySource(readFileSync(file, "utf8"), file),
    data:
      values.data ??
      (file === undefined ? defaultDataDirectory : join(defaultDataDirectory, "open")),
    json: values.json,
  };
}

async function findDatabase({ data }: Wish): Promise<string> {
  const url =
    process.env["GATEWAY_DATABASE_URL"] || (await findRunningDatabases(data))?.["gateway"];
  if (url) return url;
  throw new Error(
    `GATEWAY_DATABASE_URL is not set, and no gateway's database runs in ${data}; set the one, or start the other by \`npx lien-thong start\`.`,
  );
}

/** Settles with every owner that has a meter, and compares today's ledger with it. */
async function settle(database: GatewayDatabase, wish: Wish): Promise<number> {
  const comparisons: Comparison[] = [];
  let unanswered = 0;
  for (const [source, agreed] of wish.terms) {
    const moved = process.env[urlVariable(source)] || agreed.url;
    const terms = { ...agreed, meter: meterBeside(agreed, moved ?? "") };
    const fetchOwner = openOwnerLine(process.env[meterTokenVariable(source)] || undefined);
    const options = { database, source, terms, fetchOwner };
    try {
      const settled = await reconcile(options);
      unanswered += settled.reduce((sum, { records }) => sum + records, 0);
      const { ledgerTime } = await readLedgerTime(database, source);
      const comparison = await compareWithMeter(options, dayAt(ledgerTime, terms.timeZone));
      if (comparison) comparisons.push(comparison);
    } catch (error) {
      throw new Error(
        `The account with ${source} cannot be settled (${(error as Error).message}). Its meter should answer at ${terms.meter}; ${urlVariable(source)} moves it with the source.`,
        { cause: error },
      );
    }
  }
  if (!wish.json && unanswered > 0)
    console.log(
      `${unanswered} records were counted by their owners without an answer having come.`,
    );
  show(comparisons, wish, describeComparison);
  return comparisons.every(({ equal }) => equal) ? 0 : 1;
}

function show<Row extends object>(
  rows: readonly Row[],
  { json }: Wish,
  describe: (row: Row) => Record<string, string | number>,
): number {
  if (json) console.log(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) console.log("Nothing has been asked yet.");
  else console.table(rows.map(describe));
  return 0;
}

function describeStanding({ source, lane, limit, used, reserved, resetsAt }: LaneStanding) {
  return { source, lane, limit: limit ?? "none", used, reserved, "resets at": resetsAt };
}

function describeComparison({ source, day, leased, doubt, spent, meter, equal }: Comparison) {
  return {
    source,
    day,
    "under way": leased,
    "in doubt": doubt,
    spent,
    "owner's meter": meter,
    agree: equal ? "yes" : "no",
  };
}
