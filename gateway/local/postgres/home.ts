import { randomUUID } from "node:crypto";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import type { Account } from "./account.ts";
import { canEnter, runAs } from "./account.ts";
import { generatePassword, writeCredentials } from "./credentials.ts";
import { isAlive } from "./postmaster-file.ts";

/** The folder of one cluster. All but `cluster` belongs to the user of our process. */
export interface Home {
  readonly folder: string;
  /** PostgreSQL's data directory, owned by the account it runs as. */
  readonly cluster: string;
  readonly credentials: string;
  readonly log: string;
}

// Retries, as an initdb whose parent was killed goes on writing for a moment.
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };

/** @returns the home in `dataDirectory`, through the link where it lies elsewhere; undefined before the first start */
export async function findHome(dataDirectory: string): Promise<Home | undefined> {
  const path = join(dataDirectory, "postgres");
  if ((await lstat(path).catch(missing)) === undefined) return undefined;
  const folder = await realpath(path).catch(missing);
  if (folder === undefined) {
    throw new Error(
      `${path} is a link to where the database lay, and that folder is gone. ` +
        `Put it back, or delete the link to begin with an empty database.`,
    );
  }
  return layOut(folder);
}

export interface HomeRequest {
  readonly dataDirectory: string;
  /** Whom PostgreSQL runs as, and who owns the cluster. */
  readonly account: Account;
  readonly initdb: string;
  /** Whether the new files must be on the disk before the first start. */
  readonly durable: boolean;
  /** Called when `account` cannot enter `dataDirectory`. */
  readonly makeOutsideFolder: () => Promise<string>;
}

/**
 * Makes the home: cluster and passwords together, under a draft's name until both are whole. So a
 * `kill -9` meanwhile leaves nothing that a later start would take for a database, and of two
 * first starts at the same moment one wins and the other uses what it made.
 */
export async function createHome({ dataDirectory, ...request }: HomeRequest): Promise<Home> {
  const path = join(dataDirectory, "postgres");
  const inPlace = await canEnter(request.account, dataDirectory);
  const parent = inPlace ? dataDirectory : await request.makeOutsideFolder();
  await removeDeadDrafts(parent);
  const draft = await mkdtemp(join(parent, `draft-${process.pid}-`));
  const elsewhere = join(parent, `postgres-${randomUUID()}`);
  try {
    await fillHome(layOut(draft), request);
    await rename(draft, inPlace ? path : elsewhere);
    if (!inPlace) await symlink(elsewhere, path, "dir");
  } catch (error) {
    for (const folder of [draft, elsewhere]) await rm(folder, REMOVAL);
    const winner = await findHome(dataDirectory);
    if (winner === undefined) throw error;
    return winner;
  }
  return layOut(await realpath(path));
}

/** Removes what starts have left that were killed on the way: 40 MB each, and a password. */
async function removeDeadDrafts(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const maker = Number(/^draft-(\d+)-/.exec(name)?.[1]);
    if (maker > 0 && !isAlive(maker)) await rm(join(parent, name), REMOVAL);
  }
}

function layOut(folder: string): Home {
  return {
    folder,
    cluster: join(folder, "cluster"),
    credentials: join(folder, "credentials.json"),
    log: join(folder, "postgres.log"),
  };
}

async function fillHome(home: Home, request: Omit<HomeRequest, "dataDirectory">): Promise<void> {
  const { account } = request;
  const admin = generatePassword();
  const passwordFile = join(home.folder, "initial-password");
  await mkdir(home.cluster, { mode: 0o700 });
  await writeFile(passwordFile, admin, { mode: 0o600 });
  if (account !== undefined) {
    await chmod(home.folder, 0o711); // the account passes through and sees no names
    await chown(home.cluster, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const args = [
    `--pgdata=${home.cluster}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    // The builtin provider sorts the same on every machine, whatever its C library.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    // pg_trgm asks the C library what a letter is, and under plain C it drops ễ, đ and ứ.
    `--lc-ctype=${process.platform === "darwin" ? "en_US.UTF-8" : "C.UTF-8"}`,
    "--no-instructions",
    ...(request.durable ? [] : ["--no-sync"]),
  ];
  await runAs(account, request.initdb, args).catch((error: Error & { stderr?: string }) => {
    throw new Error(
      `PostgreSQL could not prepare a database in ${home.folder}: ${(error.stderr || error.message).trim()}`,
      { cause: error },
    );
  });
  await rm(passwordFile);
  await writeCredentials(home.credentials, { port: 0, admin, roles: {} });
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
