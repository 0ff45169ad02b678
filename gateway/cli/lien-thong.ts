import { audit } from "./audit.ts";
import { bench } from "./bench.ts";
import { check } from "./check.ts";
import type { Command } from "./command.ts";
import { compose } from "./compose.ts";
import { drill } from "./drill.ts";
import { evidence } from "./evidence.ts";
import { gateway } from "./gateway.ts";
import { keys } from "./keys.ts";
import { people } from "./people.ts";
import { quota } from "./quota.ts";
import { seed } from "./seed.ts";
import { start } from "./start.ts";
import { subgraph } from "./subgraph.ts";
import { token } from "./token.ts";
import { units } from "./units.ts";

/** In the order in which the help lists them. */
export const commands: readonly Command[] = [
  start,
  gateway,
  subgraph,
  seed,
  people,
  token,
  units,
  keys,
  quota,
  evidence,
  audit,
  compose,
  check,
  bench,
  drill,
];

/**
 * The command line.
 *
 * @param args the words after `lien-thong`
 * @returns the exit code: 0 done, 1 failed, 2 used wrongly
 */
export async function runCommandLine([name, ...args]: readonly string[]): Promise<number> {
  const command = commands.find((known) => known.name === name);
  if (command) return await command.run(args);
  if (name === "--help" || name === "-h" || name === "help") {
    console.log(help());
    return 0;
  }
  if (name === undefined) console.error(help());
  else
    console.error(
      `There is no command ${JSON.stringify(name)}. \`npx lien-thong --help\` lists the commands.`,
    );
  return 2;
}

function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`);
  return [
    "lien-thong — links sectoral databases, so that one query answers across ministries",
    "",
    ...lines,
    "",
    "`npx lien-thong COMMAND --help` says how each is used. Exit code: 0 done, 1 failed, 2 used wrongly.",
  ].join("\n");
}

if (import.meta.main) process.exitCode = await runCommandLine(process.argv.slice(2));
