import { join } from "node:path";
import { parseArgs } from "node:util";
import { readConfig } from "../config.ts";
import type { Config } from "../config.ts";
import { startEmbeddedPostgres } from "../local/embedded-postgres.ts";
import type { EmbeddedPostgres } from "../local/embedded-postgres.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { defaultDataDirectory } from "./on-databases.ts";
import { takeSurroundings } from "./surroundings.ts";
import { listenToSignals, waitUntilTold } from "./told-to-stop.ts";

const help = `lien-thong gateway [--supergraph FILE] [--port N] [--host H] — the gateway alone
lien-thong gateway --open --supergraph FILE [--port N] [--host H] [--terms FILE] — over any Federation 2 supergraph

  --supergraph FILE   the composed supergraph; schema/supergraph.graphql by default
  --port N            TCP port, 4000 by default; 0 takes a free one
  --host H            address to listen on; this machine alone by default
  --open              any supergraph is welcome: no rules of this house but those that protect sources
  --terms FILE        with --open: { "<subgraph>": { terms } }, as in schema/<sector>.terms.json; quota and
                      cache are on then, and the header x-lane chooses the lane
  --data DIR          with --terms: the folder of the embedded database that keeps account of the quota where
                      GATEWAY_DATABASE_URL names none, .data/open by default; "memory" keeps none
  --help

It reads its settings from the environment; gateway/README.md lists them. <SOURCE>_URL, such as
CIVIL_STATUS_URL, says where a source answers, else the supergraph does. Logs are JSON lines on stdout.`;

export const gateway: Command = {
  name: "gateway",
  summary: "run the gateway alone; with --open over any Federation 2 supergraph",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let config: Config;
    let data: string;
    try {
      const flags = readFlags(args);
      config = readConfig(process.env, flags);
      data = flags.data ?? join(defaultDataDirectory, "open");
    } catch (error) {
      return misused((error as Error).message, "gateway");
    }
    if (config.open)
      console.error(
        "Open: whoever reaches this gateway may ask everything its supergraph offers. Never put a register behind it.",
      );
    // From the first moment on: who is told that it is ready may stop it at once.
    const told = listenToSignals();
    let database: EmbeddedPostgres<"gateway"> | undefined;
    try {
      if (config.termsFile !== undefined && config.databaseUrl === "") {
        database = await startEmbeddedPostgres({ dataDirectory: data, databases: ["gateway"] });
        config = { ...config, databaseUrl: database.urls.gateway };
      }
      // Here, not above: the other commands need not wait until all of it is read.
      const { startGateway } = await import("../server.ts");
      const running = await startGateway(config, takeSurroundings(config.logLevel, 1));
      console.error(`lien-thong gateway ready on ${running.url}`);
      process.send?.({ ready: running.url });
      await waitUntilTold(AbortSignal.any([told, ...(database ? [database.lost] : [])]));
      await running.stop();
      if (!told.aborted) database?.lost.throwIfAborted();
      return 0;
    } catch (error) {
      return failed(error);
    } finally {
      await database?.stop();
    }
  },
};

function readFlags(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string" },
      host: { type: "string" },
      supergraph: { type: "string" },
      open: { type: "boolean" },
      terms: { type: "string" },
      data: { type: "string" },
    },
  });
  if (values.terms !== undefined && !values.open)
    throw new Error("--terms goes with --open; without it the terms are those of schema/.");
  if (values.open && values.supergraph === undefined)
    throw new Error("--open needs --supergraph FILE, the supergraph to be open to.");
  return values;
}
