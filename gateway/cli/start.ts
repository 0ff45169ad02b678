import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { readSectors } from "../../schema/sectors.ts";
import { readConfig } from "../config.ts";
import { options } from "../settings.ts";
import { jwksPath } from "../http/jwks.ts";
import { urlOf } from "../http/listen.ts";
import { migrate } from "../database/migrate.ts";
import { openPool } from "../database/pool.ts";
import { startCountry } from "../local/country.ts";
import type { Country } from "../local/country.ts";
import { developmentClient } from "../local/development-grant.ts";
import { holdPort, requireFreePort } from "../local/free-port.ts";
import type { HeldPort } from "../local/free-port.ts";
import { handOverLog } from "../local/postgres/hand-over-log.ts";
import { askSeededPeople } from "../local/seeded-people.ts";
import type { SeededPerson } from "../local/seeded-people.ts";
import { urlVariable } from "../source-variables.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { defaultDataDirectory } from "./on-databases.ts";
import { writeGuide } from "./start-guide.ts";
import { makeStartFolders } from "./start-folders.ts";
import type { StartFolders } from "./start-folders.ts";
import { createReport } from "./start-report.ts";
import { takeSurroundings } from "./surroundings.ts";
import { defaultIssuerPort } from "./token.ts";
import { listenToSignals, waitUntilTold } from "./told-to-stop.ts";

const help = `lien-thong start — the whole system on this machine, with synthetic citizens

  --citizens N      citizens to load; those that are there already, or 20000 into an empty folder; 0 loads none
  --seed S          the same seed gives the same people; 42 by default
  --data DIR        where the data is kept between starts, .data by default; "memory" keeps none
  --port N          port of the gateway, 4000 by default; 0 takes a free one
  --sector-port N   port of the first of the four sectors, 4001 by default, the others follow; 0 takes free ones
  --issuer-port N   port of the development issuer of access tokens, 4010 by default; 0 takes a free one
  --help

<SECTOR>_DATABASE_URL, such as POPULATION_DATABASE_URL, puts a sector's database elsewhere; the others are
embedded. LOG_LEVEL says what is logged to stderr, warn by default. Ctrl-C stops all of it.`;

export const start: Command = {
  name: "start",
  summary: "start the whole system on this machine, with synthetic citizens",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let wish: Wish;
    try {
      wish = readWish(args);
    } catch (error) {
      return misused((error as Error).message, "start");
    }
    const told = listenToSignals();
    try {
      await runSystem(wish, told);
      return 0;
    } catch (error) {
      return told.aborted ? 0 : failed(error);
    }
  },
};

interface Wish {
  readonly citizens: number | undefined;
  readonly seed: number | undefined;
  readonly data: string;
  readonly port: number;
  readonly sectorPort: number;
  readonly issuerPort: number;
}

