import { mkdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { canEnter, chooseAccount } from "./postgres/account.ts";
import { prepareBinaries } from "./postgres/binaries.ts";
import { claimServer } from "./postgres/claim.ts";
import type { Loss } from "./postgres/cluster-lock.ts";
import { readCredentials, writeCredentials } from "./postgres/credentials.ts";
import {
  addPasswords,
  buildUrl,
  checkDatabaseNames,
  createDatabases,
} from "./postgres/databases.ts";
import { createHome, findHome } from "./postgres/home.ts";
import type { Home } from "./postgres/home.ts";
import { guardAgainstOwnDeath, makeMemoryFolder } from "./postgres/memory-folder.ts";
import { makeOutsideFolder } from "./postgres/outside-folder.ts";
import { stopServer } from "./postgres/server.ts";
import { chooseSettings } from "./postgres/settings.ts";

/** To be said wherever the embedded database's URLs are printed. */
export const TRIAL_NOTICE =
  "The embedded PostgreSQL is for trials and tests on one machine: it carries old versions of OpenSSL and ICU. " +
  "In production set the <SECTOR>_DATABASE_URL of servers of your own.";

export interface EmbeddedPostgresOptions<Name extends string> {
  /**
   * Folder for the data, made if it isn't there; `postgres` in it is the cluster's home, or a link
   * to it. `"memory"` keeps nothing: a temporary folder that goes with `stop`.
   */
  readonly dataDirectory: string;
  /** For each name one database and one role of that name: lower-case letters, digits and `_`. */
  readonly databases: readonly Name[];
  /** Whether a commit waits for the disk. Default true, and false for `"memory"`. */
  readonly fsync?: boolean;
  /** Told of each step that takes a moment, one sentence each. Default: nobody. */
  readonly log?: (line: string) => void;
  /** Where programs and data go which PostgreSQL's user could not reach. Default: see `makeOutsideFolder`. */
  readonly outsideFolder?: string;
}

export interface EmbeddedPostgres<Name extends string> {
  /** For each name the URL with which its role reaches its database; the same after every start. */
  readonly urls: Readonly<Record<Name, string>>;
  /** The superuser's URL, to the database `postgres`. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  /** Whether the server still ran, its former owner having been killed. */
  readonly alreadyRunning: boolean;
  /**
   * Aborted when the server is no longer ours, which nobody asked for: it has ended by itself, or belongs
   * to another process. Its reason is an `Error` whose sentence says so. `stop` is still to be called.
   */
  readonly lost: AbortSignal;
  /** Ends all sessions, writes everything to disk, waits until the server is gone. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm brought, or takes over the one that a killed process left running,
 * and makes sure of the databases and roles asked for. It does not listen to signals: the program
 * calls `stop` when its own servers have ended.
 *
 * @throws a sentence when another live process uses the folder, when the folder belongs to another
 *   user, or when PostgreSQL will not start
 */
export async function startEmbeddedPostgres<const Name extends string>(
  options: EmbeddedPostgresOptions<Name>,
): Promise<EmbeddedPostgres<Name>> {
  checkDatabaseNames(options.databases);
  const log = options.log ?? (() => undefined);
  const inMemory = options.dataDirectory === "memory";
  const durable = options.fsync ?? !inMemory;
  const dataDirectory = inMemory ? await makeMemoryFolder() : resolve(options.dataDirectory);
  const remove = (folder: string) => rm(folder, { recursive: true, force: true });
  const undo: (() => unknown)[] = inMemory ? [() => remove(dataDirectory)] : [];
  try {
    await mkdir(dataDirectory, { recursive: true });
    const { home, account, binaries } = await openHome(
      dataDirectory,
      durable,
      options.outsideFolder,
      log,
    );
    if (inMemory) undo.push(() => remove(home.folder));

    const claim = await claimServer(home, binaries, account, chooseSettings(durable), log);
    const loss = new AbortController();
    const stopClaimed = async () => {
      // Another owner's server is not ours to stop, and one that has ended needs it no more.
      if (loss.signal.aborted) return;
      claim.lock.endWithServer();
      await stopServer(home.cluster, binaries, account);
      await claim.child?.exited;
    };
    undo.push(stopClaimed);
    if (inMemory) undo.push(guardAgainstOwnDeath(claim.server.pid, [home.folder, dataDirectory]));
    void claim.lock.lost.then((how) => {
      claim.child?.letGo();
      loss.abort(new Error(describeLoss(how, home, inMemory)));
    });
    let stopping: Promise<void> | undefined;
    const stop = () => (stopping ??= runBackwards(undo));

    const { pid, port } = claim.server;
    const { databases } = options;
    const credentials = addPasswords(await readCredentials(home.credentials), databases);
    await writeCredentials(home.credentials, { ...credentials, port });
    const adminUrl = buildUrl("postgres", credentials.admin, port);
    await createDatabases(adminUrl, databases, credentials.roles);
    const urls = Object.fromEntries(
      databases.map((name) => [name, buildUrl(name, credentials.roles[name], port)]),
    ) as Record<Name, string>;
    return {
      urls,
      adminUrl,
      port,
      pid,
      alreadyRunning: claim.child === undefined,
      lost: loss.signal,
      stop,
    };
  } catch (error) {
    await runBackwards(undo);
    throw error;
  }
}

/** Finds or makes the cluster's home, and with whose rights and which programs it is used. */
async function openHome(
  dataDirectory: string,
  durable: boolean,
  outsideFolder: string | undefined,
  log: (line: string) => void,
) {
  const found = await findHome(dataDirectory);
  const account = await chooseAccount(found?.cluster);
  const makeOutside = async () => outsideFolder ?? (await makeOutsideFolder(account));
  const binaries = await prepareBinaries(account, makeOutside);
  if (found && !(await canEnter(account, found.cluster))) {
    throw new Error(
      `PostgreSQL runs as user ${account?.uid}, who can no longer enter ${found.cluster}. ` +
        `Let others pass through the folders above it (chmod o+x), or give another folder with --data.`,
    );
  }
  if (found) return { home: found, account, binaries };
  log("Preparing an empty PostgreSQL cluster.");
  const { initdb } = binaries;
  const home = await createHome({
    dataDirectory,
    account,
    initdb,
    durable,
    makeOutsideFolder: makeOutside,
  });
  return { home, account, binaries };
}

/** What whoever looks at the terminal is told, once all that used the database has been stopped. */
function describeLoss(loss: Loss, home: Home, inMemory: boolean): string {
  if (loss.kind === "taken-over")
    return `Process ${loss.owner} has taken over the database in ${home.folder}, and all that used it here was stopped.`;
  const ended = "The embedded PostgreSQL has ended by itself, and all that needs it was stopped.";
  return inMemory
    ? `${ended} Nothing of it was kept, as it was in memory.`
    : `${ended} ${home.log} says why, unless it was killed; what was written is there at the next start.`;
}

/** Undoes what was done, the last first. */
async function runBackwards(undo: readonly (() => unknown)[]): Promise<void> {
  for (const step of undo.toReversed()) await step();
}
