import { readSectors } from "../../schema/sectors.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { runForeground } from "./program.ts";
import { parseArgs } from "node:util";

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
    try {
      const { positionals, values } = parseArgs({
        args: [...args],
        allowPositionals: true,
        options: { port: { type: "string" } },
      });
      const [name, ...more] = positionals;
      const names = readSectors().map((sector) => sector.name);
      if (name === undefined || more.length > 0 || !names.includes(name))
        return misused(`Give one NAME, out of ${names.join(", ")}.`, "subgraph");
      // The program reads its port from the environment, as it does in production.
      if (values.port !== undefined) process.env["PORT"] = values.port;
      return await runForeground(new URL(`../../subgraphs/${name}/server.ts`, import.meta.url), []);
    } catch (error) {
      return failed(error);
    }
  },
};
