import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
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

/** The folder of one cluster. All but `cluster` belongs to the user of our process. */
export interface Home {
  readonly folder: string;
  /** PostgreSQL's data directory, owned by the account it runs as. */
  readonly cluster: string;
  readonly credentials: string;
  readonly log: string;
}

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

/**
 * Makes the home: cluster and passwords together, under a draft's name until both are whole. So a
 * `kill -9` meanwhile leaves nothing that a later start would take for a database, and of two
 * first starts at the same moment one wins and the other uses what it made.
 */
export async function createHome(
  dataDirectory: string,
  account: Account,
  initdb: string,
  durable: boolean,
  makeOutsideFolder: () => Promise<string>,
): Promise<Home> {
  const path = join(dataDirectory, "postgres");
  const inPlace = await canEnter(account, dataDirectory);
  const draft = await mkdtemp(
    join(inPlace ? dataDirectory : await makeOutsideFolder(), "postgres-"),
  );
  try {
    await fillHome(layOut(draft), account, initdb, durable);
    await (inPlace ? rename(draft, path) : symlink(draft, path, "dir"));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    const lost =
      code === "EEXIST" || code === "ENOTEMPTY" || code === "ENOTDIR" || code === "EPERM";
    const winner = lost ? await findHome(dataDirectory) : undefined;
    if (winner === undefined) throw error;
    return winner;
  }
  return layOut(await realpath(path));
}

function layOut(folder: string): Home {
  return {
    folder,
    cluster: join(folder, "cluster"),
    credentials: join(folder, "credentials.json"),
    log: join(folder, "postgres.log"),
  };
}

async function fillHome(
  home: Home,
  account: Account,
  initdb: string,
  durable: boolean,
): Promise<void> {
  const admin = generatePassword();
  const passwordFile = join(home.folder, "initial-password");
  await mkdir(home.cluster, { mode: 0o700 });
  await writeFile(passwordFile, admin, { mode: 0o600 });
  if (account !== undefined) {
    await chmod(home.folder, 0o711); // the account passes through and sees no names
    await chown(home.cluster, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  await initialise(home.cluster, account, initdb, passwordFile, durable);
  await rm(passwordFile);
  await writeCredentials(home.credentials, { port: 0, admin, roles: {} });
}

async function initialise(
  cluster: string,
  account: Account,
  initdb: string,
  passwordFile: string,
  durable: boolean,
): Promise<void> {
  const args = [
    `--pgdata=${cluster}`,
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
    ...(durable ? [] : ["--no-sync"]),
  ];
  await runAs(account, initdb, args).catch((error: Error & { stderr?: string }) => {
    throw new Error(
      `PostgreSQL could not prepare a database in ${cluster}: ${(error.stderr || error.message).trim()}`,
    );
  });
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
