import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { findHome } from "../../gateway/local/postgres/home.ts";
import { readPostmasterFile } from "../../gateway/local/postgres/postmaster-file.ts";
import { supergraphFile } from "../../schema/compose.ts";
import { startCommand } from "../support/command-line.ts";
import { findProcessesOf, killAtOnce, killProcessesOf } from "../support/proc.ts";
import { askAsCitizen, askDossier, beginSystem } from "../support/system.ts";
import type { System } from "../support/system.ts";
import { makeTestFolder } from "../gateway/local/cluster-owner.ts";

const patience = 120_000;

/** A folder for the data, and the mark by which every process that has to do with it is found. */
async function makeMarkedFolder(): Promise<string> {
  const folder = await makeTestFolder();
  onTestFinished(() => killProcessesOf(folder));
  return folder;
}

/** `kill -9` of the main process of the PostgreSQL in that folder. */
async function killDatabase(dataDirectory: string): Promise<void> {
  const home = await findHome(dataDirectory);
  const { pid } = (await readPostmasterFile(home!.cluster))!;
  process.kill(pid, "SIGKILL");
}

/** What has the folder still: processes whose starter is gone end in their own time. */
function expectNobodyIn(folder: string): Promise<void> {
  return expect.poll(() => [...findProcessesOf(folder).values()], { timeout: 10_000 }).toEqual([]);
}

async function askSchools(system: System, pin: string) {
  const query = "query ($pin: PIN!) { citizen(pin: $pin) { sex enrolments { grade } } }";
  return (await askAsCitizen(system, query, pin)) as {
    data: { citizen: { sex: string; enrolments: readonly object[] | null } };
    errors?: readonly object[];
  };
}

const endedByItself = (folder: string) =>
  `The embedded PostgreSQL has ended by itself, and all that needs it was stopped. ` +
  `${join(folder, "postgres", "postgres.log")} says why, unless it was killed; what was written is there at the next start.\n`;

test(
  "`start` whose PostgreSQL ends by itself says so, ends with 1 and leaves nothing running; the next has it all",
  async () => {
    const folder = await makeMarkedFolder();
    const begin = () =>
      beginSystem(["--data", folder, "--citizens", "600"], { HOME: folder, LOG_LEVEL: "fatal" });
    const first = begin();
    await first.ready;
    const pin = /pin=(\d{12})/.exec(first.printed())![1]!;
    const dossier = await askDossier(first, pin);

    await killDatabase(folder);
    const { code, stderr } = await first.ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: endedByItself(folder) });
    await expectNobodyIn(folder);

    const next = begin();
    expect(await askDossier(next, pin)).toEqual(dossier);
    expect(next.printed()).toContain("are here already");
    next.child.kill("SIGTERM");
    expect(await next.ended).toMatchObject({ code: 0, stderr: "" });
  },
  patience,
);

test(
  "`gateway --open` whose PostgreSQL ends by itself says so, ends with 1 and leaves nothing running",
  async () => {
    const folder = await makeMarkedFolder();
    const terms = join(folder, "terms.json");
    await writeFile(terms, '{ "population": {} }');
    const supergraph = fileURLToPath(supergraphFile);
    const { child, ended, stderr } = startCommand(
      [
        ...["gateway", "--open", "--supergraph", supergraph, "--terms", terms],
        ...["--port", "0", "--data", folder],
      ],
      { env: { HOME: folder, LOG_LEVEL: "fatal" } },
    );
    onTestFinished(() => void child.kill("SIGKILL"));
    await expect.poll(stderr, { timeout: 30_000 }).toContain("gateway ready on");
    await killDatabase(folder);
    const { code } = await ended;
    expect({ code, end: stderr().split("\n").slice(-2).join("\n") }).toEqual({
      code: 1,
      end: endedByItself(folder),
    });
    await expectNobodyIn(folder);
  },
  patience,
);

test(
  "A sector that ends by itself is told with the command that brings it back, and costs its own fields alone",
  async () => {
    const folder = await makeMarkedFolder();
    const system = beginSystem(["--data", folder, "--citizens", "600"], { HOME: folder });
    await system.ready;
    const pin = /pin=(\d{12})/.exec(system.printed())![1]!;
    const [education] = [...findProcessesOf(folder)].find(([, command]) =>
      command.includes("subgraphs/education/server.ts"),
    )!;

    killAtOnce(education);
    await expect
      .poll(system.stderr, { timeout: 10_000 })
      .toMatch(/^education was ended by SIGKILL/m);
    const [, command] = /until it runs again: `npx lien-thong (.+)`\.\n$/.exec(system.stderr())!;
    const without = await askSchools(system, pin);
    expect(without.data.citizen).toEqual({ sex: expect.any(String), enrolments: null });
    expect(without.errors).toMatchObject([{ path: ["citizen", "enrolments"] }]);

    const again = startCommand(command!.split(" "), { env: { HOME: folder } });
    onTestFinished(() => void again.child.kill("SIGKILL"));
    await expect
      .poll(async () => (await askSchools(system, pin)).data.citizen.enrolments, {
        timeout: 30_000,
      })
      .not.toBeNull();

    again.child.kill("SIGTERM");
    expect(await again.ended).toMatchObject({ code: 0, stderr: "" });
    system.child.kill("SIGTERM");
    expect((await system.ended).code).toBe(0);
    await expectNobodyIn(folder);
  },
  patience,
);
