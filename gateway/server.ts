import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { scalars } from "../schema/scalars.ts";
import { readPublishedOperations } from "../schema/operations.ts";
import { readPurposes } from "../schema/purpose.ts";
import type { Config } from "./config.ts";
import { openOwnDatabase } from "./database/gateway-database.ts";
import { describeFailure } from "./errors.ts";
import { readAgreement, readTerms } from "./federation/agreement.ts";
import { createExecutor } from "./federation/apollo-server.ts";
import { createFederation } from "./federation/federation.ts";
import { describeLine } from "./federation/gateway-subgraph.ts";
import { createPreparation } from "./federation/prepare.ts";
import { warmUp } from "./federation/warm.ts";
import { openGuard } from "./guard.ts";
import { buildDoors } from "./http/doors.ts";
import { registerEvidence } from "./http/evidence.ts";
import { registerExplorer } from "./http/explorer.ts";
import type { Identify } from "./http/gate.ts";
import { registerGraphQL } from "./http/graphql.ts";
import { registerHealth, watchLog, watchSources } from "./http/health.ts";
import { showToIntegratorsAlone } from "./http/integrators.ts";
import { registerJwks } from "./http/jwks.ts";
import { closeDoors, isLoopback, listen } from "./http/listen.ts";
import { createMetrics, registerMetrics } from "./http/metrics.ts";
import { identifyNobody } from "./http/open-gate.ts";
import { registerSchema } from "./http/schema.ts";
import { findExcess, findReachExcess, findTextExcess } from "./policy/limits.ts";
import { measureReach } from "./policy/reach.ts";
import type { QuotaClock } from "./quota/clock.ts";
import { createQuotaFields } from "./quota/fields.ts";
import { keepAccounts } from "./quota/keep-accounts.ts";
import { readStandings } from "./quota/standing.ts";
import { meterTokenVariable, sourceUrl } from "./source-variables.ts";
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
  /** With `open`: who asks; everybody is one agency unless something else is said. */
  readonly identifyUnnamed?: Identify;
}

