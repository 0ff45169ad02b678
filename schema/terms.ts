/**
 * An owner's terms: who owns a register, where it answers, and how much may be asked of it, by whom
 * and how fast. Each sector's lie beside its schema, in `schema/<sector>.terms.json`; the command
 * line's `--terms` names a file of such objects by subgraph.
 */

/** How urgent a call is: a citizen waits, a file has a deadline, data are cleaned. Most urgent first. */
export const lanes = ["counter", "case", "bulk"] as const;

export type Lane = (typeof lanes)[number];

/**
 * How many of a number of call slots or connections `case` and `bulk` may hold together. A third stays
 * free for citizens who wait: with none, the counter's p95 under a tenfold bulk load was 7.9 times its
 * p95 alone, with a third 1.03 times. One is left to them in any case, or they would never run.
 */
export function mostForFiles(places: number): number {
  return Math.max(1, Math.floor((places * 2) / 3));
}

/** Units of the day that all lanes together have for themselves. */
export function sumFloors({ lanes: terms }: Pick<SourceTerms, "lanes">): number {
  return lanes.reduce((sum, lane) => sum + terms[lane].floor, 0);
}

/** What a lane has for itself of the day's units. */
export interface LaneTerms {
  /** Units of the day that no other lane may spend; from 0, default 0. */
  readonly floor: number;
  /**
   * Time of the owner's day, `HH:MM`, from which what is left of the floor is everybody's; default null,
   * never. The counter's is never lent: a citizen may come in the last minute.
   */
  readonly lendFrom: string | null;
}

/** The terms of any source, also of one that only the supergraph describes. */
export interface SourceTerms {
  /** The owner's official name; default the source's name. */
  readonly owner: string;
  /** Where it answers, http or https; default null, where the supergraph says. */
  readonly url: string | null;
  /** What the owner counts: each representation or key in a call, or the call. Default `RECORD`. */
  readonly unit: "RECORD" | "CALL";
  /** Units that may be spent on one of the owner's days, from 0; default null, no limit. */
  readonly perDay: number | null;
  /** IANA name of the zone whose midnight begins the owner's day; default `Asia/Ho_Chi_Minh`. */
  readonly timeZone: string;
  /** Most calls within one second, wherever it begins, from 1; default null, no limit. */
  readonly callsPerSecond: number | null;
  /** Most representations or keys in one call, 1 to 10,000; default 1,000. */
  readonly largestBatch: number;
  /** Whether calls are refused past the limit, only counted, or neither. Default `enforce`. */
  readonly mode: "enforce" | "measure" | "off";
  readonly lanes: Readonly<Record<Lane, LaneTerms>>;
  /**
   * How often an agency's turn comes when calls queue within a lane, from 1 to 1,000; default 1 for each
   * agency. It orders the queue and gives no units: a share of those is a grant.
   */
  readonly agencyWeights: Readonly<Record<string, number>>;
  /**
   * Longest wait for others who ask the same, in milliseconds, 0 to 1,000; default 1. 0 is no batching: the
   * rows that one request needs at once travel in a call of their own.
   */
  readonly batchWindowMs: number;
  /** Whether one call may carry rows of several agencies; default true. */
  readonly joinAgencies: boolean;
  /** Milliseconds after which a call has failed, 1 to 60,000; default 2,000. */
  readonly timeoutMs: number;
  /** Seconds for which an answer may be given again, 0 to 86,400; default 60. */
  readonly cacheSeconds: number;
  /** Seconds for which an answer may stand in for a source that is silent, 0 to 604,800; default 900. */
  readonly staleSeconds: number;
  /** Whether a call that repeats an idempotency key costs nothing; default false. Only then is it retried. */
  readonly countsKeysOnce: boolean;
  /** Base URL of the owner's meter; default null, it has none. */
  readonly meter: string | null;
}

/** A sector's terms: owner and address must be said. */
export interface Terms extends SourceTerms {
  readonly url: string;
}

/**
 * Reads the text of a sector's terms file.
 *
 * @param file what an error names
 * @throws {Error} with a sentence that names the file, the field and what it must hold
 */
export function parseTerms(text: string, file: string): Terms {
  const given = parseObject(text, file);
  const terms = readSourceTerms(given, `${file}:`, "");
  if (given["owner"] === undefined) throw refusal(`${file}:`, "owner", "a text", undefined);
  if (terms.url === null) throw refusal(`${file}:`, "url", httpUrl, given["url"]);
  return { ...terms, url: terms.url };
}

/**
 * Reads the text of a file that holds an object of terms for each of a supergraph's subgraphs, by name;
 * there nothing need be said but what differs from the defaults.
 *
 * @param file what an error names
 * @throws {Error} with a sentence that names the file, the subgraph, the field and what it must hold
 */
export function parseTermsBySource(text: string, file: string): Map<string, SourceTerms> {
  const entries = Object.entries(parseObject(text, file));
  return new Map(
    entries.map(([name, given]) => {
      if (!isObject(given)) throw new Error(`${file}: "${name}" must be an object of terms.`);
      return [name, readSourceTerms(given, `${file}, "${name}":`, name)];
    }),
  );
}

type Json = Readonly<Record<string, unknown>>;

const httpUrl = "an http or https URL";

