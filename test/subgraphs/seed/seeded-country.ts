import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import type { Kysely } from "kysely";
import { openDatabase } from "../../../subgraphs/kit/database.ts";
import type { DB as CivilStatus } from "../../../subgraphs/civil-status/database/types.ts";
import type { DB as Education } from "../../../subgraphs/education/database/types.ts";
import type { DB as HealthInsurance } from "../../../subgraphs/health-insurance/database/types.ts";
import type { DB as Population } from "../../../subgraphs/population/database/types.ts";
import { destinations } from "../../../subgraphs/seed/destinations.ts";
import type { ManifestTables } from "../../../subgraphs/seed/manifest.ts";
import { asAdmin, createDatabase } from "../../support/database.ts";

/** Five databases for a country: the four sectors', migrated and with units, and the seed's, empty. */
export interface CountryDatabases {
  readonly environment: Readonly<Record<string, string>>;
  readonly population: Kysely<Population>;
  readonly civilStatus: Kysely<CivilStatus>;
  readonly healthInsurance: Kysely<HealthInsurance>;
  readonly education: Kysely<Education>;
  readonly manifest: Kysely<ManifestTables>;
  drop(): Promise<void>;
}

export async function createCountryDatabases(): Promise<CountryDatabases> {
  const { population, "civil-status": civilStatus, education } = destinations;
  const healthInsurance = destinations["health-insurance"];
  const sectors = [population, civilStatus, healthInsurance, education];
  const made = await Promise.all(sectors.map((sector) => createDatabase(sector)));
  const manifest = `seed_${randomBytes(6).toString("hex")}`;
  await asAdmin((admin) => admin.query(`create database ${manifest}`));
  const urls = [
    ...made.map(({ url }) => url),
    inject("clusterUrl").replace(/\/postgres$/, `/${manifest}`),
  ] as [string, string, string, string, string];
  const variables = [...sectors, destinations.seed].map(({ variable }) => variable);
  const open = <Tables>(url: string) => openDatabase<Tables>(url, { connections: 2 });
  const databases = {
    population: open<Population>(urls[0]),
    civilStatus: open<CivilStatus>(urls[1]),
    healthInsurance: open<HealthInsurance>(urls[2]),
    education: open<Education>(urls[3]),
    manifest: open<ManifestTables>(urls[4]),
  };
  return {
    ...databases,
    environment: Object.fromEntries(variables.map((name, index) => [name, urls[index] ?? ""])),
    async drop() {
      await Promise.all(Object.values(databases).map((database) => database.destroy()));
      for (const { drop } of made) await drop();
      await asAdmin((admin) => admin.query(`drop database ${manifest} (force)`));
    },
  };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `seed` or `people` as `lien-thong` does, with nothing in its environment but the databases, and a channel if wanted. */
export function startProgram(
  name: "seed" | "people",
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  channel = false,
): { child: ChildProcess; finished: Promise<Finished> } {
  const program = fileURLToPath(new URL(`../../../subgraphs/seed/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe", ...(channel ? ["ipc" as const] : [])],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  // Not "close", which never comes once the parent has closed the channel.
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const ends = [once(child, "exit"), ...streams.map((stream) => once(stream, "end"))];
  const finished = Promise.all(ends).then(() => ({ code: child.exitCode, ...output }));
  return { child, finished };
}

export const runProgram = (...call: Parameters<typeof startProgram>): Promise<Finished> =>
  startProgram(...call).finished;
