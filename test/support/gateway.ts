import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import type { JWTPayload } from "jose";
import { pino } from "pino";
import { readConfig } from "../../gateway/config.ts";
import { urlVariable } from "../../gateway/source-variables.ts";
import type { Flags } from "../../gateway/config.ts";
import { makeAuditPlaces } from "./audit-places.ts";
import { createGatewayDatabase } from "./database.ts";
import { startTestIssuer } from "./issuer.ts";
import { startGateway } from "../../gateway/server.ts";
import type { RunningGateway } from "../../gateway/server.ts";

export interface TestGateway extends RunningGateway {
  /** The lines that it logged, each a JSON text. */
  readonly logged: string[];
  /** The header of somebody with these claims besides those of a counter officer. */
  authorize(claims: JWTPayload): Promise<{ readonly authorization: string }>;
  /** Headers of a citizen who looks at his own data. */
  asCitizen(pin: string): Promise<Readonly<Record<string, string>>>;
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

/**
 * The gateway itself, in this process, on a free port, with an empty database and keys of its own. Whoever
 * asks is a counter officer who works on a certificate, unless a test says otherwise; with `open` it is nobody.
 */
export async function startTestGateway(
  sources: Readonly<Record<string, { url: string }>>,
  env: NodeJS.ProcessEnv = {},
  flags: Flags = {},
): Promise<TestGateway> {
  const urls = Object.entries(sources).map(([name, { url }]) => [urlVariable(name), url]);
  const [database, issuer, places] = await Promise.all([
    createGatewayDatabase(),
    flags.open ? undefined : startTestIssuer(Date.now),
    flags.open ? undefined : makeAuditPlaces(),
  ]);
  const end = async () => {
    await database.drop();
    await issuer?.stop();
    await places?.remove();
  };
  const authorize = async (claims: JWTPayload) => ({
    authorization: `Bearer ${await issuer?.sign({ claims: { unit: "00004", ...claims } })}`,
  });
  const officer = issuer && {
    ...(await authorize({})),
    "x-purpose": "marital-status-certificate",
  };
  let cases = 0;
  const logged: string[] = [];
  const lines = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  });
  const start = async () => {
    const config = readConfig(
      {
        ...places?.env,
        ...Object.fromEntries(urls),
        GATEWAY_DATABASE_URL: database.url,
        ...(issuer && { OIDC_ISSUER: issuer.url, FREE_CLIENTS: "console", PUBLIC_SCHEMA: "yes" }),
        ...env,
      },
      { port: "0", ...flags },
    );
    return await startGateway(config, {
      log: pino({ level: config.logLevel }, lines),
      now: () => performance.timeOrigin + performance.now(),
      newRequestId: randomUUID,
    });
  };
  const gateway = await start().catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    ...gateway,
    logged,
    authorize,
    asCitizen: async (pin) => ({
      ...(await authorize({ role: "citizen", sub: `citizen-${pin}`, pin, acr: "2" })),
      "x-purpose": "own-data",
      "x-case": "",
    }),
    async stop() {
      await gateway.stop();
      await end();
    },
    async ask(body, init = {}) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...init,
        headers: {
          "content-type": "application/json",
          ...officer,
          // Each request is for a case of its own, as each opens two people.
          ...(officer && { "x-case": `HS-${++cases}/2026` }),
          ...(init.headers as Record<string, string>),
        },
      });
      return {
        status: response.status,
        headers: response.headers,
        json: (await response.json()) as Answer,
      };
    },
  };
}