/** Reads every field, in the order of the interface; a misspelt limit would be no limit, so none passes. */
function readSourceTerms(given: Json, where: string, name: string): SourceTerms {
  const read = fieldReader(given, where);
  const terms = {
    owner: read("owner", "a text", isText, name),
    url: read("url", httpUrl, isHttpUrl, null),
    unit: read("unit", '"RECORD" or "CALL"', isOneOf("RECORD", "CALL"), "RECORD"),
    perDay: read("perDay", `${wholeNumber(0, mostUnits)}, or null`, isLimit(0, mostUnits), null),
    timeZone: read("timeZone", 'a zone, such as "Asia/Ho_Chi_Minh"', isZone, "Asia/Ho_Chi_Minh"),
    callsPerSecond: read(
      "callsPerSecond",
      `${wholeNumber(1, 100_000)}, or null`,
      isLimit(1, 100_000),
      null,
    ),
    largestBatch: read("largestBatch", wholeNumber(1, 10_000), isCount(1, 10_000), 1_000),
    mode: read(
      "mode",
      '"enforce", "measure" or "off"',
      isOneOf("enforce", "measure", "off"),
      "enforce",
    ),
    lanes: readLanes(read("lanes", "an object", isObject, {}), where),
    agencyWeights: read(
      "agencyWeights",
      `an object with ${wholeNumber(1, 1_000)} for each agency`,
      isWeights,
      {},
    ),
    batchWindowMs: read("batchWindowMs", wholeNumber(0, 1_000), isCount(0, 1_000), 1),
    joinAgencies: read("joinAgencies", "true or false", isBoolean, true),
    timeoutMs: read("timeoutMs", wholeNumber(1, 60_000), isCount(1, 60_000), 2_000),
    cacheSeconds: read("cacheSeconds", wholeNumber(0, 86_400), isCount(0, 86_400), 60),
    staleSeconds: read("staleSeconds", wholeNumber(0, 604_800), isCount(0, 604_800), 900),
    countsKeysOnce: read("countsKeysOnce", "true or false", isBoolean, false),
    meter: read("meter", `${httpUrl}, or null`, isUrlOrNull, null),
  };
  refuseUnknown(given, Object.keys(terms), where);
  const floors = sumFloors(terms);
  if (terms.perDay !== null && floors > terms.perDay)
    throw new Error(
      `${where} the floors of "lanes" must not exceed "perDay", ${terms.perDay}, and are ${floors} together.`,
    );
  return Object.freeze(terms);
}

function readLanes(given: Json, where: string): SourceTerms["lanes"] {
  refuseUnknown(given, lanes, `${where} "lanes":`);
  const readLane = (lane: Lane): LaneTerms => {
    const within = `${where} "lanes"."${lane}":`;
    const terms = fieldReader(given, `${where} "lanes":`)(lane, "an object", isObject, {});
    refuseUnknown(terms, ["floor", "lendFrom"], within);
    const read = fieldReader(terms, within);
    const floor = read("floor", wholeNumber(0, mostUnits), isCount(0, mostUnits), 0);
    const lendFrom = read("lendFrom", 'a time of day, such as "15:00", or null', isTime, null);
    if (lane === "counter" && lendFrom !== null)
      throw new Error(`${within} "lendFrom" must be left out: the counter's floor is never lent.`);
    return Object.freeze({ floor, lendFrom });
  };
  return Object.freeze({
    counter: readLane("counter"),
    case: readLane("case"),
    bulk: readLane("bulk"),
  });
}

/** Reads a field, or its default where it is left out. */
function fieldReader(given: Json, where: string) {
  return <T, Default>(
    field: string,
    must: string,
    accepts: (value: unknown) => value is T,
    fallback: Default,
  ): T | Default => {
    const value = given[field];
    if (value === undefined) return fallback;
    if (accepts(value)) return value;
    throw refusal(where, field, must, value);
  };
}

function refuseUnknown(given: Json, known: readonly string[], where: string): void {
  const unknown = Object.keys(given).find((field) => !known.includes(field));
  if (unknown !== undefined)
    throw new Error(`${where} "${unknown}" is none of ${known.join(", ")}.`);
}

function refusal(where: string, field: string, must: string, value: unknown): Error {
  return new Error(`${where} "${field}" must be ${must}, not ${JSON.stringify(value)}.`);
}

function parseObject(text: string, file: string): Json {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!isObject(json)) throw new Error(`${file} must hold an object.`);
  return json;
}

/** Far beyond any owner's limit, and its sums are still exact. */
const mostUnits = 1_000_000_000;

function wholeNumber(from: number, to: number): string {
  return `a whole number from ${from} to ${to}`;
}

function isCount(from: number, to: number) {
  return (value: unknown): value is number =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
}

function isLimit(from: number, to: number) {
  const isNumber = isCount(from, to);
  return (value: unknown): value is number | null => value === null || isNumber(value);
}

function isOneOf<const T extends string>(...values: T[]) {
  return (value: unknown): value is T => (values as unknown[]).includes(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHttpUrl(value: unknown): value is string {
  return isText(value) && ["http:", "https:"].includes(URL.parse(value)?.protocol ?? "");
}

function isUrlOrNull(value: unknown): value is string | null {
  return value === null || isHttpUrl(value);
}

function isTime(value: unknown): value is string | null {
  return value === null || (isText(value) && /^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(value));
}

function isWeights(value: unknown): value is Readonly<Record<string, number>> {
  return isObject(value) && Object.values(value).every(isCount(1, 1_000));
}

function isZone(value: unknown): value is string {
  if (!isText(value)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: value }));
  } catch {
    return false;
  }
}
