import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { onTestFinished } from "vitest";
import { isAlive } from "../../../gateway/local/postgres/postmaster-file.ts";
import type {
  EmbeddedPostgres,
  EmbeddedPostgresOptions,
} from "../../../gateway/local/embedded-postgres.ts";

/** Makes a folder, in its true path; one that others may enter unless `mode` says no. */
export async function makeFolder(mode = 0o755): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "lien-thong-test-")));
  await chmod(folder, mode);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** A folder that goes with the test. */
export async function makeTestFolder(mode?: number): Promise<string> {
  const folder = await makeFolder(mode);
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/**
 * Starts `postgres-owner.ts` with the database `population` in a process group of its own, and waits
 * until it is there. At the end of the test it stops, unless the test killed it.
 *
 * @param user who runs it; by default the user of the tests
 * @throws what it wrote to stderr when it ends before
 */
export async function spawnOwner(
  options: Omit<EmbeddedPostgresOptions<"population">, "databases" | "log">,
  user?: { uid: number; gid: number },
) {
  const program = fileURLToPath(new URL("postgres-owner.ts", import.meta.url));
  const args = [program, JSON.stringify({ ...options, databases: ["population"] })];
  const owner = spawn(process.execPath, args, {
    detached: true,
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"],
    ...(user && { ...user, env: {} }), // not in the home, nor with the cache folder, of the tests' user
  });
  const ended = once(owner, "exit");
  onTestFinished(async () => {
    owner.kill("SIGTERM");
    await ended;
  });
  let complaint = "";
  owner.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
  for await (const line of createInterface(owner.stdout)) {
    const postgres = JSON.parse(line) as Omit<EmbeddedPostgres<"population">, "lost" | "stop">;
    const kill = owner.kill.bind(owner);
    return { pid: owner.pid ?? Number.NaN, postgres, kill, ended, complaint: () => complaint };
  }
  await ended;
  throw new Error(complaint.trim());
}

/** Runs one statement in a session of its own. */
export async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const session = new Client({ connectionString: url });
  // A lost connection fails the statement that waits for it; nobody else need hear of it.
  session.on("error", () => undefined);
  try {
    await session.connect();
    return (await session.query<Row>(sql)).rows;
  } finally {
    await session.end();
  }
}

/** Whether a process is there and not merely waiting to be reaped, as orphans in a container do. */
export async function isRunning(pid: number): Promise<boolean> {
  if (process.platform !== "linux") return isAlive(pid);
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}
