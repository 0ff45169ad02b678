import { parseArgs } from "node:util";
import { readSectors } from "../../schema/sectors.ts";
import { asksForHelp, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { runForeground } from "./program.ts";

const help = `lien-thong subgraph NAME [--port N] — one sector's subgraph alone

  NAME        a sector of schema/, such as population
  --port N    TCP port; the one of the sector's terms by default
  --help

It reads <NAME>_DATABASE_URL, HOST and LOG_LEVEL from the environment.`;

export const subgraph: Command = {
  name: "subgraph",
  summary: "run one sector's subgraph alone",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let wish: { name: string; port: string | undefined };
    try {
      wish = readWish(args);
    } catch (error) {
      return misused((error as Error).message, "subgraph");
    }
    const program = new URL(`../../subgraphs/${wish.name}/server.ts`, import.meta.url);
    // The program reads its port from the environment, as it does in production.
    return await runForeground(program, [], {
      ...process.env,
      ...(wish.port !== undefined && { PORT: wish.port }),
    });
  },
};

function readWish(args: readonly string[]): { name: string; port: string | undefined } {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { port: { type: "string" } },
  });
  const [name, ...more] = positionals;
  const names = readSectors().map((sector) => sector.name);
  if (name === undefined || more.length > 0 || !names.includes(name))
    throw new Error(`Give one NAME, out of ${names.join(", ")}.`);
  return { name, port: values.port };
}
