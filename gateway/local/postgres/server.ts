import { spawn } from "node:child_process";
import { open, readFile, stat, truncate } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Account } from "./account.ts";
import { runAs, spawnOptions } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import type { Home } from "./home.ts";
import { isAlive, readPostmasterFile } from "./postmaster-file.ts";

export interface Server {
  readonly pid: number;
  readonly port: number;
}

/** A server that this process has started. */
export interface OwnChild {
  readonly exited: Promise<unknown>;
  /** Waits for it no longer: the process may end before the server does. */
  letGo(): void;
}

/** How a launch ended: a server of ours, or why PostgreSQL would not start now. */
export type Launch =
  | { readonly outcome: "ready"; readonly server: Server; readonly child: OwnChild }
  /** Another server has the cluster; it may be starting or stopping. */
  | { readonly outcome: "occupied" }
  /** Somebody took the port between our look and PostgreSQL's. */
  | { readonly outcome: "port-taken" };

// The second comes when the main process was killed and its children have not noticed yet.
const OCCUPIED = [`lock file "postmaster.pid" already exists`, "pre-existing shared memory block"];
// A cluster is ready within 0.1 s; the file is read this often so that waiting adds little to it.
const READY_POLL_MS = 10;
// A few lines a start are normal, so only a trial that runs for months gets here.
const LARGEST_LOG_BYTES = 10_000_000;
const STOP_SECONDS = 60;

/**
 * Starts PostgreSQL on `home` and waits, through crash recovery if need be, until it accepts
 * connections. The server gets a process group of its own: Ctrl-C reaches our programs first, and
 * they stop it after their last statement.
 *
 * @param settings server parameters, given on the command line, where they outrank every file
 * @param wantedPort the port of the last start; another one is found when it is in use
 * @throws what PostgreSQL said, when it will not start at all
 */
export async function launchServer(
  home: Home,
  binaries: Binaries,
  account: Account,
  settings: Readonly<Record<string, string>>,
  wantedPort: number,
): Promise<Launch> {
  const port = await findFreePort(wantedPort);
  const all = { ...settings, listen_addresses: "127.0.0.1", unix_socket_directories: "", port };
  const args = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);

  await truncateLargeLog(home.log);
  // A file and not a pipe: the server may outlive us, and must not lose its voice then.
  const log = await open(home.log, "a", 0o600);
  const child = spawn(binaries.postgres, ["-D", home.cluster, ...args], {
    ...spawnOptions(account),
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  const exited = new Promise<Error | undefined>((resolve) => {
    child.once("error", resolve).once("exit", () => resolve(undefined));
  });
  await log.close();

  let over = false;
  void exited.then(() => (over = true));
  while (!over) {
    const file = await readPostmasterFile(home.cluster);
    if (file?.pid === child.pid && file?.ready) {
      const server = { pid: file.pid, port: file.port };
      return { outcome: "ready", server, child: { exited, letGo: () => child.unref() } };
    }
    await Promise.race([exited, delay(READY_POLL_MS)]);
  }
  const said = (await exited)?.message ?? (await readLogOf(home.log, child.pid));
  if (OCCUPIED.some((words) => said.includes(words))) return { outcome: "occupied" };
  if (said.includes("could not create any TCP/IP sockets")) return { outcome: "port-taken" };
  throw new Error(`PostgreSQL did not start: ${said}\nIts whole log is ${home.log}.`);
}

/**
 * Stops the server of `cluster`, whoever started it: sessions are ended, all is written to disk,
 * and `pg_ctl` waits until it is gone. No error when none runs.
 */
export async function stopServer(
  cluster: string,
  binaries: Binaries,
  account: Account,
): Promise<void> {
  const args = [
    "stop",
    `--pgdata=${cluster}`,
    "--mode=fast",
    `--timeout=${STOP_SECONDS}`,
    "--silent",
  ];
  try {
    await runAs(account, binaries.pgCtl, args);
  } catch (error) {
    const left = await readPostmasterFile(cluster);
    if (left === undefined || !isAlive(left.pid)) return;
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`PostgreSQL in ${cluster} did not stop: ${(stderr || message).trim()}`, {
      cause: error,
    });
  }
}

/** A port of 127.0.0.1 that is free now: `wanted` if it is, so that URLs stay the same over restarts. */
async function findFreePort(wanted: number): Promise<number> {
  return (
    (await probe(wanted)) ?? (await probe(0)) ?? Promise.reject(new Error("no TCP port is free"))
  );
}

function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}

async function truncateLargeLog(log: string): Promise<void> {
  const size = await stat(log).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > LARGEST_LOG_BYTES) await truncate(log);
}

/**
 * The lines of one server process, since another may be writing into the same file, and what was fatal
 * meanwhile: the process that fails over a full disk is a child of it.
 */
async function readLogOf(log: string, pid: number | undefined): Promise<string> {
  const lines = (await readFile(log, "utf8")).split("\n");
  const isOwn = (line: string) => line.includes(`[${pid}]`);
  const since = lines.findIndex(isOwn);
  const own = since < 0 ? [] : lines.slice(since).filter((line) => isOwn(line) || isFatal(line));
  // Before its configuration is read a server writes without prefix.
  return (own.length > 0 ? own : lines.slice(-5)).join("\n").trim();
}

function isFatal(line: string): boolean {
  return /\] (FATAL|PANIC): /.test(line);
}
