import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { scalars } from "../schema/scalars.ts";
import { readSectors } from "../schema/sectors.ts";
import type { Terms } from "../schema/terms.ts";
import { sourceUrl } from "./config.ts";
import type { Config } from "./config.ts";
import { describeFailure } from "./errors.ts";
import { createExecutor } from "./federation/apollo-server.ts";
import { createFederation } from "./federation/federation.ts";
import { createPreparation } from "./federation/prepare.ts";
import { readSupergraph } from "./federation/supergraph.ts";
import type { Supergraph } from "./federation/supergraph.ts";
import { warmUp } from "./federation/warm.ts";
import { readOpenCaller } from "./http/caller.ts";
import type { ReadCaller } from "./http/caller.ts";
import { buildDoors } from "./http/doors.ts";
import { registerExplorer } from "./http/explorer.ts";
import { registerGraphQL } from "./http/graphql.ts";
import { registerHealth, watchSources } from "./http/health.ts";
import { closeDoors, listen } from "./http/listen.ts";
import { createMetrics, registerMetrics } from "./http/metrics.ts";
import { registerSchema } from "./http/schema.ts";
import { findExcess, findTextExcess } from "./policy/limits.ts";
import { openSources } from "./source/sources.ts";
import type { WatchedLine } from "./source/sources.ts";

/** What the gateway takes from the process that it runs in. */
export interface Surroundings {
  readonly log: Logger;
  /** Milliseconds since 1970, with fractions; should never go back. */
  readonly now: () => number;
  readonly newRequestId: () => string;
  /** Who asks; everybody is one agency unless something else is said. */
  readonly readCaller?: ReadCaller;
}

export interface RunningGateway {
  /** Where it answers, such as `http://localhost:4000`. */
  readonly url: string;
  /** Takes no new requests, lets the running ones finish within the grace, hangs up on the sources. */
  stop(): Promise<void>;
}

/**
 * Builds the gateway, room by room in the order of a request, and starts it.
 *
 * @throws {Error} with a sentence when the supergraph cannot be read, a source has no URL, or the port
 *   is taken
 */
export async function startGateway(
  config: Config,
  { log, now, newRequestId, readCaller = readOpenCaller }: Surroundings,
): Promise<RunningGateway> {
  const { limits, open } = config;
  const supergraph = readSupergraph(readSupergraphFile(config), config.supergraphFile);
  const metrics = createMetrics(supergraph.sources.keys());

  const prepare = createPreparation(supergraph, {
    limits,
    open,
    scalars,
    cacheCharacters: config.operationCacheCharacters,
    findTextExcess,
    findExcess,
  });
  const sources = openSources({
    supergraph,
    ...sourceSettings(config, supergraph),
    now,
    random: Math.random,
    newId: randomUUID,
    log,
    onCall: metrics.countSourceCall,
    onLineState: metrics.showLine,
  });
  const fields = { sources: () => sources.lines().map(describeLine) };
  const federation = createFederation({ supergraph, sources, fields, log });
  if (!open) warmUp(new URL("../schema/operations/", import.meta.url), prepare, federation);
  const executor = await createExecutor(federation.gateway, log);

  let stopping = false;
  const isStopping = () => stopping;
  const app = buildDoors({ bodyBytes: limits.bodyBytes, isStopping });
  // A scope of its own: what it refuses, it refuses in the form of a GraphQL answer.
  app.register(async (scope) => {
    registerGraphQL(scope, {
      prepare,
      execute: executor.execute,
      bodyBytes: limits.bodyBytes,
      timeoutMs: config.requestTimeoutMs,
      newRequestId,
      readCaller,
      now,
      onRequest(record) {
        metrics.countRequest(record);
        log.info(record, "request");
      },
      onFailure: (error) => log.error(describeFailure(error), "the gateway failed on a request"),
    });
  });
  registerHealth(app, { sources: watchSources(sources.probe, now), isStopping });
  registerMetrics(app, metrics);
  registerSchema(app, supergraph.apiSchema);
  registerExplorer(app, new URL("./explorer/dist/", import.meta.url));

  const hangUp = async () => {
    await executor.stop();
    await sources.close();
  };
  const url = await listen(app, config).catch(async (error: unknown) => {
    await hangUp();
    throw error;
  });
  log.info({ url, open, sources: [...supergraph.sources.keys()] }, "ready");
  return {
    url,
    async stop() {
      stopping = true;
      await closeDoors(app, config.shutdownGraceMs);
      await hangUp();
      log.info("stopped");
    },
  };
}

function readSupergraphFile({ supergraphFile }: Config): string {
  try {
    return readFileSync(supergraphFile, "utf8");
  } catch (error) {
    throw new Error(
      `The supergraph ${supergraphFile} cannot be read (${(error as NodeJS.ErrnoException).code}); name another by --supergraph, or compose it by \`npx lien-thong compose\`.`,
      { cause: error },
    );
  }
}

/** A line, as schema/gateway.graphql describes a source. */
function describeLine({ name, owner, state, since, retryAt }: WatchedLine) {
  const states = { closed: "UP", recovering: "RECOVERING", open: "DOWN" };
  const instant = (at: number) => new Date(at).toISOString();
  return {
    name,
    owner,
    state: states[state],
    since: instant(since),
    retryAt: retryAt === null ? null : instant(retryAt),
  };
}

/** Where each source answers and how long it may take: by the owner's terms, where it has some. */
function sourceSettings(config: Config, { sources }: Supergraph) {
  const terms = config.open ? [] : readSectors().map(({ name, terms }) => [name, terms]);
  return {
    urls: Object.fromEntries(
      [...sources].map(([name, source]) => [name, sourceUrl(config, source)]),
    ),
    terms: Object.fromEntries(terms) as Record<string, Terms>,
    timeoutMs: config.sourceTimeoutMs,
  };
}
