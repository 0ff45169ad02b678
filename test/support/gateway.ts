import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { pino } from "pino";
import { readConfig, urlVariable } from "../../gateway/config.ts";
import type { Flags } from "../../gateway/config.ts";
import { createGatewayDatabase } from "./database.ts";
import { startGateway } from "../../gateway/server.ts";
import type { RunningGateway } from "../../gateway/server.ts";
import { makeFullKeyFolder } from "./signing-keys.ts";

export interface TestGateway extends RunningGateway {
  /** The lines that it logged, each a JSON text. */
  readonly logged: string[];
  /** Sends a request to /graphql, as JSON unless headers say otherwise. */
  ask(body: unknown, init?: RequestInit): Promise<Asked>;
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Answer;
}

/** An answer's JSON; the test that reads deeper says by its expectation what must be there. */
export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The gateway itself, in this process, on a free port, with an empty database and keys of its own. */
export async function startTestGateway(
  sources: Readonly<Record<string, { url: string }>>,
  env: NodeJS.ProcessEnv = {},
  flags: Flags = {},
): Promise<TestGateway> {
  const urls = Object.entries(sources).map(([name, { url }]) => [urlVariable(name), url]);
  const database = await createGatewayDatabase();
  const keys = await makeFullKeyFolder(Date.now());
  const config = readConfig(
    {
      ...Object.fromEntries(urls),
      GATEWAY_DATABASE_URL: database.url,
      SIGNING_KEYS_DIR: keys.path,
      ...env,
    },
    { port: "0", ...flags },
  );
  const logged: string[] = [];
  const lines = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  });
  const gateway = await startGateway(config, {
    log: pino({ level: config.logLevel }, lines),
    now: () => performance.timeOrigin + performance.now(),
    newRequestId: randomUUID,
  }).catch(async (error: unknown) => {
    await Promise.all([database.drop(), keys.remove()]);
    throw error;
  });
  return {
    ...gateway,
    logged,
    async stop() {
      await gateway.stop();
      await Promise.all([database.drop(), keys.remove()]);
    },
    async ask(body, init = {}) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...init,
        headers: { "content-type": "application/json", ...(init.headers as object) },
      });
      return {
        status: response.status,
        headers: response.headers,
        json: (await response.json()) as Answer,
      };
    },
  };
}
