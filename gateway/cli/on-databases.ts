import { fileURLToPath } from "node:url";
import { openDatabases } from "../local/databases.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { runForeground } from "./program.ts";

/** Where `start` keeps its data, wherever in the clone it is called. */
export const defaultDataDirectory = fileURLToPath(new URL("../../.data", import.meta.url));

/**
 * Runs a program that reads `<SECTOR>_DATABASE_URL`. Those that the environment does not name are the
 * embedded ones of `--data DIR`: beside a running `start`, else started for as long as it takes.
 */
export async function runOnDatabases(
  command: string,
  file: URL,
  args: readonly string[],
): Promise<number> {
  if (asksForHelp(args)) return await runForeground(file, args);
  const place = args.indexOf("--data");
  const dataDirectory = place < 0 ? defaultDataDirectory : args[place + 1];
  if (dataDirectory === undefined) return misused("--data needs a folder.", command);
  const others = place < 0 ? args : args.toSpliced(place, 2);
  try {
    const databases = await openDatabases({
      dataDirectory,
      environment: process.env,
      beside: true,
    });
    try {
      return await runForeground(file, others, { ...process.env, ...databases.variables });
    } finally {
      await databases.stop();
    }
  } catch (error) {
    return failed(error);
  }
}

/** A command that is such a program: it reads its own arguments but for `--data`. */
export function databaseCommand(name: string, summary: string, file: URL): Command {
  return { name, summary, run: (args) => runOnDatabases(name, file, args) };
}