/** Starts everything, says where it is, and stops it in turn when told to. */
async function runSystem(wish: Wish, told: AbortSignal): Promise<void> {
  const began = performance.now();
  const report = createReport(process.stdout, () => (performance.now() - began) / 1000);
  const sectorPorts = choosePorts(wish.sectorPort);
  // Sectors are told where the gateway's keys will be, and start before it.
  const host = process.env["HOST"] || options.host.fallback;
  const door = await holdPort(wish.port, host, "--port");
  const gatewayUrl = urlOf(host, door.port);
  await requirePorts(wish, sectorPorts);
  const undo: (() => Promise<void>)[] = [];
  try {
    const country = await startCountry({
      dataDirectory: wish.data,
      citizens: wish.citizens,
      seed: wish.seed,
      jwksUrl: `${gatewayUrl}${jwksPath}`,
      portOf: ({ name }) => sectorPorts.get(name) ?? 0,
      environment: { ...process.env, LOG_LEVEL: process.env["LOG_LEVEL"] || "warn" },
      onStep: (step) => report.step(step, wish.data),
      onLog: (_, line) => console.error(line),
      onSectorEnd: (name, how, url) =>
        console.error(`${name} ${how}. ${describeRemedy(name, url, gatewayUrl, wish.data)}`),
      signal: told,
    });
    undo.push(country.stop);
    // Here, not above: it is for trials alone, and production has not even its library.
    const { startIssuer } = await import("../local/issuer.ts");
    const audience = options.oidcAudience.fallback;
    const issuer = await startIssuer({ port: wish.issuerPort, audience });
    undo.push(issuer.stop);
    report.line("issuer", issuer.url);
    const folders = await makeStartFolders(wish.data, process.env, Date.now());
    undo.push(folders.remove);
    await closeLog(country);
    const running = await startGatewayOver(country, folders, issuer.url, door);
    undo.push(running.stop);
    report.line("gateway", `${running.url}/graphql`);
    const sample = await findSample(country, wish);
    // By hand, and by no logger: tokens stand in it.
    process.stdout.write(await writeGuide(running.url, issuer.url, sample));
    console.log(`lien-thong ready on ${running.url}`);
    process.send?.({ ready: running.url });
    await waitUntilTold(AbortSignal.any([told, country.lost]));
    if (!told.aborted) country.lost.throwIfAborted();
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

/** How a sector that has ended by itself comes back: who sees this starts it, once it is known why it ended. */
function describeRemedy(name: string, url: string, gateway: string, data: string): string {
  if (data === "memory")
    return "Its fields are missing from answers until all of it is started again, as its data are in memory.";
  const folder = data === defaultDataDirectory ? "" : ` --data ${data}`;
  const command = `npx lien-thong subgraph ${name} --port ${new URL(url).port} --gateway ${gateway}${folder}`;
  return `Its fields are missing from answers until it runs again: \`${command}\`.`;
}

/** Before the gateway opens, lest it could ever change its log: see `handOverLog`. */
async function closeLog({ adminUrl, databases: { GATEWAY_DATABASE_URL } }: Country): Promise<void> {
  const isEmbedded = adminUrl !== undefined && !process.env["GATEWAY_DATABASE_URL"];
  if (!isEmbedded || GATEWAY_DATABASE_URL === undefined) return;
  const database = openPool(GATEWAY_DATABASE_URL);
  try {
    await migrate(database);
  } finally {
    await database.destroy();
  }
  await handOverLog(adminUrl, "gateway");
}

async function startGatewayOver(
  { sectorUrls, databases }: Country,
  folders: StartFolders,
  issuer: string,
  door: HeldPort,
) {
  const urls = Object.fromEntries(
    Object.entries(sectorUrls).map(([name, url]) => [urlVariable(name), url]),
  );
  const { GATEWAY_DATABASE_URL } = databases;
  const config = readConfig(
    {
      ...process.env,
      ...urls,
      ...folders.variables,
      GATEWAY_DATABASE_URL,
      OIDC_ISSUER: issuer,
      OIDC_AUDIENCE: "",
      FREE_CLIENTS: developmentClient,
      PUBLIC_SCHEMA: "yes",
      LOG_LEVEL: process.env["LOG_LEVEL"] || "warn",
    },
    { port: String(door.port) },
  );
  const { startGateway } = await import("../server.ts");
  const surroundings = takeSurroundings(config.logLevel, 2);
  return await startGateway(config, { ...surroundings, beforeListening: door.release });
}

/** Somebody whose life is worth looking at, where the people are invented. */
async function findSample(country: Country, { citizens }: Wish): Promise<SeededPerson | undefined> {
  if (citizens === 0) return undefined;
  const [person] = await askSeededPeople(country.databases, ["--story", "sample", "--count", "1"]);
  return person;
}

/** Before the databases are filled, which takes minutes for a large country. */
async function requirePorts(
  { issuerPort }: Wish,
  sectorPorts: ReadonlyMap<string, number>,
): Promise<void> {
  await requireFreePort(issuerPort, "127.0.0.1", "--issuer-port");
  for (const sectorPort of sectorPorts.values())
    await requireFreePort(sectorPort, "127.0.0.1", "--sector-port");
}

/** A port for each sector, in the order of the ports in their terms; all 0 where `first` is. */
function choosePorts(first: number): ReadonlyMap<string, number> {
  const agreed = readSectors().map(({ name, terms }) => ({
    name,
    port: Number(new URL(terms.url).port),
  }));
  const lowest = Math.min(...agreed.map(({ port }) => port));
  return new Map(agreed.map(({ name, port }) => [name, first && first + port - lowest]));
}

function readWish(args: readonly string[]): Wish {
  const { values } = parseArgs({
    args: [...args],
    options: {
      citizens: { type: "string" },
      seed: { type: "string" },
      data: { type: "string" },
      port: { type: "string", default: "4000" },
      "sector-port": { type: "string", default: "4001" },
      "issuer-port": { type: "string", default: String(defaultIssuerPort) },
    },
  });
  const whole = (flag: string, text: string, to: number) => {
    if (/^[0-9]{1,10}$/.test(text) && Number(text) <= to) return Number(text);
    throw new Error(`${flag} must be a whole number from 0 to ${to}, not ${JSON.stringify(text)}.`);
  };
  const given = (flag: string, text: string | undefined, to: number) =>
    text === undefined ? undefined : whole(flag, text, to);
  return {
    citizens: given("--citizens", values.citizens, 15_000_000),
    seed: given("--seed", values.seed, 0xffff_ffff),
    data:
      values.data === undefined
        ? defaultDataDirectory
        : values.data === "memory"
          ? values.data
          : resolve(values.data),
    port: whole("--port", values.port, 65_535),
    sectorPort: whole("--sector-port", values["sector-port"], 65_000),
    issuerPort: whole("--issuer-port", values["issuer-port"], 65_535),
  };
}
