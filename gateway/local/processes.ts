import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface SpawnOptions {
  /** What errors call the program, such as `population`. */
  readonly name: string;
  /** Told of each line that the program prints, on either stream. Default: nobody. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Told of each message that the program sends by the channel. Default: nobody. */
  readonly onMessage?: (message: unknown) => void;
}

/** How a program ended: by an exit code, or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program {
  readonly name: string;
  readonly pid: number;
  /**
   * Where it answers, once it has said so. Rejected with a sentence, its last line on stderr in it,
   * when it ends before.
   */
  readonly ready: Promise<string>;
  /** When it has ended, however; never rejected. Whoever needs it alive listens here for its death. */
  readonly ended: Promise<Ending>;
  /** Asks it to stop by SIGTERM, ends it by SIGKILL `graceMs` later. May be called again. */
  stop(graceMs?: number): Promise<Ending>;
}

/** Above what a server needs to finish its running requests; then it hangs. */
const defaultGraceMs = 10_000;

/**
 * Starts a program of this project on the Node that runs us, with an IPC channel: by it the program
 * says `{ ready: url }`, and from its closing it learns that we are gone, even by `kill -9`.
 *
 * @param env its whole environment; nothing of ours is added
 */
export function spawnProgram(
  file: URL,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { name, onLine, onMessage }: SpawnOptions,
): Program {
  const child = spawn(process.execPath, [fileURLToPath(file), ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  if (onMessage) child.on("message", onMessage);
  let lastError = "";
  readLines(child.stdout, (line) => onLine?.(line, "stdout"));
  readLines(child.stderr, (line) => {
    if (line.trim() !== "") lastError = line;
    onLine?.(line, "stderr");
  });
  const ended = waitForEnd(child, (reason) => (lastError = reason));
  const ready = waitForReady(child, ended, (ending) =>
    [`${name} ${describeEnding(ending)} before it was ready.`, lastError].join(" ").trim(),
  );
  // Whoever stops a program early need not await its readiness too.
  ready.catch(() => undefined);
  return {
    name,
    pid: child.pid ?? 0,
    ready,
    ended,
    async stop(graceMs = defaultGraceMs) {
      child.kill("SIGTERM");
      const impatience = setTimeout(() => child.kill("SIGKILL"), graceMs);
      try {
        return await ended;
      } finally {
        clearTimeout(impatience);
      }
    },
  };
}

/** `ended with exit code 1`, for a sentence. */
export function describeEnding({ code, signal }: Ending): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on("line", onLine);
}

function waitForEnd(child: ChildProcess, onFailure: (reason: string) => void): Promise<Ending> {
  return new Promise((resolve) => {
    // `close` comes after `exit`, when both streams have been read: the last line is then known.
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => {
      onFailure(error.message);
      if (child.pid === undefined) resolve({ code: 1, signal: null });
    });
  });
}

function waitForReady(
  child: ChildProcess,
  ended: Promise<Ending>,
  describe: (ending: Ending) => string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on("message", (message) => {
      const { ready } = Object(message) as { ready?: unknown };
      if (typeof ready === "string") resolve(ready);
    });
    void ended.then((ending) => reject(new Error(describe(ending))));
  });
}
