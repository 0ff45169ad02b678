import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import { dossierBody } from "../bench/load.ts";
import type { AskerHeaders } from "../support/askers.ts";
import type { Came } from "./judge.ts";

/** A Dossier that was asked for. Times in milliseconds since 1970, with fractions. */
export interface Asked extends Came {
  readonly pin: string;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** A stream of requests that waits for no answer, as people do not. */
export interface Load {
  /** When the oldest request under way was sent; infinite where there is none. */
  waitingSince(): number;
  /** Sends no more, and waits for what is under way. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Of the gateway's `/graphql`. */
  readonly url: string;
  readonly perSecond: number;
  readonly nextPerson: () => string;
  /** What the requests of somebody say of who asks and why. */
  readonly headersOf: (pin: string) => Promise<AskerHeaders>;
  readonly now: () => number;
  readonly onAnswer: (asked: Asked) => void;
}

/** Beyond the time that the gateway gives a whole request. */
const patienceMs = 20_000;

/** Asks for one Dossier after another at an even pace, whether the ones before are answered or not. */
export function openLoad(options: LoadOptions): Load {
  const { url, perSecond, nextPerson, headersOf, now, onAnswer } = options;
  const agent = new Agent({ connections: null, pipelining: 1 });
  const pending = new Map<Promise<void>, number>();
  let over = false;
  const askOne = async () => {
    const pin = nextPerson();
    const headers = await headersOf(pin);
    const sentAt = now();
    const came = await ask(url, pin, headers, agent);
    onAnswer({ ...came, pin, sentAt, receivedAt: now() });
  };
  const run = async () => {
    let next = now();
    while (!over) {
      const asking: Promise<void> = askOne().finally(() => pending.delete(asking));
      pending.set(asking, now());
      next += 1000 / perSecond;
      await pause(Math.max(0, next - now()));
    }
  };
  const running = run();
  return {
    waitingSince: () => Math.min(...pending.values()),
    async stop() {
      over = true;
      await running;
      await Promise.all(pending.keys());
      await agent.close();
    },
  };
}

async function ask(
  url: string,
  pin: string,
  headers: AskerHeaders,
  dispatcher: Agent,
): Promise<Came> {
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: "POST",
      headers,
      body: dossierBody(pin),
      headersTimeout: patienceMs,
      bodyTimeout: patienceMs,
    });
    return { status: statusCode, text: await body.text() };
  } catch {
    return { status: 0, text: "" };
  }
}
