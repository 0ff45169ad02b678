import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What a running server writes into `postmaster.pid`; a dead one leaves it behind. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** False while it starts, recovers or stops. */
  readonly ready: boolean;
}

/** Lines of the file, from PostgreSQL's `src/include/utils/pidfile.h`. */
const LINE = { pid: 0, port: 3, status: 7 } as const;

/** @returns undefined where there is no file, or only the first lines of one that is being written */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split("\n");
  const pid = Number(lines[LINE.pid]);
  const port = Number(lines[LINE.port]);
  if (!(pid > 0) || !(port > 0)) return undefined;
  return { pid, port, ready: lines[LINE.status]?.trim() === "ready" };
}

export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  return parsePostmasterFile(
    await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => ""),
  );
}

/** Whether a process with that number exists, whosever it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
