import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { migrateToLatest, openDatabase } from "../kit/database.ts";
import { reachDatabase } from "../kit/reach-database.ts";
import { ensureUnits } from "../kit/units/ensure-units.ts";
import { destinationNames, destinations, readContents, readUrl } from "./destinations.ts";
import type { Contents, Destination, DestinationName } from "./destinations.ts";
import { loadCountry } from "./load-country.ts";
import { count, showProgress, type Outlet } from "./progress.ts";
import { explainFailure, readWhole } from "./used-wrongly.ts";

const help = `lien-thong seed [--citizens N] [--seed S] [--json]

Fills the databases of the four sectors with N synthetic citizens, living and dead, and the seed's own
with the list of the defects in them. The same S gives the same people.

  --citizens N   from 1 to 15,000,000; by default as many as are there already, else 20,000
  --seed S       from 0 to 4,294,967,295; by default that of those who are there already, else 42
  --json         print what was done as one line of JSON

Reads ${destinationNames.map((name) => destinations[name].variable).join(", ")}.
Where these very people are there already, it does nothing. Exit 0 done, 1 failed, 2 used wrongly.`;

interface People {
  readonly seed: number;
  readonly citizens: number;
}

/** What is left open is answered by who is there already, else by these. */
const defaultPeople: People = { seed: 42, citizens: 20_000 };

/**
 * Fills what is empty. What holds the same people already is left alone, so that a load which was
 * broken off is finished by starting it again.
 *
 * @returns who lives there now, and whether anything was loaded
 * @throws {Error} with a sentence where a database holds other people, or does not answer
 */
export async function seed(
  wish: Partial<People>,
  urls: Readonly<Record<DestinationName, string>>,
  outlet: Outlet,
): Promise<People & { readonly loaded: boolean }> {
  const found = await Promise.all(
    destinationNames.map(async (name) => {
      const contents = await prepare(destinations[name], urls[name]);
      return { name, contents };
    }),
  );
  const known = found.map(({ contents }) => contents).find(({ kind }) => kind === "SYNTHETIC");
  const people = { ...defaultPeople, ...peopleOf(known), ...wish };
  const empty = new Map<DestinationName, string>();
  for (const { name, contents } of found) {
    refuseOthers(contents, people, destinations[name].variable);
    if (contents.kind === "EMPTY") empty.set(name, urls[name]);
  }
  if (empty.size > 0)
    await loadCountry({ ...people, urls: empty, onProgress: showProgress(outlet) });
  return { ...people, loaded: empty.size > 0 };
}

function peopleOf(contents: Contents | undefined): Partial<People> {
  return contents?.kind === "SYNTHETIC" ? { seed: contents.seed, citizens: contents.citizens } : {};
}

/** Brings a database to its newest migration, and to units where it has none; says who lives there. */
async function prepare(destination: Destination, url: string): Promise<Contents> {
  const database = openDatabase<unknown>(url, { connections: 1, statementMs: 0 });
  try {
    await reachDatabase(database, { variable: destination.variable, url, pause });
    await migrateToLatest(database, destination.migrations);
    if (destination.hasUnits) await ensureUnits(database);
    return await readContents(database, destination);
  } finally {
    await database.destroy();
  }
}

function refuseOthers(contents: Contents, { seed, citizens }: People, variable: string): void {
  if (contents.kind === "EMPTY") return;
  if (contents.kind === "REAL")
    throw new Error(
      `The database of ${variable} holds rows in "${contents.table}" and no mark of synthetic people. ` +
        "Synthetic citizens are never loaded over others: name an empty database.",
    );
  if (contents.seed === seed && contents.citizens === citizens) return;
  throw new Error(
    `The database of ${variable} holds ${count(contents.citizens)} synthetic citizens of seed ${contents.seed}, ` +
      `not ${count(citizens)} of seed ${seed}. Ask for those (--citizens ${contents.citizens} --seed ${contents.seed}), ` +
      "or name empty databases (with `start`: another --data folder).",
  );
}

function readUrls(env: NodeJS.ProcessEnv): Record<DestinationName, string> {
  return Object.fromEntries(
    destinationNames.map((name) => [name, readUrl(destinations[name], env)]),
  ) as Record<DestinationName, string>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      citizens: { type: "string" },
      seed: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const wish = {
    ...(values.citizens !== undefined && {
      citizens: readWhole("--citizens", values.citizens, 1, 15_000_000),
    }),
    ...(values.seed !== undefined && {
      seed: readWhole("--seed", values.seed, 0, 0xffff_ffff),
    }),
  };
  const began = performance.now();
  const people = await seed(wish, readUrls(process.env), {
    send: process.send?.bind(process),
    stderr: process.stderr,
  });
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const whom = `${count(people.citizens)} synthetic citizens of seed ${people.seed}`;
  if (values.json) console.log(JSON.stringify({ ...people, seconds }));
  else if (people.loaded) console.log(`${whom} loaded in ${seconds} s.`);
  else console.log(`${whom} are here already.`);
}

if (import.meta.main) {
  // A seed does not outlive whoever waits for it; the databases undo what it had not finished.
  const orphaned = () => process.kill(process.pid);
  process.once("disconnect", orphaned);
  try {
    await main();
  } catch (error) {
    const { sentence, exitCode } = explainFailure(error);
    process.stderr.write(`${sentence}\n`);
    process.exitCode = exitCode;
  }
  process.off("disconnect", orphaned);
  if (process.connected) process.disconnect();
}
