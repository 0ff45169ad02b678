import { fileURLToPath } from "node:url";
import type { HeadsPlace } from "./audit/keep-log.ts";
import { options } from "./settings.ts";
import type { Option } from "./settings.ts";

/** What the environment and the command line say to the gateway: checked once, then frozen. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** A path, relative to the current folder. */
  readonly supergraphFile: string;
  /** Whether any supergraph is welcome: no rules of this house beyond what protects its sources. */
  readonly open: boolean;
  /** The issuer of access tokens; empty with `open`, where nobody is known by name. */
  readonly oidcIssuer: string;
  readonly oidcAudience: string;
  /** Clients that may send operations of their own. */
  readonly freeClients: ReadonlySet<string>;
  /** Whether others than integrators may read the schema. */
  readonly publicSchema: boolean;
  /** Requests of one person in a minute. */
  readonly requestsPerMinute: number;
  /** Port of `/metrics` and of what `/ready` tells of each source; undefined where nothing was said. */
  readonly internalPort: number | undefined;
  /** Where the owners' units are kept: a PostgreSQL URL; empty where nothing is. */
  readonly databaseUrl: string;
  /** Without `open`: the folder of the keys that the gateway signs with. */
  readonly signingKeysFolder: string;
  /** Proxies that are believed whom they speak for; empty for none. */
  readonly trustedProxies: string;
  /** Checks of evidence that one address may ask for in a minute. */
  readonly evidenceChecksPerMinute: number;
  /** Without `open`: the folder of the keys of PIN hashes. */
  readonly pinKeysDir: string;
  /** Where heads of the log's tree are published. */
  readonly heads: HeadsPlace;
  /** With `open`: a path of the sources' terms, `undefined` where they have none. */
  readonly termsFile: string | undefined;
  /** Milliseconds for a call to a source whose terms name no time-out. */
  readonly sourceTimeoutMs: number;
  /** Milliseconds for a whole request. */
  readonly requestTimeoutMs: number;
  readonly limits: Limits;
  /** Characters of query text whose operations are kept parsed and checked. */
  readonly operationCacheCharacters: number;
  readonly logLevel: string;
  readonly shutdownGraceMs: number;
  /** Every variable that ends in `_METER_TOKEN`: see `meterTokenVariable`. */
  readonly meterTokens: Readonly<Record<string, string>>;
  /** Every variable that ends in `_URL`, unread until a source bears its name: see `sourceUrl`. */
  readonly urlVariables: Readonly<Record<string, string>>;
}

/** What one request may ask for at most. */
export interface Limits {
  readonly bodyBytes: number;
  readonly queryBytes: number;
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly fields: number;
  readonly values: number;
  readonly pins: number;
}

/** What the command line may say in the environment's place. */
export interface Flags {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly supergraph?: string | undefined;
  readonly open?: boolean | undefined;
  readonly terms?: string | undefined;
}

/**
 * Reads the configuration; a flag comes before its variable, an empty variable counts as unset.
 *
 * @throws {Error} with a sentence that names the variable or flag, what it must be and what came
 */
export function readConfig(env: NodeJS.ProcessEnv, flags: Flags = {}): Config {
  const read = <T>(option: Option<T>, flag?: string): T => {
    const given = flag ?? (env[option.variable] || undefined);
    if (given === undefined) return option.fallback;
    const value = option.read(given);
    if (value !== undefined) return value;
    const name = flag === undefined ? option.variable : option.flag;
    const came = option.secret ? "" : `, not ${JSON.stringify(given)}`;
    throw new Error(`${name} must be ${option.must}${came}.`);
  };
  const internalPort = read(options.internalPort);
  const [program, ...given] = read(options.headsCommand).split(" ").filter(Boolean);
  const config = {
    host: read(options.host, flags.host),
    port: read(options.port, flags.port),
    supergraphFile: supergraphPath(read(options.supergraphFile, flags.supergraph)),
    open: flags.open ?? false,
    oidcIssuer: read(options.oidcIssuer),
    oidcAudience: read(options.oidcAudience),
    freeClients: new Set(read(options.freeClients).split(",").filter(Boolean)),
    publicSchema: read(options.publicSchema) === "yes",
    requestsPerMinute: read(options.requestsPerMinute),
    internalPort: internalPort === "" ? undefined : Number(internalPort),
    databaseUrl: read(options.databaseUrl),
    signingKeysFolder: read(options.signingKeysFolder),
    trustedProxies: read(options.trustedProxies),
    evidenceChecksPerMinute: read(options.evidenceChecksPerMinute),
    pinKeysDir: read(options.pinKeysDir),
    heads: Object.freeze({
      folder: read(options.headsDir) || undefined,
      command: program === undefined ? undefined : ([program, ...given] as const),
      everyMs: read(options.headsEverySeconds) * 1_000,
    }),
    termsFile: flags.terms,
    sourceTimeoutMs: read(options.sourceTimeoutMs),
    requestTimeoutMs: read(options.requestTimeoutMs),
    limits: Object.freeze({
      bodyBytes: read(options.bodyBytes),
      queryBytes: read(options.queryBytes),
      tokens: read(options.tokens),
      depth: read(options.depth),
      aliases: read(options.aliases),
      rootFields: read(options.rootFields),
      fields: read(options.fields),
      values: read(options.values),
      pins: read(options.pins),
    }),
    operationCacheCharacters: read(options.operationCacheCharacters),
    logLevel: read(options.logLevel),
    shutdownGraceMs: read(options.shutdownGraceMs),
    meterTokens: variablesEnding("_METER_TOKEN", env),
    urlVariables: variablesEnding("_URL", env),
  };
  if (config.oidcIssuer === "" && !config.open)
    throw new Error(
      "OIDC_ISSUER is not set. Nobody is answered who is not known by name: set it to the issuer of your access tokens, or try all of it by `npx lien-thong start`, which has one of its own.",
    );
  return Object.freeze(config);
}

function variablesEnding(ending: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.freeze(
    Object.fromEntries(
      Object.entries(env).filter(
        (entry): entry is [string, string] => entry[0].endsWith(ending) && Boolean(entry[1]),
      ),
    ),
  );
}

/** The default lies in the repository, wherever the gateway is started from. */
function supergraphPath(given: string): string {
  return given === options.supergraphFile.fallback
    ? fileURLToPath(new URL(`../${given}`, import.meta.url))
    : given;
}
