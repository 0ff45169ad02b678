import { makeStartFolders } from "../../gateway/cli/start-folders.ts";
import { options } from "../../gateway/settings.ts";
import { startCountry } from "../../gateway/local/country.ts";
import { developmentClient } from "../../gateway/local/development-grant.ts";
import { startIssuer } from "../../gateway/local/issuer.ts";
import { openAskers } from "../support/askers.ts";
import type { Askers } from "../support/askers.ts";
import { startFaultySource } from "../support/faulty-source.ts";
import { startSigningGateway } from "../support/signing-gateway.ts";
import { readMeter } from "./account.ts";
import type { MeterReading } from "./account.ts";
import { readBook } from "./book.ts";
import type { Book } from "./book.ts";
import { startDrilledGateway } from "./gateway.ts";
import type { DrilledGateway } from "./gateway.ts";
import { startLedger } from "./ledger.ts";
import type { Breakable } from "./scenes.ts";

/** A small country with a gateway before it, and between the two what can go wrong. */
export interface Stage extends Breakable {
  readonly gateway: DrilledGateway;
  readonly askers: Askers;
  readonly book: Book;
  /** What the owner counted of the book's reading. */
  readonly readBefore: MeterReading;
  stop(): Promise<void>;
}

export interface StageOptions {
  readonly citizens: number;
  /** Of them, as many as may be asked for. */
  readonly people: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

/** What a gateway may know of our environment. */
const inherited = ["PATH", "HOME", "TZ"];

/** Sets it up; what was started before a failure is stopped again. */
export async function setStage({
  citizens,
  people,
  environment,
  say,
}: StageOptions): Promise<Stage> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    say(`Starting a country of ${citizens} citizens …`);
    const ledger = await startLedger();
    undo.push(ledger.close);
    // It reads the book, and shows the sectors the keys of the gateway, which starts after them.
    const signing = await startSigningGateway(Date.now);
    undo.push(signing.stop);
    const country = await startCountry({
      dataDirectory: "memory",
      citizens,
      seed: 1,
      jwksUrl: signing.jwksUrl,
      portOf: () => 0,
      environment: { ...environment, GATEWAY_DATABASE_URL: ledger.url, LOG_LEVEL: "error" },
      onStep: () => {},
      onLog: (sector, line) => say(`${sector}: ${line}`),
      onSectorEnd: (sector, how) => say(`${sector} ${how}.`),
    });
    undo.push(country.stop);
    say("Reading what the registers hold …");
    const book = await readBook(country, signing.sign, people);
    const readBefore = await readMeter(country.sectorUrls["population"]!);
    const registers = Object.fromEntries(
      await Promise.all(
        Object.entries(country.sectorUrls).map(
          async ([name, url]) => [name, await startFaultySource(url)] as const,
        ),
      ),
    );
    undo.push(() => Promise.all(Object.values(registers).map((register) => register.close())));
    const urls = Object.entries(registers).map(([name, { url }]) => [name, url] as const);
    const folders = await makeStartFolders("memory", {}, Date.now());
    undo.push(folders.remove);
    const issuer = await startIssuer({ port: 0, audience: options.oidcAudience.fallback });
    undo.push(issuer.stop);
    const askers = openAskers(issuer.url);
    const gateway = await startDrilledGateway(
      Object.fromEntries(urls),
      {
        ...Object.fromEntries(inherited.map((name) => [name, environment[name]])),
        ...folders.variables,
        GATEWAY_DATABASE_URL: ledger.url,
        SIGNING_KEYS_DIR: signing.keyFolder,
        OIDC_ISSUER: issuer.url,
        // One operator looks at the lines twenty times a second.
        REQUESTS_PER_MINUTE: "100000",
        FREE_CLIENTS: developmentClient,
      },
      await askers.of("operator"),
    );
    undo.push(gateway.stop);
    return { registers, ledger, gateway, askers, book, readBefore, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