export interface RunningGateway {
  /** Where it answers, such as `http://localhost:4000`. */
  readonly url: string;
  /** Where it tells operators how it does, where it has a port of its own for that. */
  readonly internalUrl: string | undefined;
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
    identifyUnnamed = identifyNobody,
  }: Surroundings,
): Promise<RunningGateway> {
  const { limits, open } = config;
  const { monotonic } = machineClock;
  const loopback = isLoopback(config.host);
  const agreement = readAgreement(config, loopback);
  const { supergraph } = agreement;
  const terms = readTerms(config);
  const urls = new Map(
    [...supergraph.sources].map(([name, source]) => [name, sourceUrl(config, source)]),
  );
  const operations = open ? new Map<string, string>() : readPublishedOperations();
  const metrics = createMetrics(supergraph.sources.keys());

  const own =
    open && terms.size === 0
      ? undefined
      : openOwnDatabase(config.databaseUrl, (error) =>
          log.error({ reason: (error as Error).message }, "the gateway's database cannot be used"),
        );
  const guard =
    open || own === undefined
      ? undefined
      : await openGuard(config, {
          ...{ agreement, own, monotonic, log, onAppend: metrics.observeAppend },
          ...{ purposes: readPurposes(), operations: operations.values() },
        }).catch(async (error: unknown) => {
          // A connection that is left open would hold up the end of a process that does not open.
          await own.database.destroy();
          throw error;
        });
  const prepare = createPreparation(supergraph, {
    ...{ limits, open, scalars, cacheCharacters: config.operationCacheCharacters },
    ...{ findTextExcess, findExcess, findReachExcess, measureReach },
    ...(guard && { readRights: guard.readRights }),
  });
  const accounts =
    own &&
    (await keepAccounts({
      ...own,
      record: guard?.audit.recordUnits,
      ...{ terms, urls, clock: machineClock, newId: randomUUID, log },
      meterTokenOf: (source) => config.meterTokens[meterTokenVariable(source)],
    }));
  if (accounts) metrics.showQuota(() => readStandings(accounts.kept.database, terms));
  const sources = openSources({
    supergraph,
    urls: Object.fromEntries(urls),
    terms: Object.fromEntries(terms),
    timeoutMs: config.sourceTimeoutMs,
    ...(accounts && { quotas: accounts.sources }),
    ...(guard && {
      signCall: guard.signer.serviceTokens.sign,
      onUnclaimed: guard.audit.onUnclaimed,
      people: guard.keysOfPeople,
    }),
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
    ...guard?.fields,
  };
  const federation = createFederation({ supergraph, sources, shapeObject, fields, log });
  warmUp(operations, prepare, federation);
  const executor = await createExecutor(federation.gateway, log);

  let stopping = false;
  const isStopping = () => stopping;
  const app = buildDoors({
    bodyBytes: limits.bodyBytes,
    trustedProxies: config.trustedProxies,
    isStopping,
  });
  // A scope of its own: what it refuses, it refuses in the form of a GraphQL answer.
  app.register(async (scope) => {
    registerGraphQL(scope, {
      prepare,
      execute: executor.execute,
      bodyBytes: limits.bodyBytes,
      timeoutMs: config.requestTimeoutMs,
      newRequestId,
      identify: guard?.identify ?? identifyUnnamed,
      ...(guard && {
        countForCase: guard.countForCase,
        record: guard.audit.record,
        noteRefusal: guard.audit.noteRefusal,
        onRecording: openRecordingLog(log),
        prove: guard.evidence.prove,
      }),
      now,
      onRequest(record) {
        metrics.countRequest(record);
        log.info(record, "request");
      },
      onFailure: (error) => log.error(describeFailure(error), "the gateway failed on a request"),
    });
  });
  const watched = watchSources(sources.probe, now);
  const recording = guard && watchLog(guard.audit.state, now);
  const internal =
    config.internalPort === undefined
      ? undefined
      : buildDoors({ bodyBytes: limits.bodyBytes, isStopping });
  const detailed = internal ?? (loopback || open ? app : undefined);
  for (const doors of new Set([app, ...(internal ? [internal] : [])]))
    registerHealth(doors, {
      ...(doors === detailed && { sources: watched }),
      log: recording,
      isStopping,
    });
  if (detailed) registerMetrics(detailed, metrics);
  if (guard) {
    registerJwks(app, guard.signer.keys.publicKeys);
    registerEvidence(app, {
      ...guard.evidence,
      checksPerMinute: config.evidenceChecksPerMinute,
      monotonic,
      page: new URL("./verifier/dist/", import.meta.url),
      onFailure: (error) => log.error(describeFailure(error), "evidence cannot be looked for"),
    });
  }
  app.register(async (scope) => {
    if (guard && !config.publicSchema) showToIntegratorsAlone(scope, guard.tokens);
    registerSchema(scope, supergraph.apiSchema);
    registerExplorer(scope, new URL("./explorer/dist/", import.meta.url));
  });

  const hangUp = async () => {
    await executor.stop();
    await sources.close();
    // What the last calls cost is recorded before the ledger is told.
    await guard?.audit.flush();
    await accounts?.close();
    await guard?.close();
    await own?.database.destroy();
  };
  const openDoors = async () => {
    const { host, port, internalPort } = config;
    const internalUrl =
      internal && (await listen(internal, { host, port: internalPort ?? 0 }, "INTERNAL_PORT"));
    await beforeListening();
    return { url: await listen(app, { host, port }, "--port or PORT"), internalUrl };
  };
  const { url, internalUrl } = await openDoors().catch(async (error: unknown) => {
    await internal?.close();
    await hangUp();
    throw error;
  });
  void guard?.audit.inspect().then((weaknesses) => {
    if (weaknesses.length > 0) log.warn({ weaknesses }, "the log could be changed unnoticed");
  });
  log.info({ url, internalUrl, open, sources: [...supergraph.sources.keys()] }, "ready");
  return {
    url,
    internalUrl,
    async stop() {
      stopping = true;
      await closeDoors(app, config.shutdownGraceMs);
      await internal?.close();
      await hangUp();
      log.info("stopped");
    },
  };
}

const machineClock: QuotaClock = {
  now: Date.now,
  monotonic: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Says once that nothing can be recorded, and once that it can be again. */
function openRecordingLog(log: Logger): (error: unknown) => void {
  let failing = false;
  return (error) => {
    if ((error !== undefined) === failing) return;
    failing = !failing;
    if (failing)
      log.error(
        { reason: (error as Error).message },
        "nobody can be told afterwards who looked, so nothing is answered",
      );
    else log.warn("who looks is recorded again, and answered");
  };
}
