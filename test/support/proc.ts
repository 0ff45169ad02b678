import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/*
 * Processes as Linux shows them in /proc. Each may end, or turn out to be another user's, while it is
 * read: it then shows nothing.
 */

/** The program and its arguments. */
export function readCommand(pid: number): string {
  return attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"))
    .replaceAll("\0", " ")
    .trim();
}

/**
 * The processes that have to do with a folder, whosever children they are by now: those that were
 * told of it by an argument or by their environment, and those that work in it, as PostgreSQL's do.
 *
 * @returns the command of each by its number
 */
export function findProcessesOf(folder: string): ReadonlyMap<number, string> {
  const others = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid);
  const found = others.filter((pid) =>
    [
      readCommand(pid),
      attempt(() => readFileSync(`/proc/${pid}/environ`, "utf8")),
      attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
    ].some((text) => text.includes(folder)),
  );
  return new Map(found.map((pid) => [pid, readCommand(pid)]));
}

/** Kills them: what a failed test has left would outlive the folder. */
export function killProcessesOf(folder: string): void {
  for (const pid of findProcessesOf(folder).keys()) killAtOnce(pid);
}

/** `kill -9`; nothing where it has ended meanwhile. */
export function killAtOnce(pid: number): void {
  attempt(() => String(process.kill(pid, "SIGKILL")));
}

/** The most memory that a process has held so far, in bytes. */
export function readPeakResident(pid: number): number {
  return readKilobytes(`/proc/${pid}/status`, "VmHWM") * 1024;
}

/** The memory that processes hold together, in bytes: what they share is counted once. */
export function readMemoryOf(pids: readonly number[]): number {
  const shares = pids.map((pid) => readKilobytes(`/proc/${pid}/smaps_rollup`, "Pss"));
  return shares.reduce((sum, share) => sum + share, 0) * 1024;
}

function readKilobytes(file: string, name: string): number {
  const line = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m");
  return Number(line.exec(attempt(() => readFileSync(file, "utf8")))?.[1] ?? 0);
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
