import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("./peers/", import.meta.url);

/**
 * Installs the packages of the gateways that the project itself does without, once, into a folder that
 * git ignores.
 *
 * @returns whether they are there now; where not, a sentence has been said
 */
export async function installPeers(say: (line: string) => unknown): Promise<boolean> {
  if (areInstalled()) return true;
  say("Installing the gateways to compare with, once …");
  const failure = await runNpm([
    "ci",
    "--ignore-scripts",
    "--fetch-retries=1",
    "--prefix",
    fileURLToPath(folder),
  ]);
  if (failure === undefined) return true;
  console.error(
    `Hive Gateway could not be installed (${failure}); going on without it. Its packages are named in test/bench/peers/package.json.`,
  );
  return false;
}

/** npm writes its own lock file last; one older than ours is of other versions. */
function areInstalled(): boolean {
  const [ours, npms] = ["package-lock.json", "node_modules/.package-lock.json"].map(
    (file) => new URL(file, folder),
  );
  return existsSync(npms!) && statSync(npms!).mtimeMs >= statSync(ours!).mtimeMs;
}

/** @returns why it failed, or undefined */
function runNpm(args: readonly string[]): Promise<string | undefined> {
  const windows = process.platform === "win32";
  const child = spawn(windows ? "npm.cmd" : "npm", args, {
    stdio: ["ignore", "ignore", "pipe"],
    shell: windows,
  });
  let firstError: string | undefined;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    firstError ??= /^npm (?:error|ERR!) (.*)/m.exec(text)?.[1];
  });
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) =>
      resolve(code === 0 ? undefined : (firstError ?? `npm ended with exit code ${code}`)),
    );
  });
}
