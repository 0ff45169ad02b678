import { parseArgs } from "node:util";
import { databaseVariable, readSectors } from "../../schema/sectors.ts";
import { jwksPath } from "../http/jwks.ts";
import { findRunningDatabases } from "../local/postgres/running.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { defaultDataDirectory } from "./on-databases.ts";
import { runForeground } from "./program.ts";

const help = `lien-thong subgraph NAME [--port N] [--gateway URL] [--data DIR] — one sector's subgraph alone

  NAME           a sector of schema/, such as population
  --port N       TCP port; the one of the sector's terms by default
  --gateway URL  the gateway, whose signed calls alone are answered: its keys are GATEWAY_JWKS_URL then
  --data DIR     folder of the \`start\` whose database it uses where <NAME>_DATABASE_URL is not set
  --help

It reads <NAME>_DATABASE_URL, GATEWAY_JWKS_URL, HOST and LOG_LEVEL from the environment. SERVICE_TOKENS=none
in GATEWAY_JWKS_URL's place answers whoever asks, for a trial on this machine.`;

export const subgraph: Command = {
  name: "subgraph",
  summary: "run one sector's subgraph alone",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let wish: ReturnType<typeof readWish>;
    try {
      wish = readWish(args);
    } catch (error) {
      return misused((error as Error).message, "subgraph");
    }
    const { name, port, jwksUrl, data } = wish;
    const names = readSectors().map((sector) => sector.name);
    if (name === undefined || !names.includes(name))
      return misused(`Give one NAME, out of ${names.join(", ")}.`, "subgraph");
    try {
      const variable = databaseVariable(name);
      const url = process.env[variable] || (await findBeside(name, data));
      return await runForeground(
        new URL(`../../subgraphs/${name}/server.ts`, import.meta.url),
        [],
        // The program reads its port from the environment, as it does in production.
        {
          ...process.env,
          ...(url && { [variable]: url }),
          ...(port && { PORT: port }),
          ...(jwksUrl && { GATEWAY_JWKS_URL: jwksUrl }),
        },
      );
    } catch (error) {
      return failed(error);
    }
  },
};

function readWish(args: readonly string[]) {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      port: { type: "string" },
      gateway: { type: "string" },
      data: { type: "string", default: defaultDataDirectory },
    },
  });
  const { gateway, ...rest } = values;
  if (gateway !== undefined && !/^https?:$/.test(URL.parse(gateway)?.protocol ?? ""))
    throw new Error(
      `--gateway must be the gateway's URL, such as http://localhost:4000, not ${JSON.stringify(gateway)}.`,
    );
  const jwksUrl = gateway && new URL(jwksPath, gateway).href;
  return { ...rest, jwksUrl, name: positionals.length === 1 ? positionals[0] : undefined };
}

/** Of a running `start`; none is started here, since production must not get one by a slip. */
async function findBeside(name: string, dataDirectory: string): Promise<string | undefined> {
  const running = await findRunningDatabases(dataDirectory);
  return running?.[name.replaceAll("-", "_")];
}
