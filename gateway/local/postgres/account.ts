import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";

/** The system user PostgreSQL runs as; `undefined` means the user of this very process. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

// Debian's and Red Hat's number, for an image without /etc/passwd.
const NOBODY = { uid: 65534, gid: 65534 };

/**
 * Chooses the user for PostgreSQL, which refuses to run as root: the owner of a cluster that is
 * already there, otherwise `nobody`, so that no system user has to be created.
 *
 * @param cluster the cluster's folder, if there is one
 * @throws when an ordinary user asks for a cluster that belongs to somebody else
 */
export async function chooseAccount(cluster: string | undefined): Promise<Account> {
  const ownUid = process.getuid?.();
  if (ownUid === undefined) return undefined; // Windows: files have no uid there
  const owner = cluster === undefined ? undefined : await stat(cluster);
  if (ownUid === 0) {
    return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : findNobody();
  }
  if (owner && owner.uid !== ownUid) {
    throw new Error(
      `The database in ${cluster} belongs to user ${owner.uid}, and this is user ${ownUid}. ` +
        `Start as the user who created it, or give another folder with --data.`,
    );
  }
  return undefined;
}

/** Options of node:child_process that start a program as `account`, with nothing of our environment. */
export function spawnOptions(account: Account) {
  return {
    cwd: "/", // our own working folder may be one that the account cannot enter
    // LC_ALL and TZ spare initdb its search; a PGPORT or PGDATA of the user's must not leak in.
    env: {
      LC_ALL: "C",
      TZ: "UTC",
      ...(process.env["SystemRoot"] === undefined
        ? {}
        : { SystemRoot: process.env["SystemRoot"], PATH: process.env["PATH"] }),
    },
    ...account,
  };
}

/** Runs a program as `account` to its end. @returns its standard output @throws its `stderr` and `code` */
export async function runAs(account: Account, program: string, args: readonly string[]) {
  const { stdout } = await promisify(execFile)(program, args, spawnOptions(account));
  return stdout;
}

/** Whether `account` can enter `folder`. Asked of the system itself, as modes alone miss ACLs and mounts. */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  if (account === undefined) return true;
  return runAs(account, "/bin/sh", ["-c", 'cd "$0"', folder]).then(
    () => true,
    () => false,
  );
}

async function findNobody(): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const [, , uid, gid] = /^nobody:.*$/m.exec(passwd)?.[0].split(":") ?? [];
  return uid === undefined || gid === undefined ? NOBODY : { uid: Number(uid), gid: Number(gid) };
}
