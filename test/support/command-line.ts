import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Half of a command's start is compilation, and the next one's is the same. */
const compiled = fileURLToPath(
  new URL("../../node_modules/.cache/lien-thong-compiled", import.meta.url),
);

const entry = fileURLToPath(new URL("../../gateway/cli/lien-thong.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the real command line in a process of its own. */
export function startCommand(
  args: readonly string[],
  { env = {}, node = [] }: { env?: NodeJS.ProcessEnv; node?: readonly string[] } = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ran>; stderr(): string } {
  const child = spawn(process.execPath, [...node, entry, ...args], {
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: compiled, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const ended = new Promise<Ran>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, stderr: () => stderr };
}

/** Runs a command to its end. */
export function runCommand(
  args: readonly string[],
  options?: Parameters<typeof startCommand>[1],
): Promise<Ran> {
  return startCommand(args, options).ended;
}
