import { isDeepStrictEqual } from "node:util";
import { readSectors } from "../../schema/sectors.ts";
import type { Life } from "./book.ts";
import { leaks } from "./leaks.ts";

/** A Dossier as it came, beside what was asked. */
export interface Came {
  /** HTTP status; 0 where nothing came. */
  readonly status: number;
  readonly text: string;
}

/** How one source took part, as `extensions.sources` has it. */
export interface Source {
  readonly name: string;
  readonly status: "FRESH" | "CACHED" | "STALE" | "UNAVAILABLE";
  readonly asOf: string | null;
}

/** What is to be said of one answer. */
export interface Verdict {
  /** Whether it is an answer at all. */
  readonly answered: boolean;
  /** Sources of which something is lost. */
  readonly lost: ReadonlySet<string>;
  readonly errors: number;
  /** The reason that each error gives besides its code; null where it gives none. */
  readonly reasons: readonly (string | null)[];
  /** When to ask again, as the errors say. */
  readonly retries: ReadonlySet<string>;
  /** What is wrong with errors, as `what at path`: one too many, one without its parts. */
  readonly malformed: readonly string[];
  /** Paths where the registers have more, and the answer says that there is none, without an error. */
  readonly untold: readonly string[];
  /** Whether it tells what stands under the number asked for, of somebody who bears or bore another. */
  readonly underOneNumber: boolean;
  /** Paths of values that the registers do not have there. */
  readonly wrong: readonly string[];
  /** Whether it says that there is nobody of a number that somebody bears. */
  readonly nobody: boolean;
  readonly leaks: boolean;
  readonly sources: readonly Source[];
}

