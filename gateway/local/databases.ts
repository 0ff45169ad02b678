import { databaseVariable, readSectors } from "../../schema/sectors.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { findRunningDatabases } from "./postgres/running.ts";

/** The database of the seed's manifest, which no sector can read, and the gateway's own. */
const others = ["seed", "gateway"];

export interface DatabasesOptions {
  /** Where the embedded databases keep their data; `memory` keeps none. */
  readonly dataDirectory: string;
  /** Its variables, those of `Databases`, name the databases that lie elsewhere. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the embedded ones may be used beside a process that runs them. */
  readonly beside: boolean;
}

export interface Databases {
  /** `<SECTOR>_DATABASE_URL` of every sector, `SEED_DATABASE_URL` and `GATEWAY_DATABASE_URL`. */
  readonly variables: NodeJS.ProcessEnv;
  /** The server that was started or taken over for those that the environment does not name. */
  readonly embedded:
    | { readonly port: number; readonly alreadyRunning: boolean; readonly adminUrl: string }
    | undefined;
  /** Aborted, with a sentence, when that server is there no more though nobody has stopped it. */
  readonly lost: AbortSignal;
  /** Stops what was started. */
  stop(): Promise<void>;
}

/**
 * The databases that the environment names, and an embedded one for each of the others.
 *
 * @throws {Error} with a sentence where another process has the data folder and `beside` is false
 */
export async function openDatabases({
  dataDirectory,
  environment,
  beside,
}: DatabasesOptions): Promise<Databases> {
  const names = [...readSectors().map(({ name }) => name.replaceAll("-", "_")), ...others];
  const given = names.filter((name) => environment[databaseVariable(name)]);
  const embedded = names.filter((name) => !given.includes(name));
  const named = variables(given, (name) => environment[databaseVariable(name)]);
  const elsewhere = { embedded: undefined, lost: AbortSignal.any([]), stop: async () => {} };
  if (embedded.length === 0) return { ...elsewhere, variables: named };
  const running = beside ? await findRunningDatabases(dataDirectory) : undefined;
  if (running)
    return {
      ...elsewhere,
      variables: { ...named, ...variables(embedded, (name) => running[name]) },
    };
  const postgres = await startEmbeddedPostgres({ dataDirectory, databases: embedded });
  return {
    variables: { ...named, ...variables(embedded, (name) => postgres.urls[name]) },
    embedded: postgres,
    lost: postgres.lost,
    stop: () => postgres.stop(),
  };
}

function variables(
  names: readonly string[],
  urlOf: (name: string) => string | undefined,
): NodeJS.ProcessEnv {
  return Object.fromEntries(names.map((name) => [databaseVariable(name), urlOf(name)]));
}
