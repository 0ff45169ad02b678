import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Command } from "./command.ts";

const guard = new URL("../local/end-with-parent.ts", import.meta.url).href;

/**
 * Runs a program that lies outside the gateway, which never imports it, in the foreground: its streams
 * are ours, and it ends when we do.
 *
 * @returns its exit code; 1 where a signal ended it
 */
export async function runForeground(
  file: URL,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const child = spawn(process.execPath, ["--import", guard, fileURLToPath(file), ...args], {
    env,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  // Ctrl-C reaches the whole group. A second SIGINT would break off the stop that the first one began,
  // so whatever we get, the program gets SIGTERM.
  const stop = () => child.kill("SIGTERM");
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** A command that is such a program: it reads its own arguments, `--help` among them. */
export function programCommand(name: string, summary: string, file: URL): Command {
  return { name, summary, run: (args) => runForeground(file, args) };
}
