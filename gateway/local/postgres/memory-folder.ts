import { spawn } from "node:child_process";
import { chmod, mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Docker gives /dev/shm 64 MB, which an empty cluster fills; a test run or a trial needs about 0.5 GB.
const LEAST_FREE_BYTES = 1 << 30;

/** Makes an empty folder for a database that nobody keeps: in memory where there is room for it. */
export async function makeMemoryFolder(): Promise<string> {
  const inMemory = "/dev/shm";
  const free = await statfs(inMemory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0, // macOS and Windows have none
  );
  const folder = await mkdtemp(join(free > LEAST_FREE_BYTES ? inMemory : tmpdir(), "lien-thong-"));
  await chmod(folder, 0o711); // the user PostgreSQL runs as passes through
  return folder;
}

/**
 * Kills the server and removes its folders when our process dies without doing so: after `kill -9`
 * nobody takes over a database that isn't kept, so it would run and fill the memory for ever.
 * A shell waits for the end of a pipe whose other end only our process has.
 *
 * @returns a function that calls the guard off
 */
export function guardAgainstOwnDeath(pid: number, folders: readonly string[]): () => void {
  if (process.platform === "win32") return () => undefined;
  const script = `cat >/dev/null
    kill -QUIT "$0"
    i=0; while kill -0 "$0" && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.1; done
    rm -rf "$@"`;
  const guard = spawn("/bin/sh", ["-c", script, String(pid), ...folders], {
    cwd: "/",
    detached: true, // Ctrl-C to our group must not take the guard first
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  return () => guard.kill("SIGKILL");
}
