import { databaseVariable, readSectors } from "../../schema/sectors.ts";
import type { Sector } from "../../schema/sectors.ts";
import { openDatabases } from "./databases.ts";
import { describeEnding, spawnProgram } from "./processes.ts";

/** What `startCountry` tells of its steps, in the order in which they happen. */
export type Step =
  | {
      readonly kind: "DATABASE";
      readonly server: { readonly port: number; readonly alreadyRunning: boolean };
    }
  | { readonly kind: "CITIZENS"; readonly done: number; readonly total: number }
  | { readonly kind: "CITIZENS_READY"; readonly summary: string }
  | { readonly kind: "SECTOR"; readonly name: string; readonly url: string };

export interface CountryOptions {
  /** Where the embedded database keeps its data; `memory` keeps none. */
  readonly dataDirectory: string;
  /** Synthetic citizens to load; undefined takes those that are there already, 0 loads none. */
  readonly citizens: number | undefined;
  /** The same seed gives the same people; undefined as above. */
  readonly seed: number | undefined;
  /** Where the gateway's keys are, or will be; undefined lets the sectors answer whoever asks. */
  readonly jwksUrl: string | undefined;
  /** The port of a sector; 0 takes a free one. */
  readonly portOf: (sector: Sector) => number;
  /** Holds `<SECTOR>_DATABASE_URL` and `SEED_DATABASE_URL` of those not to be embedded. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onStep: (step: Step) => void;
  /** Told of each line that a sector logs. */
  readonly onLog?: (sector: string, line: string) => void;
  /** Told of a sector that ended by itself, how, and where it had answered. */
  readonly onSectorEnd?: (sector: string, how: string, url: string) => void;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
}

export interface Country {
  /** Where each sector answers, by name. */
  readonly sectorUrls: Readonly<Record<string, string>>;
  /** The databases' variables, for programs that read them. */
  readonly databases: NodeJS.ProcessEnv;
  /** The superuser's URL of the embedded server; undefined where none runs. */
  readonly adminUrl: string | undefined;
  /** Aborted, with a sentence, when the embedded database is there no more though nobody has stopped it. */
  readonly lost: AbortSignal;
  stop(): Promise<void>;
}

/** What programs of ours may know of our environment: where to find Node and the way to log. */
const inherited = [
  "PATH",
  "HOME",
  "LOG_LEVEL",
  "POPULATION_PER_DAY",
  "TZ",
  "NODE_EXTRA_CA_CERTS",
  "NODE_COMPILE_CACHE",
  "SystemRoot",
];

/**
 * The country on one machine: databases, synthetic citizens and the sectors' subgraphs, each a process
 * of its own. What was started before a failure is stopped again.
 *
 * @throws {Error} with the sentence of the program that could not start
 */
export async function startCountry(options: CountryOptions): Promise<Country> {
  const { environment, onStep } = options;
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const databases = await openDatabases({ ...options, beside: false });
    undo.push(databases.stop);
    const { lost } = databases;
    const signal = AbortSignal.any([lost, ...(options.signal ? [options.signal] : [])]);
    if (databases.embedded) onStep({ kind: "DATABASE", server: databases.embedded });
    const inheritedEnvironment = Object.fromEntries(
      inherited.map((name) => [name, environment[name]]),
    );
    const programEnvironment = { ...inheritedEnvironment, ...databases.variables };
    signal.throwIfAborted();
    if (options.citizens !== 0) await loadCitizens(programEnvironment, { ...options, signal });
    signal.throwIfAborted();
    const programs = readSectors().map((sector) =>
      spawnProgram(
        new URL(`../../subgraphs/${sector.name}/server.ts`, import.meta.url),
        [],
        {
          ...inheritedEnvironment,
          // Its own database, and no other ministry's.
          [databaseVariable(sector.name)]: databases.variables[databaseVariable(sector.name)],
          PORT: String(options.portOf(sector)),
          ...(options.jwksUrl === undefined
            ? { SERVICE_TOKENS: "none" }
            : { GATEWAY_JWKS_URL: options.jwksUrl }),
        },
        { name: sector.name, onLine: (line) => options.onLog?.(sector.name, line) },
      ),
    );
    undo.push(() => Promise.all(programs.map((program) => program.stop())));
    let stopping = false;
    undo.push(async () => void (stopping = true));
    const sectorUrls: Record<string, string> = {};
    await Promise.all(
      programs.map(async ({ name, ready }) => {
        const url = await ready;
        sectorUrls[name] = url;
        onStep({ kind: "SECTOR", name, url });
      }),
    );
    for (const { name, ended } of programs)
      void ended.then((ending) => {
        if (!stopping) options.onSectorEnd?.(name, describeEnding(ending), sectorUrls[name]!);
      });
    const adminUrl = databases.embedded?.adminUrl;
    return { sectorUrls, databases: databases.variables, adminUrl, lost, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs the seed to its end; it does nothing where the same people are there already. */
async function loadCitizens(
  environment: NodeJS.ProcessEnv,
  { citizens, seed, onStep, signal }: CountryOptions,
): Promise<void> {
  let summary = "";
  let failure = "";
  const program = spawnProgram(
    new URL("../../subgraphs/seed/seed.ts", import.meta.url),
    [
      ...(citizens === undefined ? [] : ["--citizens", String(citizens)]),
      ...(seed === undefined ? [] : ["--seed", String(seed)]),
    ],
    environment,
    {
      name: "seed",
      onLine: (line, stream) => {
        if (stream === "stderr") failure = line;
        else summary = line;
      },
      onMessage: (message) => {
        const { progress } = Object(message) as { progress?: { done: number; total: number } };
        if (progress) onStep({ kind: "CITIZENS", ...progress });
      },
    },
  );
  const giveUp = () => void program.stop();
  signal?.addEventListener("abort", giveUp);
  const ending = await program.ended;
  signal?.removeEventListener("abort", giveUp);
  signal?.throwIfAborted();
  if (ending.code !== 0) throw new Error(failure || `The seed ${describeEnding(ending)}.`);
  onStep({ kind: "CITIZENS_READY", summary });
}
