import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startCountry } from "../../gateway/local/country.ts";
import { runProgram } from "../../schema/program.ts";
import { countCalls } from "../support/calls.ts";
import { startOurs, startStock } from "./gateways.ts";
import type { GatewayProcess } from "./gateways.ts";
import { loadGateway } from "./load.ts";
import type { Round } from "./load.ts";
import { processorSeconds } from "./processor-time.ts";
import { compareTable, sizeTable } from "./tables.ts";
import { agreesWithRegisters, drawPins, openRegisters } from "../support/truth.ts";
import type { Dossier } from "../support/truth.ts";

const help = `lien-thong bench — the Dossier through this gateway and through a stock @apollo/gateway, side by side

  --citizens N        synthetic citizens, 20000 by default
  --large N           also measures the same look-up over N citizens (1000000 takes some minutes to load)
  --data DIR          keeps the databases in DIR/<N>; memory by default
  --connections LIST  1,32,256 by default
  --seconds S         length of a round, 5 by default
  --rounds R          rounds of each gateway at each number of connections, in turn; 3 by default
  --json              prints JSON alone
  --help`;

/** What one gateway showed at one number of connections: medians over the rounds. */
export interface Measurement {
  readonly gateway: string;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Milliseconds of the gateway's processor time a request. */
  readonly cpuMs: number;
  readonly failures: number;
}

const query = readFileSync(
  new URL("../../schema/operations/dossier.graphql", import.meta.url),
  "utf8",
);
/** Enough that no person comes twice within what any gateway might remember. */
const people = 15_000;
const checkedAnswers = 200;
const countedRequests = 200;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      citizens: { type: "string", default: "20000" },
      large: { type: "string" },
      data: { type: "string", default: "memory" },
      connections: { type: "string", default: "1,32,256" },
      seconds: { type: "string", default: "5" },
      rounds: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const say = (line: string) => values.json || console.log(line);
  const connections = values.connections.split(",").map(Number);
  const plan = { seconds: Number(values.seconds), rounds: Number(values.rounds), say };

  const small = await measureCountry(Number(values.citizens), values.data, {
    ...plan,
    connections,
  });
  say(compareTable(small));
  const large =
    values.large === undefined
      ? undefined
      : await measureCountry(Number(values.large), values.data, {
          ...plan,
          connections: connections.filter((count) => count <= 32),
          oursAlone: true,
        });
  if (large) say(sizeTable(small, large));
  if (values.json) console.log(JSON.stringify({ small, large }, null, 2));
  return [small, large].some((result) => result && result.wrongAnswers > 0) ? 1 : 0;
}

export interface CountryResult {
  readonly citizens: number;
  readonly measurements: readonly Measurement[];
  /** Calls to each sector a request, by gateway. */
  readonly callsPerRequest: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly checkedAnswers: number;
  readonly wrongAnswers: number;
}

interface Plan {
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  readonly oursAlone?: boolean;
  readonly say: (line: string) => unknown;
}

async function measureCountry(citizens: number, data: string, plan: Plan): Promise<CountryResult> {
  plan.say(`Starting a country of ${citizens} citizens …`);
  const country = await startCountry({
    dataDirectory: data === "memory" ? data : `${data}/${citizens}`,
    citizens,
    seed: 1,
    portOf: () => 0,
    environment: { ...process.env, LOG_LEVEL: "warn" },
    onStep: () => {},
    onLog: (_, line) => console.error(line),
  });
  const registers = openRegisters(country.databases);
  const start = plan.oursAlone ? [startOurs] : [startOurs, startStock];
  const gateways = await Promise.all(start.map((startOne) => startOne(country.sectorUrls)));
  try {
    const pins = await drawPins(registers, people);
    const wrong = await checkAnswers(gateways, registers, pins.slice(0, checkedAnswers));
    const measurements: Measurement[] = [];
    for (const connections of plan.connections) {
      plan.say(`${connections} connections: ${plan.rounds} rounds of ${plan.seconds} s each …`);
      const rounds = gateways.map(() => [] as (Round & { cpuMs: number })[]);
      for (let round = 0; round <= plan.rounds; round++)
        for (const [index, gateway] of gateways.entries()) {
          const measured = await measureRound(gateway, pins, connections, plan.seconds);
          // The first round warms caches, connections and compiled code, and does not count.
          if (round > 0) rounds[index]!.push(measured);
        }
      for (const [index, { name }] of gateways.entries())
        measurements.push(summarise(name, connections, rounds[index]!));
    }
    return {
      citizens,
      measurements,
      callsPerRequest: await countCallsOf(start, country.sectorUrls, pins),
      checkedAnswers: checkedAnswers * gateways.length,
      wrongAnswers: wrong,
    };
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await registers.close();
    await country.stop();
  }
}

async function measureRound(
  gateway: GatewayProcess,
  pins: readonly string[],
  connections: number,
  seconds: number,
): Promise<Round & { cpuMs: number }> {
  const before = processorSeconds(gateway.pid);
  const round = await loadGateway(gateway.url, { query, pins, connections, seconds });
  const used = processorSeconds(gateway.pid) - before;
  return { ...round, cpuMs: (used * 1000) / round.requests };
}

function summarise(
  gateway: string,
  connections: number,
  rounds: readonly (Round & { cpuMs: number })[],
): Measurement {
  const median = (of: (round: (typeof rounds)[number]) => number) =>
    rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    gateway,
    connections,
    requestsPerSecond: median(({ requests, seconds }) => requests / seconds),
    p50: median(({ p50 }) => p50),
    p95: median(({ p95 }) => p95),
    p99: median(({ p99 }) => p99),
    cpuMs: median(({ cpuMs }) => cpuMs),
    failures: rounds.reduce((sum, { failures }) => sum + failures, 0),
  };
}

/** How many answers do not say what the registers say. */
async function checkAnswers(
  gateways: readonly GatewayProcess[],
  registers: ReturnType<typeof openRegisters>,
  pins: readonly string[],
): Promise<number> {
  let wrong = 0;
  for (const { url } of gateways)
    for (const pin of pins) {
      const citizen = await askDossier(url, pin);
      if (citizen?.pin !== pin || !(await agreesWithRegisters(registers, pin, citizen))) wrong++;
    }
  return wrong;
}

async function askDossier(url: string, pin: string): Promise<Dossier | null> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { pin } }),
  });
  const { data } = (await response.json()) as { data?: { citizen: Dossier | null } };
  return data?.citizen ?? null;
}

async function countCallsOf(
  start: readonly (typeof startOurs)[],
  sectorUrls: Readonly<Record<string, string>>,
  pins: readonly string[],
): Promise<CountryResult["callsPerRequest"]> {
  const result: Record<string, Record<string, number>> = {};
  for (const startOne of start) {
    const counter = await countCalls(sectorUrls);
    const gateway = await startOne(counter.urls);
    for (const pin of pins.slice(0, countedRequests)) await askDossier(gateway.url, pin);
    result[gateway.name] = Object.fromEntries(
      Object.entries(counter.calls).map(([name, calls]) => [name, calls / countedRequests]),
    );
    await gateway.stop();
    counter.stop();
  }
  return result;
}

if (import.meta.main) await runProgram(main);
