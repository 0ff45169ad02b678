import { isIP } from "node:net";

/** A setting of the gateway: a variable of the environment, and the flag that comes before it. */
export interface Option<T> {
  readonly variable: string;
  readonly flag?: string;
  readonly meaning: string;
  /** What a value must be, with its unit and range, as `must be …` goes on. */
  readonly must: string;
  readonly fallback: T;
  /** Whether a value may hold a password, so that no error quotes it. */
  readonly secret?: boolean;
  /** Undefined where the text is not what it must be. */
  readonly read: (text: string) => T | undefined;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Every option, in the order of the documentation's table. */
export const options = {
  host: text({
    variable: "HOST",
    flag: "--host",
    meaning: "address to listen on; `0.0.0.0` for all",
    must: "a host name or an address",
    // It speaks no TLS: what officers reach is the balancer before it.
    fallback: "127.0.0.1",
  }),
  port: count({
    variable: "PORT",
    flag: "--port",
    meaning: "TCP port to listen on; 0 takes a free one",
    from: 0,
    to: 65_535,
    fallback: 4000,
  }),
  supergraphFile: text({
    variable: "SUPERGRAPH_FILE",
    flag: "--supergraph",
    meaning: "the composed supergraph",
    must: "the path of a file",
    fallback: "schema/supergraph.graphql",
  }),
  oidcIssuer: text({
    variable: "OIDC_ISSUER",
    meaning:
      "the issuer of access tokens, by the URL that its tokens bear; must be set without `--open`",
    must: "an http or https URL",
    fallback: "",
    accepts: isHttpUrl,
  }),
  oidcAudience: text({
    variable: "OIDC_AUDIENCE",
    meaning: "this gateway, as the issuer's tokens name it",
    must: "a text",
    fallback: "lien-thong",
  }),
  freeClients: text({
    variable: "FREE_CLIENTS",
    meaning:
      "clients (claim `client_id`) that may send operations of their own, with commas between; the others send trusted operations",
    must: "names with commas between",
    fallback: "",
  }),
  publicSchema: text({
    variable: "PUBLIC_SCHEMA",
    meaning: "whether others than integrators may read the schema and open the explorer",
    must: "yes or no",
    fallback: "no",
    accepts: (given) => given === "yes" || given === "no",
  }),
  requestsPerMinute: count({
    variable: "REQUESTS_PER_MINUTE",
    meaning: "requests that one person may send in a minute; a tenth of them at once",
    from: 1,
    to: 1_000_000,
    fallback: 600,
  }),
  internalPort: text({
    variable: "INTERNAL_PORT",
    meaning:
      "port of `/metrics` and of what `/ready` tells of each source; without one they stand beside the API where that listens on loopback, and nowhere else",
    must: "a whole number from 0 to 65535",
    fallback: "",
    accepts: (given) => /^[0-9]{1,5}$/.test(given) && Number(given) <= 65_535,
  }),
  databaseUrl: text({
    variable: "GATEWAY_DATABASE_URL",
    meaning:
      "the gateway's own PostgreSQL database, where it keeps account of what it spends of the owners' limits",
    must: "a URL that begins with postgres://",
    fallback: "",
    accepts: (given) => given === "" || (/^postgres(ql)?:\/\//.test(given) && URL.canParse(given)),
    secret: true,
  }),
  signingKeysFolder: text({
    variable: "SIGNING_KEYS_DIR",
    meaning:
      "folder of the keys that the gateway signs with, which all gateways of a country share; `npx lien-thong keys make` makes it",
    must: "the path of a folder",
    fallback: "",
    accepts: isEmptyOrText,
  }),
  trustedProxies: text({
    variable: "TRUSTED_PROXIES",
    meaning:
      "proxies before it whose `x-forwarded-for` says from where a request comes; `uniquelocal` for private networks",
    must: "addresses or networks, with commas between",
    fallback: "",
    accepts: (given) => given.split(",").every((part) => part === "" || isProxy(part)),
  }),
  evidenceChecksPerMinute: count({
    variable: "EVIDENCE_CHECKS_PER_MINUTE",
    meaning: "checks at `/evidence/{id}` that one address may ask for in a minute; a third at once",
    from: 1,
    to: 1_000_000,
    fallback: 60,
  }),
  pinKeysDir: text({
    variable: "PIN_KEYS_DIR",
    meaning:
      "folder of the keys under which the log hashes personal numbers; not where its database or its backups lie",
    must: "the path of a folder",
    fallback: "",
    accepts: isEmptyOrText,
  }),
  headsDir: text({
    variable: "TREE_HEADS_DIR",
    meaning:
      "folder that the log's tree heads are published into; best one that is written once, on another machine",
    must: "the path of a folder",
    fallback: "",
    accepts: isEmptyOrText,
  }),
  headsCommand: text({
    variable: "TREE_HEADS_COMMAND",
    meaning:
      "program, and arguments with spaces between them, that publishes a tree head from its standard input",
    must: "the path of a program",
    fallback: "",
    accepts: isEmptyOrText,
  }),
  headsEverySeconds: count({
    variable: "TREE_HEADS_EVERY_SECONDS",
    meaning:
      "time between two tree heads, in seconds; what is younger could be rewritten unnoticed",
    from: 1,
    to: 86_400,
    fallback: 60,
  }),
  sourceTimeoutMs: count({
    variable: "SOURCE_TIMEOUT_MS",
    meaning: "time for one call to a source whose terms name none, in milliseconds",
    from: 1,
    to: 60_000,
    fallback: 2000,
  }),
  requestTimeoutMs: count({
    variable: "REQUEST_TIMEOUT_MS",
    meaning:
      "time for a request with all its calls to sources; what has not come then is lost, in milliseconds",
    from: 1,
    to: 600_000,
    // A plan may have a dozen steps, and one source after the other take just less than its time; but
    // at a counter nobody waits longer than this.
    fallback: 10_000,
  }),
  bodyBytes: count({
    variable: "MAX_BODY_BYTES",
    meaning: "largest body of a request, in bytes",
    from: 1024,
    to: 16_777_216,
    fallback: 1_048_576,
  }),
  queryBytes: count({
    variable: "MAX_QUERY_BYTES",
    meaning: "longest query, in bytes of UTF-8",
    from: 256,
    to: 1_048_576,
    fallback: 65_536,
  }),
  tokens: count({
    variable: "MAX_QUERY_TOKENS",
    meaning: "most words and signs in a query; bounds the time that reading it takes",
    from: 100,
    to: 200_000,
    fallback: 20_000,
  }),
  depth: count({
    variable: "MAX_QUERY_DEPTH",
    // GraphiQL's own introspection query is 15 deep.
    meaning: "most levels of fields in each other, through fragments",
    from: 1,
    to: 100,
    fallback: 20,
  }),
  aliases: count({
    variable: "MAX_QUERY_ALIASES",
    meaning: "most aliases in a query, each use of a fragment counted",
    from: 0,
    to: 10_000,
    fallback: 200,
  }),
  rootFields: count({
    variable: "MAX_ROOT_FIELDS",
    meaning: "most fields at the root of a query",
    from: 1,
    to: 1000,
    fallback: 20,
  }),
  fields: count({
    variable: "MAX_QUERY_FIELDS",
    meaning: "most fields in a query, each use of a fragment counted",
    from: 1,
    to: 100_000,
    fallback: 2000,
  }),
  values: count({
    variable: "MAX_ANSWER_VALUES",
    meaning:
      "most values that an answer may hold, each list taken as long as the one asked for, or as 10 items",
    from: 1,
    to: 10_000_000,
    // A hundred Dossiers have 20,000.
    fallback: 50_000,
  }),
  pins: count({
    variable: "MAX_PINS",
    meaning: "most personal numbers in one list, as the schema promises",
    from: 1,
    to: 1000,
    fallback: 100,
  }),
  operationCacheCharacters: count({
    variable: "OPERATION_CACHE_CHARACTERS",
    meaning: "query texts whose operations are kept parsed and checked, in characters altogether",
    from: 0,
    to: 268_435_456,
    fallback: 4_194_304,
  }),
  logLevel: text({
    variable: "LOG_LEVEL",
    meaning: "least severe lines that are logged",
    must: `one of ${logLevels.join(", ")}`,
    fallback: "info",
    accepts: (level) => logLevels.includes(level),
  }),
  shutdownGraceMs: count({
    variable: "SHUTDOWN_GRACE_MS",
    meaning:
      "how long a stop waits for running requests before it breaks them off, in milliseconds",
    from: 0,
    to: 600_000,
    fallback: 10_000,
  }),
} as const;

/** The options as a table in Markdown, for the documentation. */
export function renderOptions(): string {
  const rows = Object.values(options).map((option) => {
    const names = [option.variable, "flag" in option ? option.flag : undefined];
    const name = names.flatMap((part) => (part === undefined ? [] : `\`${part}\``)).join(", ");
    const fallback = option.fallback === "" ? "–" : `\`${option.fallback}\``;
    return `| ${name} | ${option.meaning} | ${option.must} | ${fallback} |`;
  });
  return ["| variable, flag | meaning | must be | default |", "|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function text({
  accepts = (given: string) => given.trim() !== "",
  ...option
}: Omit<Option<string>, "read"> & { accepts?: (given: string) => boolean }): Option<string> {
  return { ...option, read: (given) => (accepts(given) ? given : undefined) };
}

function count({
  from,
  to,
  ...option
}: Omit<Option<number>, "read" | "must"> & { from: number; to: number }): Option<number> {
  return {
    ...option,
    must: `a whole number from ${from} to ${to}`,
    read: (given) => {
      const value = /^[0-9]{1,9}$/.test(given) ? Number(given) : Number.NaN;
      return value >= from && value <= to ? value : undefined;
    },
  };
}

function isEmptyOrText(text: string): boolean {
  return text === "" || text.trim() !== "";
}

function isHttpUrl(text: string): boolean {
  return ["http:", "https:"].includes(URL.parse(text)?.protocol ?? "");
}

/** What `trustProxy` of Fastify takes. */
function isProxy(text: string): boolean {
  if (text === "loopback" || text === "uniquelocal") return true;
  const [, address = "", bits = "0"] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}
