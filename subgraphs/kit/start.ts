import { setTimeout as pause } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Kysely } from "kysely";
import { databaseVariable, readSector } from "../../schema/sectors.ts";
import { todayInVietnam } from "../../schema/values/date.ts";
import { migrateToLatest, openDatabase } from "./database.ts";
import { describeFailure } from "./errors.ts";
import { openGatewayKeys } from "./gateway-keys.ts";
import type { CheckFields } from "./own-policy.ts";
import { reachDatabase } from "./reach-database.ts";
import type { Sector } from "./sector.ts";
import { buildServer } from "./server.ts";
import type { Gateway } from "./server.ts";
import { openServiceTokens } from "./service-token.ts";
import { ensureUnits } from "./units/ensure-units.ts";
import { keepUnitDirectory } from "./units/keep-directory.ts";

export interface StartOptions {
  readonly databaseUrl: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly now: () => Date;
  readonly log: FastifyBaseLogger;
  /** With them, only calls that the gateway signed are answered; undefined answers whoever asks. */
  readonly serviceTokens: ServiceTokenOptions | undefined;
  /** As in `DatabaseOptions`; nobody but the requests is held to it. */
  readonly statementMs?: number;
  /** Called with each statement sent to the database. */
  readonly onStatement?: (sql: string) => void;
}

export interface ServiceTokenOptions {
  /** Where the gateway publishes the keys that it signs with. */
  readonly jwksUrl: string;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  /** The owner's own rules; without them, every field is open for every purpose. */
  readonly checkFields?: CheckFields;
}

export interface RunningSector {
  /** Where it answers, `http://host:port/graphql`. */
  readonly url: string;
  /** Takes no new request, finishes the running ones, closes the database. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a sector: waits for its database, brings it to the newest migration, gives it the default
 * administrative units where it has none, and listens.
 *
 * @throws {Error} with a sentence when the database does not answer or the port is in use
 */
export async function startSector<Tables, Loaders>(
  sector: Sector<Tables, Loaders>,
  options: StartOptions,
): Promise<RunningSector> {
  const { databaseUrl, host, port, now, log, statementMs, onStatement } = options;
  await prepare(sector, databaseUrl, log);
  const database = openDatabase<Tables>(databaseUrl, {
    ...(statementMs !== undefined && { statementMs }),
    ...(onStatement && { onStatement }),
  });
  try {
    const keeper = await keepUnitDirectory(database, {
      now: () => now().getTime(),
      onError: (error) => log.error(describeFailure(error), "units not read again"),
    });
    const app = await buildServer(sector, readSector(sector.name), {
      database,
      units: keeper.current,
      today: () => todayInVietnam(now()),
      log,
      gateway: openGateway(sector.name, options),
    });
    app.addHook("onClose", async () => {
      await keeper.stop();
      await database.destroy();
    });
    const address = await app.listen({ host, port }).catch(async (error: unknown) => {
      await app.close();
      throw explainListenError(error, port);
    });
    let stopping: Promise<void> | undefined;
    return { url: `${address}/graphql`, stop: () => (stopping ??= app.close()) };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

function openGateway(
  audience: string,
  { serviceTokens, now, log }: StartOptions,
): Gateway | undefined {
  if (!serviceTokens) return undefined;
  const { jwksUrl, monotonic, checkFields } = serviceTokens;
  const keys = openGatewayKeys({
    url: jwksUrl,
    monotonic,
    onFailure: (error) => log.error(describeFailure(error), "the gateway's keys not fetched"),
  });
  const tokens = openServiceTokens({ audience, keys, now: () => now().getTime() });
  return { tokens, checkFields };
}

/** Waits for a sector's database, and prepares it. */
async function prepare<Tables, Loaders>(
  sector: Sector<Tables, Loaders>,
  url: string,
  log: FastifyBaseLogger,
): Promise<void> {
  const database = openDatabase<Tables>(url, { connections: 1, statementMs: 0 });
  try {
    await reachDatabase(database, {
      variable: databaseVariable(sector.name),
      url,
      pause,
      onRetry: (reason) => log.warn(reason),
    });
    await prepareDatabase(database, sector);
  } finally {
    await database.destroy();
  }
}

/** Brings a sector's database to the newest migration, and to units where it has none. */
export async function prepareDatabase<Tables, Loaders>(
  database: Kysely<Tables>,
  { migrations }: Pick<Sector<Tables, Loaders>, "migrations">,
): Promise<void> {
  await migrateToLatest(database, migrations);
  await ensureUnits(database);
}

function explainListenError(error: unknown, port: number): Error {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return error as Error;
  return new Error(`Port ${port} is in use. Choose another with --port or the variable PORT.`, {
    cause: error,
  });
}
