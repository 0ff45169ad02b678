import { expect, onTestFinished, test } from "vitest";
import { openDatabases } from "../../gateway/local/databases.ts";
import { askSeededPeople } from "../../gateway/local/seeded-people.ts";
import { storyKinds } from "../../subgraphs/seed/stories.ts";
import { makeTestFolder } from "../gateway/local/cluster-owner.ts";
import { childrenOf } from "../support/process-tree.ts";
import { killProcessesOf, readCommand, readMemoryOf, readPeakResident } from "../support/proc.ts";
import { askDossier, beginSystem } from "../support/system.ts";
import type { System } from "../support/system.ts";
import { agreesWithRegisters, drawPins, openRegisters } from "../support/truth.ts";

/** What is promised: seconds until a start is ready, megabytes of memory. */
const promises = [
  { citizens: 20_000, firstStart: 60, nextStart: 8, seeding: 1_000, idle: 1_200 },
  { citizens: 1_000_000, firstStart: 600, nextStart: 8, seeding: 1_000, idle: 1_200 },
];

test.each(promises)(
  "$citizens citizens are there in $firstStart s, again in $nextStart s, and each life is told as it stands",
  async ({ citizens, firstStart, nextStart, seeding, idle }) => {
    const folder = await makeTestFolder();
    onTestFinished(() => killProcessesOf(folder));
    const start = () => beginSystem(["--citizens", String(citizens), "--data", folder]);

    const first = start();
    const peak = watchSeed(first.child.pid!);
    const loaded = await untilReady(first);
    const peakOfSeed = peak.read();
    await stop(first);

    const second = start();
    const again = await untilReady(second);
    const pids = [second.child.pid!, ...(await childrenOf(second.child.pid!))];
    const atRest = inMegabytes(readMemoryOf(pids));
    const asked = await askEveryStory(second, folder);
    const afterwards = inMegabytes(readMemoryOf(pids));
    await stop(second);

    console.log(
      `${citizens} citizens: ready in ${loaded.seconds} s, the seed holding ${peakOfSeed} MB at most; ` +
        `again in ${again.seconds} s, all ${pids.length} processes then holding ${atRest} MB, ` +
        `and ${afterwards} MB after ${asked} dossiers.`,
    );
    expect(second.printed()).toContain("are here already");
    expect(loaded.seconds).toBeLessThan(firstStart);
    expect(again.seconds).toBeLessThan(nextStart);
    expect(peakOfSeed).toBeGreaterThan(0);
    expect(peakOfSeed).toBeLessThan(seeding);
    expect(atRest).toBeGreaterThan(0);
    expect(atRest).toBeLessThan(idle);
    expect(afterwards).toBeLessThan(idle);
  },
  20 * 60_000,
);

async function untilReady({ ready }: System) {
  const began = performance.now();
  const url = await ready;
  return { url, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

async function stop({ child, ended }: System): Promise<void> {
  child.kill("SIGTERM");
  expect((await ended).code).toBe(0);
}

/** Looks at the seed while it runs, as nobody can tell how large a process was that has ended. */
function watchSeed(parent: number) {
  let peak = 0;
  const watching = setInterval(() => {
    void childrenOf(parent).then((children) => {
      for (const child of children)
        if (readCommand(child).includes("/seed/seed.ts"))
          peak = Math.max(peak, readPeakResident(child));
    });
  }, 250);
  return {
    read: () => {
      clearInterval(watching);
      return inMegabytes(peak);
    },
  };
}

/**
 * Asks for people of every kind of story and for others drawn from the whole register, and holds each
 * answer against the registers, and the name against the manifest.
 *
 * @returns how many people were asked for
 */
async function askEveryStory(system: System, dataDirectory: string): Promise<number> {
  const { variables } = await openDatabases({ dataDirectory, environment: {}, beside: true });
  const registers = openRegisters(variables);
  try {
    const names = new Map<string, string | null>();
    for (const kind of storyKinds) {
      const people = await askSeededPeople(variables, ["--story", kind, "--count", "10"]);
      for (const { pin, name } of people) names.set(pin, name);
    }
    for (const pin of await drawPins(registers, 200)) if (!names.has(pin)) names.set(pin, null);
    for (const [pin, name] of names) {
      const dossier = await askDossier(system, pin);
      expect(dossier).toMatchObject({ pin, fullName: name ?? expect.any(String) });
      expect(await agreesWithRegisters(registers, pin, dossier), pin).toBe(true);
    }
    return names.size;
  } finally {
    await registers.close();
  }
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
