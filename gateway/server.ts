// Longer than 400 lines because every room of the gateway is opened here, and nowhere else.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { scalars } from "../schema/scalars.ts";
import { parseTermsBySource } from "../schema/terms.ts";
import type { SourceTerms } from "../schema/terms.ts";
import { readPublishedOperations } from "../schema/operations.ts";
import { readPurposes } from "../schema/purpose.ts";
import { readSectors } from "../schema/sectors.ts";
import { todayInVietnam } from "../schema/values/date.ts";
import type { Config } from "./config.ts";
import { openAudit } from "./audit/open-audit.ts";
import type { AuditOptions } from "./audit/open-audit.ts";
import { keepMigrated } from "./database/keep-migrated.ts";
import { openConnections, openPool, queryOver } from "./database/pool.ts";
import { describeFailure } from "./errors.ts";
import { openEvidence } from "./evidence/open-evidence.ts";
import { createExecutor } from "./federation/apollo-server.ts";
import { createFederation } from "./federation/federation.ts";
import { describeLine } from "./federation/gateway-subgraph.ts";
import { readPolicyDirectives } from "./federation/policy-directives.ts";
import { createPreparation } from "./federation/prepare.ts";
import { readSupergraph } from "./federation/supergraph.ts";
import { warmUp } from "./federation/warm.ts";
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
import { openNamedGate } from "./http/named-gate.ts";
import { identifyNobody } from "./http/open-gate.ts";
import { openRateLimit } from "./http/rate-limit.ts";
import { registerSchema } from "./http/schema.ts";
import { openAccessTokens } from "./identity/access-token.ts";
import { openIssuerKeys } from "./identity/issuer-keys.ts";
import { openSigner } from "./identity/signer.ts";
import { makeFieldRules } from "./policy/field-rules.ts";
import { findExcess, findReachExcess, findTextExcess } from "./policy/limits.ts";
import { choosePurpose } from "./policy/purpose.ts";
import { measureReach } from "./policy/reach.ts";
import { readRights } from "./policy/rights.ts";
import { trustOperations } from "./policy/trusted-operations.ts";
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
  const { supergraph, policies, requirements } = readAgreement(config);
  const terms = readTerms(config);
  const urls = new Map(
    [...supergraph.sources].map(([name, source]) => [name, sourceUrl(config, source)]),
  );
  const operations = open ? new Map<string, string>() : readPublishedOperations();
  const purposes = readPurposes();
  const tokens = openTokens(config, log);
  const metrics = createMetrics(supergraph.sources.keys());

  const rules = makeFieldRules({
    schema: supergraph.apiSchema,
    policies,
    requirements,
    lookups: supergraph.lookups,
  });
  const prepare = createPreparation(supergraph, {
    limits,
    open,
    scalars,
    cacheCharacters: config.operationCacheCharacters,
    ...{ findTextExcess, findExcess, findReachExcess, measureReach },
    ...(tokens && {
      readRights: (document, name) => readRights(document, name, rules, purposes),
    }),
  });
  const signer = open ? undefined : await openKeys(config, log);
  const kept = open && terms.size === 0 ? undefined : openDatabase(config, log);
  const evidence =
    signer &&
    kept &&
    openEvidence({
      database: kept.database,
      keys: signer.keys,
      now: Date.now,
      random: randomBytes,
      onProblem: (reason) => log.error({ reason }, "evidence needs a look"),
    });
  const audit =
    signer &&
    kept &&
    (await openLog(config, log, {
      migrate: kept.migrate,
      keys: signer.keys,
      delayOf: (purpose) => purposes.get(purpose)?.delayedDisclosure,
      onAppend: metrics.observeAppend,
      ...(evidence && { onHead: evidence.joinHead }),
    }));
  const accounts =
    kept &&
    (await keepAccounts({
      ...kept,
      record: audit?.recordUnits,
      terms,
      urls,
      meterTokenOf: (source) => config.meterTokens[meterTokenVariable(source)],
      clock: machineClock,
      newId: randomUUID,
      log,
    }));
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
    ...(audit && { onUnclaimed: audit.onUnclaimed }),
    onCall: metrics.countSourceCall,
    onCache: metrics.countCache,
    onLineState: metrics.showLine,
  });
  const fields = {
    sources: () => sources.lines().map(describeLine),
    ...createQuotaFields(accounts?.kept),
    ...audit?.fields,
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
      identify:
        tokens === undefined
          ? identifyUnnamed
          : openNamedGate({
              ...{ tokens, purposes, choosePurpose },
              freeClients: config.freeClients,
              publicSchema: config.publicSchema,
              rateLimit: openRateLimit({
                perMinute: config.requestsPerMinute,
                atOnce: Math.ceil(config.requestsPerMinute / 10),
                monotonic: () => performance.now(),
              }),
              trusted: trustOperations([...operations.values()], sha256),
              today: () => todayInVietnam(new Date()),
              now: Date.now,
            }),
      record: audit?.record,
      noteRefusal: audit?.noteRefusal,
      ...(evidence && { prove: evidence.prove }),
      now,
      onRequest(record) {
        metrics.countRequest(record);
        log.info(record, "request");
      },
      onFailure: (error) => log.error(describeFailure(error), "the gateway failed on a request"),
    });
  });
  const watched = watchSources(sources.probe, now);
  const recording = audit && watchLog(audit.state, now);
  const internal =
    config.internalPort === undefined
      ? undefined
      : buildDoors({ bodyBytes: limits.bodyBytes, isStopping });
  const detailed = internal ?? (isLoopback(config.host) || open ? app : undefined);
  for (const doors of new Set([app, ...(internal ? [internal] : [])]))
    registerHealth(doors, {
      ...(doors === detailed && { sources: watched }),
      log: recording,
      isStopping,
    });
  if (detailed) registerMetrics(detailed, metrics);
  if (signer) registerJwks(app, signer.keys.publicKeys);
  if (evidence)
    registerEvidence(app, {
      ...evidence,
      checksPerMinute: config.evidenceChecksPerMinute,
      monotonic: machineClock.monotonic,
      page: new URL("./verifier/dist/", import.meta.url),
      onFailure: (error) => log.error(describeFailure(error), "evidence cannot be looked for"),
    });
  app.register(async (scope) => {
    if (tokens && !config.publicSchema) showToIntegratorsAlone(scope, tokens);
    registerSchema(scope, supergraph.apiSchema);
    registerExplorer(scope, new URL("./explorer/dist/", import.meta.url));
  });

  const hangUp = async () => {
    await executor.stop();
    await sources.close();
    // What the last calls cost is recorded before the ledger is told.
    await audit?.flush();
    await accounts?.close();
    await audit?.close();
    await kept?.database.destroy();
    signer?.keys.stop();
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
  void audit?.inspect().then((weaknesses) => {
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

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/**
 * Reads what the owners have agreed on: their schema, and who may ask what of it.
 *
 * @throws {Error} with a sentence where personal data would be open to whoever reaches this machine
 */
function readAgreement({ supergraphFile, open, host }: Config) {
  const sdl = readText(
    supergraphFile,
    "The supergraph",
    "name another by --supergraph, or compose it by `npx lien-thong compose`",
  );
  const { sdl: loadable, policies, requirements } = readPolicyDirectives(sdl, supergraphFile);
  const supergraph = readSupergraph(loadable, supergraphFile);
  if (open && policies !== undefined && !isLoopback(host))
    throw new Error(
      `${supergraphFile} carries the owners' field policies, which an open gateway does not keep: it listens on this machine alone. Leave --host out, or leave --open out and name your issuer by OIDC_ISSUER.`,
    );
  if (!open && policies === undefined)
    throw new Error(
      `${supergraphFile} carries no field policies, so that nothing says what may be asked for which purpose. Compose it anew by \`npx lien-thong compose\`, or try it by --open.`,
    );
  return { supergraph, policies, requirements };
}

function readText(file: string, what: string, remedy: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${what} ${file} cannot be read (${code}); ${remedy}.`, { cause: error });
  }
}

/**
 * Opens the gateway's own database.
 *
 * @throws {Error} with a sentence where an owner sets limits and there is no database to keep them in
 */
function openDatabase({ databaseUrl }: Config, log: Logger) {
  if (databaseUrl === "")
    throw new Error(
      "GATEWAY_DATABASE_URL is not set. Owners limit what may be asked of them, and the gateway keeps account of it in a PostgreSQL database of its own: name one, or try all of it by `npx lien-thong start`.",
    );
  const database = openPool(databaseUrl);
  const onFailure = (error: unknown) =>
    log.error({ reason: (error as Error).message }, "the gateway's database cannot be used");
  return { database, migrate: keepMigrated(database, onFailure) };
}

/**
 * Opens the log of who looked at whose data.
 *
 * @throws {Error} with a sentence where it lacks a place, or its database was restored from an older copy
 */
async function openLog(
  { databaseUrl, audit }: Config,
  log: Logger,
  given: Pick<AuditOptions, "migrate" | "keys" | "delayOf" | "onAppend" | "onHead">,
) {
  if (audit.pinKeysDir === "")
    throw new Error(
      "PIN_KEYS_DIR is not set. The log knows personal numbers as hashes under a key of it, and nothing is answered unless it is recorded: name a folder, or try all of it by `npx lien-thong start`.",
    );
  const onProblem = (reason: string) => log.error({ reason }, "the log of all access needs a look");
  const connections = openConnections(databaseUrl);
  const database = queryOver(connections);
  const [program, ...words] = audit.headsCommand.split(" ").filter(Boolean);
  const opened = await openAudit({
    ...given,
    ...{ connections, database, pinKeysDir: audit.pinKeysDir, onProblem },
    place: {
      folder: audit.headsDir || undefined,
      command: program === undefined ? undefined : [program, ...words],
      everyMs: audit.headsEverySeconds * 1_000,
    },
    wallClock: Date.now,
    monotonic: machineClock.monotonic,
  }).catch(async (error: unknown) => {
    await database.destroy();
    throw error;
  });
  return {
    ...opened,
    async close() {
      await opened.close();
      await database.destroy();
    },
  };
}

/** Who asks, and the doors that are theirs alone; undefined where nobody is known by name. */
function openTokens({ open, oidcIssuer, oidcAudience }: Config, log: Logger) {
  if (open) return undefined;
  const keys = openIssuerKeys({
    issuer: oidcIssuer,
    monotonic: () => performance.now(),
    onFailure: (error) =>
      log.error({ reason: (error as Error).message }, "the issuer's keys cannot be fetched"),
  });
  return openAccessTokens({ issuer: oidcIssuer, audience: oidcAudience, keys, now: Date.now });
}

/** The gateway as the one who signs. The owners' clocks follow the day's time, and so must what they check. */
function openKeys({ signingKeysFolder }: Config, log: Logger) {
  return openSigner({
    folder: signingKeysFolder,
    now: Date.now,
    onFailure: (error) =>
      log.error({ reason: (error as Error).message }, "the signing keys cannot be read again"),
  });
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
