import { chmod, lstat, mkdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "./account.ts";

const FOR_ROOT = "/var/lib/lien-thong";

/**
 * Makes the folder for what cannot lie where the user put it: programs that `account` cannot run
 * from the clone, and, as root, data below a folder that `account` cannot enter. It outlives a
 * restart of the machine, and nobody else can plant programs in it.
 *
 * @returns its path
 */
export async function makeOutsideFolder(account: Account): Promise<string> {
  if (account !== undefined) {
    await mkdir(FOR_ROOT, { recursive: true });
    await chmod(FOR_ROOT, 0o755); // whatever root's umask is, the account must get through
    return FOR_ROOT;
  }
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "lien-thong");
  return mkdir(cache, { recursive: true }).then(
    () => cache,
    () => makeOwnTemporaryFolder(), // a user without a home, such as one of a container
  );
}

async function makeOwnTemporaryFolder(): Promise<string> {
  const ownUid = process.getuid?.();
  const folder = join(tmpdir(), `lien-thong-${ownUid ?? "user"}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(folder);
  if (ownUid !== undefined && (uid !== ownUid || (mode & 0o022) !== 0)) {
    throw new Error(
      `${folder} must belong to user ${ownUid} alone, and somebody else can write there. ` +
        `Delete it, or set XDG_CACHE_HOME to a folder of your own.`,
    );
  }
  return folder;
}
