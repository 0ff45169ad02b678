import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { openDatabases } from "../../gateway/local/databases.ts";
import { findRunningDatabases } from "../../gateway/local/postgres/running.ts";
import { makeRandom } from "../../subgraphs/seed/random.ts";
import { takeFingerprint } from "../support/fingerprint.ts";
import { makeFolder, makeTestFolder, removeFolder } from "../gateway/local/cluster-owner.ts";
import { childrenOf } from "../support/process-tree.ts";
import { findProcessesOf, killAtOnce, killProcessesOf } from "../support/proc.ts";
import { askDossier, beginSystem } from "../support/system.ts";
import type { System } from "../support/system.ts";
import { agreesWithRegisters, drawPins, openRegisters } from "../support/truth.ts";

const citizens = ["--citizens", "3000"];
const killsEach = 5;
/** Written beside the system, into a table of its own in the manifest's database. */
const diary = "diary";

/** What an undisturbed country holds, and how many milliseconds its first start took. */
let undisturbed: Readonly<Record<string, string>>;
let whole = 0;

beforeAll(async () => {
  const folder = await makeFolder();
  try {
    const began = performance.now();
    const system = begin(folder);
    await system.ready;
    whole = performance.now() - began;
    undisturbed = await takeFingerprint(await openBeside(folder));
    await stop(system);
  } finally {
    killProcessesOf(folder);
    await removeFolder(folder);
  }
}, 120_000);

/** Each from an empty folder on, so that kills hit its making, its migrations and its seeding too. */
test.each([1, 2, 3, 4])(
  "country %i loses nothing by five kill -9 at random moments, and leaves no process",
  async (seed) => {
    const random = makeRandom(20_26, seed);
    const folder = await makeTestFolder();
    onTestFinished(() => killProcessesOf(folder));
    const writer = keepWriting(folder);
    onTestFinished(() => void writer.stop());
    let loaded = false;

    for (let round = 0; round < killsEach; round++) {
      const moment = random.unit() * 1.1 * whole;
      const withAll = round % 2 === 1;
      const system = begin(folder);
      const giveUp = new AbortController();
      await Promise.race([pause(moment, undefined, { signal: giveUp.signal }), system.ended]);
      giveUp.abort();
      const wasAlive = system.child.exitCode === null;
      const started = withAll ? await childrenOf(system.child.pid!) : [];
      for (const pid of [system.child.pid!, ...started]) killAtOnce(pid);
      const { stderr, stdout } = await system.ended;
      console.log(
        `country ${seed}: ${withAll ? "all" : "one"} killed after ${Math.round(moment)} ms, ` +
          `${writer.acknowledged.length} writes, ${findStage(stdout)}`,
      );
      expect({ wasAlive, stderr }).toEqual({ wasAlive: true, stderr: "" });
      // Whoever has been told that the people are there need not load them again.
      if (loaded) expect(stdout).not.toMatch(/loaded in/);
      loaded ||= / loaded in | are here already/.test(stdout);
    }

    const last = begin(folder);
    await last.ready;
    if (loaded) expect(last.printed()).toContain("are here already");
    const databases = await openBeside(folder);
    expect(await takeFingerprint(databases, [diary])).toEqual(undisturbed);
    await writer.stop();
    expect(writer.acknowledged.length).toBeGreaterThan(0);
    const kept = await readDiary(databases);
    expect(writer.acknowledged.filter((entry) => !kept.has(entry))).toEqual([]);
    await expectTruth(last, databases);
    await stop(last);
    expect((await last.ended).stderr).toBe("");

    // Orphans end by themselves, in their own time.
    await expect.poll(() => [...findProcessesOf(folder).values()], { timeout: 10_000 }).toEqual([]);
    expect(readdirSync(folder).toSorted()).toEqual([
      ...["pin-keys", "postgres", "signing-keys", "tree-heads"],
    ]);
  },
  300_000,
);

/** The last thing that a start has said, without what follows its first word. */
function findStage(stdout: string): string {
  const last = stdout.trim().split("\n").at(-1)!.trim();
  return last === "" ? "having said nothing" : `having told of "${last.split(/ {2}| on /)[0]}"`;
}

/** The folder as home is the mark by which each program that it starts can be found. */
function begin(folder: string): System {
  return beginSystem(["--data", folder, ...citizens], { HOME: folder });
}

async function stop({ child, ended }: System): Promise<void> {
  child.kill("SIGTERM");
  expect((await ended).code).toBe(0);
}

async function openBeside(dataDirectory: string): Promise<NodeJS.ProcessEnv> {
  return (await openDatabases({ dataDirectory, environment: {}, beside: true })).variables;
}

/** Writes one number after another, whenever there is a database, and remembers those that were acknowledged. */
function keepWriting(dataDirectory: string) {
  const acknowledged: number[] = [];
  let next = 1;
  let over = false;
  const write = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query(`create table if not exists ${diary} (entry int primary key)`);
      while (!over) {
        const entry = next++;
        await client.query(`insert into ${diary} values ($1)`, [entry]);
        acknowledged.push(entry);
        await pause(1);
      }
    } catch {
      // No database yet, or none any more: the next one is looked for.
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const written = (async () => {
    while (!over) {
      const running = await findRunningDatabases(dataDirectory).catch(() => undefined);
      if (running?.["seed"]) await write(running["seed"]);
      await pause(20);
    }
  })();
  return {
    acknowledged: acknowledged as readonly number[],
    stop: () => {
      over = true;
      return written;
    },
  };
}

async function readDiary(databases: NodeJS.ProcessEnv): Promise<ReadonlySet<number>> {
  const client = new pg.Client({ connectionString: databases["SEED_DATABASE_URL"]! });
  await client.connect();
  const { rows } = await client.query<{ entry: number }>(`select entry from ${diary}`);
  await client.end();
  return new Set(rows.map(({ entry }) => entry));
}

async function expectTruth(system: System, databases: NodeJS.ProcessEnv): Promise<void> {
  const registers = openRegisters(databases);
  try {
    for (const pin of await drawPins(registers, 20))
      expect(await agreesWithRegisters(registers, pin, await askDossier(system, pin)), pin).toBe(
        true,
      );
  } finally {
    await registers.close();
  }
}
