import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { spawnProgram } from "../../gateway/local/processes.ts";
import { supergraphFile } from "../../schema/compose.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import { makePopulation } from "../../subgraphs/population/server.ts";
import { runCommand, startCommand } from "./command-line.ts";
import { createDatabase, createGatewayDatabase } from "./database.ts";

/** What the ledger and the owner's meter say of the same day. */
export interface DayCompared {
  readonly leased: number;
  readonly doubt: number;
  readonly spent: number;
  readonly meter: number;
  readonly equal: boolean;
}

/** The gateway as an operator starts it: a process that listens itself. */
export interface GatewayUnderTrial {
  readonly url: string;
  readonly pid: number;
  /** Sends it a signal; resolves when it has ended, where the signal ends it. */
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<unknown>;
}

/** Real processes: an owner's register with its meter, and any number of gateways on one ledger. */
export interface Trial {
  /** Starts one more gateway, by the trial's terms. */
  startGateway(): Promise<GatewayUnderTrial>;
  /** Records that the owner has counted today. */
  readMeter(): Promise<number>;
  /** Settles by the command, and compares; undefined before anything was asked. */
  reconcile(): Promise<DayCompared | undefined>;
}

/**
 * Opens a trial, gone with the test.
 *
 * @param terms the owner's; its meter is the register's unless they name another
 * @param between goes between the gateways and the owner; answers its address
 */
export async function openTrial(
  terms: Partial<SourceTerms> & { readonly perDay: number },
  between: (populationUrl: string) => Promise<string> = (url) => Promise.resolve(url),
): Promise<Trial> {
  const register = await createDatabase(makePopulation({ perDay: terms.perDay }));
  onTestFinished(() => register.drop());
  const population = spawnProgram(
    new URL("../../subgraphs/population/server.ts", import.meta.url),
    [],
    {
      PATH: process.env["PATH"],
      POPULATION_DATABASE_URL: register.url,
      POPULATION_PER_DAY: String(terms.perDay),
      PORT: "0",
      LOG_LEVEL: "warn",
    },
    { name: "population" },
  );
  onTestFinished(async () => void (await population.stop()));
  const populationUrl = await population.ready;
  const database = await createGatewayDatabase();
  onTestFinished(() => database.drop());
  const folder = await mkdtemp(join(tmpdir(), "trial-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const termsFile = join(folder, "terms.json");
  const meter = new URL(populationUrl).origin;
  const lanes = { counter: { floor: 0 }, case: { floor: 0 }, bulk: { floor: 0 } };
  await writeFile(
    termsFile,
    JSON.stringify({
      population: {
        ...{ lanes, callsPerSecond: null, cacheSeconds: 0, staleSeconds: 0, countsKeysOnce: true },
        meter,
        ...terms,
      },
    }),
  );
  const env = {
    GATEWAY_DATABASE_URL: database.url,
    POPULATION_URL: await between(populationUrl),
    LOG_LEVEL: "warn",
  };
  const supergraph = fileURLToPath(supergraphFile);
  return {
    async startGateway() {
      const args = ["--open", "--supergraph", supergraph, "--terms", termsFile, "--port", "0"];
      const { child, ended, stderr } = startCommand(["gateway", ...args], { env });
      onTestFinished(() => void child.kill("SIGKILL"));
      const url = await new Promise<string>((resolve, reject) => {
        child.stderr?.on("data", () => {
          const ready = /ready on (\S+)/.exec(stderr())?.[1];
          if (ready) resolve(ready);
        });
        void ended.then(({ stderr: said }) => reject(new Error(said)));
      });
      return { url, pid: child.pid!, signal: (name) => void child.kill(name), ended };
    },
    async readMeter() {
      const day = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }).format();
      const response = await fetch(`${meter}/meter?day=${day}`);
      return ((await response.json()) as { records: number }).records;
    },
    async reconcile() {
      const { stdout, stderr } = await runCommand(
        ["quota", "reconcile", "--terms", termsFile, "--json"],
        { env },
      );
      if (stderr) throw new Error(stderr);
      return (JSON.parse(stdout) as DayCompared[])[0];
    },
  };
}

/** What came of a load's questions, each of which costs the owner one record. */
export interface LoadResult {
  /** Answered by the owner. */
  answered: number;
  /** By the code of the error in their place; `gone` where the gateway went away. */
  readonly refused: Record<string, number>;
  /** Milliseconds that each answered one took. */
  readonly times: number[];
}

let nextPerson = 0;

/** Officers who ask about one person after the other, none twice, until told to stop. */
export function beginLoad(
  url: string,
  { officers = 16, lane = "counter" }: { officers?: number; lane?: Lane } = {},
): { readonly result: LoadResult; stop(): Promise<LoadResult> } {
  const result: LoadResult = { answered: 0, refused: {}, times: [] };
  const over = new AbortController();
  const count = (code: string) => (result.refused[code] = (result.refused[code] ?? 0) + 1);
  const ask = async () => {
    const started = performance.now();
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-lane": lane },
      body: JSON.stringify({
        query: "query ($pin: PIN!) { citizen(pin: $pin) { fullName } }",
        variables: { pin: `00109${String(nextPerson++).padStart(7, "0")}` },
      }),
    });
    const { errors } = (await response.json()) as {
      errors?: readonly { readonly extensions: { readonly code: string } }[];
    };
    if (errors?.[0]) count(errors[0].extensions.code);
    else {
      result.answered++;
      result.times.push(performance.now() - started);
    }
  };
  const work = async () => {
    while (!over.signal.aborted)
      try {
        await ask();
      } catch {
        count("gone");
        return;
      }
  };
  const worked = Promise.all(Array.from({ length: officers }, work));
  return {
    result,
    async stop() {
      over.abort();
      await worked;
      return result;
    },
  };
}
