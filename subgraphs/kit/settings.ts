import { databaseVariable, readSector } from "../../schema/sectors.ts";

export interface Settings {
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  /** Where the gateway's keys are; undefined where whoever reaches the sector is to be answered. */
  readonly jwksUrl: string | undefined;
}

/**
 * What the environment says to one sector.
 *
 * @throws {Error} with a sentence that names the variable and what it must hold
 */
export function readSettings(sector: string, env: NodeJS.ProcessEnv): Settings {
  const variable = databaseVariable(sector);
  const databaseUrl = env[variable];
  if (!databaseUrl)
    throw new Error(
      `${variable} is not set. Set it to postgres://user:password@host:port/database.`,
    );
  const given = env["PORT"] || new URL(readSector(sector).terms.url).port;
  if (!/^[0-9]{1,5}$/.test(given) || Number(given) > 65_535)
    throw new Error(`PORT must be a whole number from 0 to 65535, not ${JSON.stringify(given)}.`);
  const host = env["HOST"] || "127.0.0.1";
  return { databaseUrl, host, port: Number(given), jwksUrl: readJwksUrl(env, host) };
}

/** Addresses by which this machine alone reaches itself. */
const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/** Throws where nothing says who may call, or others than this machine might. */
function readJwksUrl(env: NodeJS.ProcessEnv, host: string): string | undefined {
  const url = env["GATEWAY_JWKS_URL"] || undefined;
  const tokens = env["SERVICE_TOKENS"] || undefined;
  if (tokens !== undefined && tokens !== "none")
    throw new Error(
      `SERVICE_TOKENS must be none, for a trial without them, or not set, not ${JSON.stringify(tokens)}.`,
    );
  if (url === undefined && tokens === undefined)
    throw new Error(
      "GATEWAY_JWKS_URL is not set. A register answers the gateway alone: say where its keys are, such as https://gateway/.well-known/jwks.json. For a trial on this machine, SERVICE_TOKENS=none answers whoever asks.",
    );
  if (url !== undefined && tokens !== undefined)
    throw new Error(
      "GATEWAY_JWKS_URL and SERVICE_TOKENS=none contradict each other. Set one of them: the one to answer the gateway alone, the other to answer whoever asks.",
    );
  if (url !== undefined && !["http:", "https:"].includes(URL.parse(url)?.protocol ?? ""))
    throw new Error(
      `GATEWAY_JWKS_URL must be the address of the gateway's keys, such as https://gateway/.well-known/jwks.json, not ${JSON.stringify(url)}.`,
    );
  if (tokens !== undefined && !loopback.has(host))
    throw new Error(
      `SERVICE_TOKENS=none answers whoever asks, so HOST must be this machine alone, 127.0.0.1 or ::1, not ${JSON.stringify(host)}. Elsewhere, GATEWAY_JWKS_URL says who may ask.`,
    );
  return url;
}