interface AnswerError {
  readonly message?: unknown;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

const nothing: Verdict = {
  answered: false,
  lost: new Set(),
  errors: 0,
  reasons: [],
  retries: new Set(),
  malformed: [],
  untold: [],
  underOneNumber: false,
  wrong: [],
  nobody: false,
  leaks: false,
  sources: [],
};

/**
 * Holds an answer against the registers: every value must be theirs, every null that is not must have one
 * error at its path that says whose fault it is, what it means and what to do.
 *
 * @param underOneNumber what other ministries know without the population register, where that is less
 */
export function judgeAnswer(came: Came, life: Life, underOneNumber: Life | undefined): Verdict {
  const verdict = holdAgainst(came, life);
  if (underOneNumber === undefined || !verdict.lost.has("population")) return verdict;
  const other = holdAgainst(came, underOneNumber);
  const differs = verdict.untold.length + verdict.wrong.length > 0;
  return differs && other.untold.length + other.wrong.length === 0
    ? { ...other, underOneNumber: true }
    : verdict;
}

/** The code of an answer that is refused whole because the access cannot be written down. */
export const unrecorded = "AUDIT_UNAVAILABLE";

const everySource: ReadonlySet<string> = new Set(readSectors().map(({ name }) => name));

function holdAgainst({ status, text }: Came, life: Life): Verdict {
  if (status === 503 && isUnrecorded(parse(text)))
    return {
      ...nothing,
      ...{ answered: true, lost: everySource, errors: 1, reasons: [unrecorded] },
      leaks: leaks(text),
    };
  const answer = status === 200 ? parse(text) : undefined;
  if (answer?.data === undefined) return { ...nothing, leaks: leaks(text) };
  const { data, errors = [], extensions } = answer;
  const malformed = errors.flatMap(faultsOf);
  const told = new Set<string>();
  for (const { path = [] } of errors) {
    const id = path.join(".");
    if (told.has(id)) malformed.push(`a second error at ${id}`);
    told.add(id);
  }
  const untold: string[] = [];
  const wrong: string[] = [];
  const citizen = data?.["citizen"] ?? null;
  const nobody = citizen === null && !told.has("citizen");
  if (!nobody)
    compare(citizen, life, ["citizen"], {
      isTold: (path) => told.delete(path.join(".")),
      onUntold: (path) => untold.push(path.join(".")),
      onWrong: (path) => wrong.push(path.join(".")),
    });
  for (const id of told) if (id !== "") malformed.push(`an error at ${id}, where nothing is lost`);
  return {
    answered: true,
    lost: new Set(errors.map(({ extensions: of }) => String(of?.["source"]))),
    errors: errors.length,
    reasons: errors.map(({ extensions: of }) => (of?.["reason"] ?? null) as string | null),
    retries: new Set(errors.map(({ extensions: of }) => String(of?.["retryAt"]))),
    malformed,
    untold,
    underOneNumber: false,
    wrong,
    nobody,
    leaks: leaks(text),
    sources: extensions?.sources ?? [],
  };
}

/** Whether an answer says that, and nothing of anybody. */
function isUnrecorded(answer: Answer | undefined): boolean {
  const [error, ...others] = answer?.errors ?? [];
  return (
    error?.extensions?.["code"] === unrecorded &&
    others.length === 0 &&
    Object.keys(answer ?? {}).length === 1
  );
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly AnswerError[];
  readonly extensions?: { readonly sources?: readonly Source[] };
}

function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

const codes = new Set<unknown>(["SOURCE_UNAVAILABLE", "SOURCE_TIMEOUT", "SOURCE_ERROR"]);
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What an error lacks. */
function faultsOf({ message, path, extensions }: AnswerError): string[] {
  const { code, source, retryAt, nextStep } = extensions ?? {};
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  const owner = ownerOf(path ?? []);
  const faults = [
    ...(isText(message) ? [] : ["no message"]),
    ...(path?.length ? [] : ["no path"]),
    ...(codes.has(code) ? [] : [`the code ${String(code)}`]),
    ...(source === owner ? [] : [`the source ${String(source)} instead of ${owner}`]),
    ...(isText(nextStep) ? [] : ["no next step"]),
    // Waiting helps against silence, not against nonsense.
    ...((code === "SOURCE_ERROR" ? retryAt === null : instant.test(String(retryAt)))
      ? []
      : [`retryAt ${String(retryAt)} with ${String(code)}`]),
  ];
  return faults.map((fault) => `${fault} at ${path?.join(".")}`);
}

/** The source that answers a field of the Dossier. */
function ownerOf(path: readonly (string | number)[]): string {
  switch (path[1]) {
    case "maritalHistory":
      return path[3] === "spouse" && path[4] !== "pin" && path.length > 4
        ? "population"
        : "civil-status";
    case "healthInsurance":
      return "health-insurance";
    case "enrolments":
      return "education";
    default:
      return "population";
  }
}

type Path = readonly (string | number)[];

interface Findings {
  /** Whether an error stands there; each is asked for once. */
  isTold(path: Path): boolean;
  onUntold(path: Path): void;
  onWrong(path: Path): void;
}

function compare(value: unknown, truth: unknown, path: Path, findings: Findings): void {
  if (value === null) {
    if (!findings.isTold(path) && truth !== null) findings.onUntold(path);
  } else if (Array.isArray(value) && Array.isArray(truth) && value.length === truth.length)
    for (const [index, item] of value.entries())
      compare(item, truth[index], [...path, index], findings);
  else if (isPartOf(value, truth)) findings.onUntold(path);
  else if (isObject(value) && isObject(truth))
    for (const key of new Set([...Object.keys(value), ...Object.keys(truth)])) {
      if (Object.hasOwn(value, key) && Object.hasOwn(truth, key))
        compare(value[key], truth[key], [...path, key], findings);
      else findings.onWrong([...path, key]);
    }
  else if (value !== truth) findings.onWrong(path);
}

/** Whether a list lacks only some of what there is. */
function isPartOf(list: unknown, whole: unknown): boolean {
  return (
    Array.isArray(list) &&
    Array.isArray(whole) &&
    list.every((item) => whole.some((other) => isDeepStrictEqual(item, other)))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
