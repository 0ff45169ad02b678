import { pino } from "pino";
import { readSector } from "../../schema/sectors.ts";
import { describeFailure } from "./errors.ts";
import { makeFieldCheck } from "./opened-fields.ts";
import type { Sector } from "./sector.ts";
import { readSettings } from "./settings.ts";
import { startSector } from "./start.ts";
import type { RunningSector } from "./start.ts";

/** How long a stop waits for running requests before it breaks them off, in milliseconds. */
const patience = 10_000;

export interface Surroundings {
  readonly process: NodeJS.Process;
  readonly now: () => Date;
}

/**
 * A sector as a program of its own. It reads `<NAME>_DATABASE_URL`, `PORT` (the one of its terms by
 * default), `HOST` (loopback by default), `GATEWAY_JWKS_URL` (by whose keys it tells the gateway's calls;
 * without it, only `SERVICE_TOKENS=none` lets it start) and `LOG_LEVEL` (`info` by default); a sector with
 * settings of its own is made from the environment, and throws a sentence where it cannot be.
 *
 * It says `{ ready: url }` to a parent that started it with a channel, and stops when that channel
 * closes, so that no sector outlives whoever needed it; on SIGINT and SIGTERM likewise. Exit 0 stopped
 * as told, 1 could not start or stop, 2 set up wrongly.
 */
export async function runSector<Tables, Loaders>(
  given: Sector<Tables, Loaders> | ((env: NodeJS.ProcessEnv) => Sector<Tables, Loaders>),
  { process, now }: Surroundings,
): Promise<void> {
  const { env } = process;
  let running: RunningSector | undefined;
  let exitCode = 2;
  try {
    const sector = typeof given === "function" ? given(env) : given;
    const { jwksUrl, ...settings } = readSettings(sector.name, env);
    const log = pino({
      name: sector.name,
      level: env["LOG_LEVEL"] || "info",
      // The HTTP server logs requests that it cannot read as errors, which hold all that was sent.
      serializers: { err: describeFailure },
    });
    exitCode = 1;
    stopWhenTold(process, async () => running?.stop());
    running = await startSector(sector, {
      ...settings,
      serviceTokens:
        jwksUrl === undefined
          ? undefined
          : {
              jwksUrl,
              monotonic: () => performance.now(),
              checkFields: makeFieldCheck(readSector(sector.name).typeDefs),
            },
      now,
      log,
    });
    log.info({ url: running.url }, "ready");
    process.send?.({ ready: running.url });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(exitCode);
  }
}

function stopWhenTold(process: NodeJS.Process, stop: () => Promise<void>): void {
  const end = () => {
    setTimeout(() => process.exit(1), patience).unref();
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  if (process.send) process.once("disconnect", end);
}
