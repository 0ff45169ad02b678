import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { scalars } from "../schema/scalars.ts";
import { parseTermsBySource } from "../schema/terms.ts";
import type { SourceTerms } from "../schema/terms.ts";
import { readSectors } from "../schema/sectors.ts";
import { meterTokenVariable, sourceUrl } from "./config.ts";
import type { Config } from "./config.ts";
import { keepMigrated } from "./database/keep-migrated.ts";
import { openPool } from "./database/pool.ts";
import { describeFailure } from "./errors.ts";
import { createExecutor } from "./federation/apollo-server.ts";
import { createFederation } from "./federation/federation.ts";
import { describeLine } from "./federation/gateway-subgraph.ts";
import { createPreparation } from "./federation/prepare.ts";
import { readSupergraph } from "./federation/supergraph.ts";
import { warmUp } from "./federation/warm.ts";
import { readOpenCaller, readUnprovenCaller } from "./http/caller.ts";
import type { ReadCaller } from "./http/caller.ts";
import { buildDoors } from "./http/doors.ts";
import { registerExplorer } from "./http/explorer.ts";
import { registerGraphQL } from "./http/graphql.ts";
import { registerHealth, watchSources } from "./http/health.ts";
import { registerJwks } from "./http/jwks.ts";
import { closeDoors, listen } from "./http/listen.ts";
import { createMetrics, registerMetrics } from "./http/metrics.ts";
import { registerSchema } from "./http/schema.ts";
import { openSigner } from "./identity/signer.ts";
import { findExcess, findTextExcess } from "./policy/limits.ts";
import { createQuotaFields } from "./quota/fields.ts";
import { openOwnerLine } from "./quota/owner-line.ts";
import { openQuota } from "./quota/quota.ts";
import { keepSettling } from "./quota/settlements.ts";
import { readStandings } from "./quota/standing.ts";
import { shapeObject } from "./source/shape.ts";
import { openSources } from "./source/sources.ts";

/** What the gateway takes from the process that it runs in. */
export interface Surroundings {
  readonly log: Logger;
  /** Milliseconds since 1970, with fractions; should never go back. */
  readonly now: () => number;
  readonly newRequestId: () => string;
  /** Told just before the doors open: who has held their port so far lets go of it. */
  readonly beforeListening?: () => Promise<void>;
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
  {
    log,
    now,
    newRequestId,
    beforeListening = async () => {},
    readCaller = config.open ? readOpenCaller : readUnprovenCaller,
  }: Surroundings,
): Promise<RunningGateway> {
  const { limits, open } = config;
  const supergraph = readSupergraph(
    readText(
      config.supergraphFile,
      "The supergraph",
      "name another by --supergraph, or compose it by `npx lien-thong compose`",
    ),
    config.supergraphFile,
  );
  const terms = readTerms(config);
  const urls = new Map(
    [...supergraph.sources].map(([name, source]) => [name, sourceUrl(config, source)]),
  );
  const metrics = createMetrics(supergraph.sources.keys());

  const prepare = createPreparation(supergraph, {
    limits,
    open,
    scalars,
    cacheCharacters: config.operationCacheCharacters,
    findTextExcess,
    findExcess,
  });
  const signer = open
    ? undefined
    : await openSigner({
        folder: config.signingKeysFolder,
        // The owners' clocks follow the day's time, and so must what they check.
        now: Date.now,
        onFailure: (error) =>
          log.error({ reason: (error as Error).message }, "the signing keys cannot be read again"),
      });
  const accounts = await keepAccounts(config, terms, urls, log);
  if (accounts) metrics.showQuota(() => readStandings(accounts.kept.database, terms));
  const sources = openSources({
    supergraph,
    urls: Object.fromEntries(urls),
    terms: Object.fromEntries(terms),
    timeoutMs: config.sourceTimeoutMs,
    ...(accounts && { quotas: accounts.sources }),
    ...(signer && { signCall: signer.serviceTokens.sign }),
    now,
    random: Math.random,
    newId: randomUUID,
    log,
    onCall: metrics.countSourceCall,
    onCache: metrics.countCache,
    onLineState: metrics.showLine,
  });
  const fields = {
    sources: () => sources.lines().map(describeLine),
    ...createQuotaFields(accounts?.kept),
  };
  const federation = createFederation({ supergraph, sources, shapeObject, fields, log });
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
  if (signer) registerJwks(app, signer.keys.publicKeys);
  registerExplorer(app, new URL("./explorer/dist/", import.meta.url));

  const hangUp = async () => {
    await executor.stop();
    await sources.close();
    await accounts?.close();
    signer?.keys.stop();
  };
  await beforeListening();
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

function readText(file: string, what: string, remedy: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${what} ${file} cannot be read (${code}); ${remedy}.`, { cause: error });
  }
}

/** Milliseconds between two settlements with the owners. */
const settleMs = 2_000;

/** Milliseconds between two looks at what is held of the owners' units and no longer used. */
const stepMs = 200;

/**
 * Opens the account of what is spent of the owners' units.
 *
 * @throws {Error} with a sentence where an owner sets limits and there is no database to keep them in
 */
async function keepAccounts(
  config: Config,
  terms: ReadonlyMap<string, SourceTerms>,
  urls: ReadonlyMap<string, string>,
  log: Logger,
) {
  const { databaseUrl } = config;
  if (terms.size === 0) return undefined;
  if (databaseUrl === "")
    throw new Error(
      "GATEWAY_DATABASE_URL is not set. Owners limit what may be asked of them, and the gateway keeps account of it in a PostgreSQL database of its own: name one, or try all of it by `npx lien-thong start`.",
    );
  const database = openPool(databaseUrl);
  const onFailure = (error: unknown) =>
    log.error({ reason: (error as Error).message }, "the gateway's database cannot be used");
  const migrate = keepMigrated(database, onFailure);
  const sources = new Map(
    [...terms].flatMap(([name, own]) => {
      const url = urls.get(name);
      return url === undefined ? [] : [[name, { terms: own, url }] as const];
    }),
  );
  const quota = openQuota({
    database,
    sources,
    clock: {
      now: Date.now,
      monotonic: () => performance.now(),
      after(milliseconds, run) {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    newId: randomUUID,
    fetchOwner: openOwnerLine(),
    onFailure,
  });
  let closing = false;
  const settle = keepSettling({
    database,
    sources,
    ownerOf: (source) => openOwnerLine(config.meterTokens[meterTokenVariable(source)]),
    onUnanswered: ({ key, source, records }) =>
      log.info({ source, key, records }, "an owner counted a call of which no answer came"),
    onFailure(source, error) {
      if (closing) return;
      log.error(
        { source, reason: (error as Error).message },
        "what is in doubt cannot be settled with its owner",
      );
    },
  });
  await migrate();
  // A meter that is silent must not hold up the leases, so that each has a clock of its own.
  const step = () => void migrate().then(quota.step);
  const clocks = [setInterval(step, stepMs), setInterval(() => void settle(), settleMs)];
  return {
    sources: quota.sources,
    kept: { database, sources: terms },
    async close() {
      closing = true;
      clocks.forEach(clearInterval);
      await quota.close();
      await database.destroy();
    },
  };
}

/** The terms of the sources that have some, by source. */
function readTerms({ open, termsFile }: Config): ReadonlyMap<string, SourceTerms> {
  if (!open) return new Map(readSectors().map(({ name, terms }) => [name, terms]));
  return termsFile === undefined
    ? new Map()
    : parseTermsBySource(
        readText(termsFile, "The file of terms", "name another by --terms"),
        termsFile,
      );
}
