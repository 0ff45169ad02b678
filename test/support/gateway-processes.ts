import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { expect, onTestFinished } from "vitest";
import { spawnProgram } from "../../gateway/local/processes.ts";
import { supergraphFile } from "../../schema/compose.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import { makePopulation } from "../../subgraphs/population/server.ts";
import { runCommand, startCommand } from "./command-line.ts";
import { createDatabase, createGatewayDatabase } from "./database.ts";

/** What the ledger and the owner's meter say of one of the owner's days. */
export interface DayCompared {
  readonly day: string;
  readonly limit: number;
  readonly free: number;
  readonly leased: number;
  readonly doubt: number;
  readonly spent: number;
  readonly meter: number;
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
  /** Settles by the command, and compares each day that the ledger has, the oldest first. */
  reconcile(): Promise<readonly DayCompared[]>;
  /** Resolves when the ledger is at rest after a reconciliation: nothing leased, nothing in doubt. */
  settle(): Promise<readonly DayCompared[]>;
}

/**
 * Opens a trial, gone with the test. The owner counts and allows whatever is asked, so that its meter
 * shows what gateways that passed the limit would have spent.
 *
 * @param terms as the gateways know them; the meter is the register's unless they name another
 * @param between goes between the gateways and the owner; answers its address
 */
export async function openTrial(
  terms: Partial<SourceTerms> & { readonly perDay: number },
  between: (populationUrl: string) => Promise<string> = (url) => Promise.resolve(url),
): Promise<Trial> {
  const register = await createDatabase(makePopulation({ perDay: null }));
  onTestFinished(() => register.drop());
  const population = spawnProgram(
    new URL("../../subgraphs/population/server.ts", import.meta.url),
    [],
    {
      PATH: process.env["PATH"],
      POPULATION_DATABASE_URL: register.url,
      POPULATION_PER_DAY: "none",
      // The gateways are open ones, which sign nothing.
      SERVICE_TOKENS: "none",
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
    // Half of a gateway's start is compilation, and the next one's is the same.
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  };
  const supergraph = fileURLToPath(supergraphFile);
  const reconcile = async () => {
    const { stderr } = await runCommand(
      // What is to be shown is that nothing need be repaired.
      ["quota", "reconcile", "--no-repair", "--terms", termsFile],
      { env },
    );
    if (stderr) throw new Error(stderr);
    return compareDays(database.url, meter);
  };
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
    readMeter: () =>
      readMeter(meter, new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }).format()),
    reconcile,
    async settle() {
      // A dead gateway's leases are closed when their time is over; until then all of them count as spent.
      let days: readonly DayCompared[] = [];
      await expect
        .poll(
          async () => {
            days = await reconcile();
            return days.reduce((sum, { leased, doubt }) => sum + leased + doubt, 0);
          },
          { timeout: 60_000, interval: 1_500 },
        )
        .toBe(0);
      return days;
    },
  };
}

/** Reads the ledger's table and the meter's door, without the gateway's own code. */
async function compareDays(ledger: string, meter: string): Promise<readonly DayCompared[]> {
  const client = new pg.Client({ connectionString: ledger });
  await client.connect();
  try {
    const sum = (kind: string) =>
      ["counter", "case", "bulk", "granted"].map((pot) => `${pot}_${kind}`).join(" + ");
    const { rows } = await client.query<Omit<DayCompared, "meter">>(
      `select day::text, day_limit::int as limit, free::int,
              (${sum("leased")})::int as leased, (${sum("doubt")})::int as doubt, (${sum("spent")})::int as spent
         from owner_day where source = 'population' order by day`,
    );
    return await Promise.all(
      rows.map(async (row) => ({ ...row, meter: await readMeter(meter, row.day) })),
    );
  } finally {
    await client.end();
  }
}

async function readMeter(meter: string, day: string): Promise<number> {
  const response = await fetch(`${meter}/meter?day=${day}`);
  return ((await response.json()) as { records: number }).records;
}
