import { parseArgs } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { openDatabase } from "../kit/database.ts";
import { reachDatabase } from "../kit/reach-database.ts";
import type { DB as PopulationTables } from "../population/database/types.ts";
import { destinations, readUrl } from "./destinations.ts";
import type { Destination } from "./destinations.ts";
import type { ManifestTables } from "./manifest.ts";
import { storyKinds } from "./stories.ts";
import { explainFailure, readWhole, UsedWrongly } from "./used-wrongly.ts";

const help = `lien-thong people [--count N] [--seed S] [--story KIND] [--json]

Names synthetic people to try: number, name, and a sentence about the life.

  --count N      from 1 to 1,000; 10 by default
  --seed S       from 0 to 4,294,967,295: another S draws other people; 42 by default
  --story KIND   only lives of this kind; "list" names the kinds, with how many there are of each
  --json         print one line of JSON

Reads ${destinations.population.variable} and ${destinations.seed.variable}. Exit 0 done, 1 failed, 2 used wrongly.`;

const nobody = "There are no citizens yet. Load some with `lien-thong seed`.";

export interface Acquaintance {
  readonly pin: string;
  readonly name: string;
  readonly sentence: string;
}

/** People drawn from the whole register, with the first story that there is of each. */
export async function drawPeople(
  population: Kysely<PopulationTables>,
  manifest: Kysely<ManifestTables>,
  count: number,
  seed: number,
): Promise<Acquaintance[]> {
  const citizens = await population
    .selectFrom("citizen")
    .select(["pin", "full_name", "sex", "birth_date", "death_date", "native_place", "marital_mark"])
    .orderBy(sql`hashtextextended(pin, ${seed})`)
    .limit(count)
    .execute();
  const told = await manifest
    .selectFrom("story")
    .distinctOn("pin")
    .select(["pin", "sentence"])
    .where("pin", "in", [...citizens.map(({ pin }) => pin), ""])
    .orderBy("pin")
    .orderBy("id")
    .execute();
  const sentences = new Map(told.map(({ pin, sentence }) => [pin, sentence]));
  return citizens.map((citizen) => ({
    pin: citizen.pin,
    name: citizen.full_name,
    sentence: sentences.get(citizen.pin) ?? describe(citizen),
  }));
}

/** Lives of one kind. The sample life stands alone in its own. */
export async function drawStories(
  manifest: Kysely<ManifestTables>,
  kind: string,
  count: number,
  seed: number,
): Promise<Acquaintance[]> {
  return manifest
    .selectFrom("story")
    .select(["pin", "name", "sentence"])
    .where("kind", "=", kind)
    .orderBy(sql`hashtextextended(pin, ${seed})`)
    .limit(count)
    .execute();
}

/** How many lives of each kind there are to show, in the order of the kinds. */
export async function countStories(
  manifest: Kysely<ManifestTables>,
): Promise<{ kind: string; count: number }[]> {
  const rows = await manifest
    .selectFrom("story")
    .select(["kind", ({ fn }) => fn.countAll<number>().as("count")])
    .groupBy("kind")
    .execute();
  const counts = new Map(rows.map(({ kind, count }) => [kind, count]));
  return storyKinds.map((kind) => ({ kind, count: counts.get(kind) ?? 0 }));
}

function describe(citizen: {
  sex: string;
  birth_date: string | null;
  death_date: string | null;
  native_place: string | null;
  marital_mark: string | null;
}): string {
  const status = citizen.marital_mark?.toLowerCase().replace("_", " ") ?? "a minor";
  return [
    citizen.sex === "MALE" ? "A man" : "A woman",
    citizen.birth_date && `born ${citizen.birth_date}`,
    citizen.native_place && `from ${citizen.native_place}`,
    citizen.death_date ? `died ${citizen.death_date}` : `${status} by the population register`,
  ]
    .filter(Boolean)
    .join(", ")
    .concat(".");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "10" },
      seed: { type: "string", default: "42" },
      story: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const { story } = values;
  const count = readWhole("--count", values.count, 1, 1_000);
  const seed = readWhole("--seed", values.seed, 0, 0xffff_ffff);
  if (story !== undefined && story !== "list" && !storyKinds.includes(story))
    throw new UsedWrongly(`There is no story "${story}". Kinds are ${storyKinds.join(", ")}.`);

  await using population = await open<PopulationTables>(destinations.population);
  await using manifest = await open<ManifestTables>(destinations.seed);
  if (story === "list") {
    const counts = await countStories(manifest.database);
    console.log(
      values.json
        ? JSON.stringify(counts)
        : counts.map(({ kind, count }) => `${kind.padEnd(20)}${count}`).join("\n"),
    );
    return;
  }
  const people =
    story === undefined
      ? await drawPeople(population.database, manifest.database, count, seed)
      : await drawStories(manifest.database, story, count, seed);
  if (people.length === 0)
    throw new Error(
      story === undefined
        ? nobody
        : `No life of the kind "${story}" is among these people. Seed more, or choose another kind from --story list.`,
    );
  console.log(
    values.json
      ? JSON.stringify(people)
      : people
          .map(({ pin, name, sentence }) => `${pin}  ${name}\n              ${sentence}`)
          .join("\n"),
  );
}

async function open<Tables>(destination: Destination) {
  const { variable } = destination;
  const url = readUrl(destination, process.env);
  const database = openDatabase<Tables>(url, { connections: 1 });
  const close = { database, [Symbol.asyncDispose]: () => database.destroy() };
  try {
    await reachDatabase(database, { variable, url, pause });
    return close;
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const { sentence, exitCode } = explainFailure(error);
    // 42P01: a database that was never migrated has no such table.
    const none = (error as NodeJS.ErrnoException).code === "42P01";
    process.stderr.write(`${none ? nobody : sentence}\n`);
    process.exitCode = exitCode;
  }
}
