import type { Loss, LossCode, Path, Told } from "./loss.ts";
import { isRow } from "./read-row.ts";

/** A GraphQL error that a source sent. Its text stays in the log: it may name hosts, tables, people. */
export interface SourceError {
  readonly path: Path | undefined;
  readonly code: LossCode;
}

/** Codes of a source's own that its clients may act on; every other one becomes SOURCE_ERROR. */
const passedOn: ReadonlySet<string> = new Set<LossCode>([
  "BAD_USER_INPUT",
  "NOT_RECORDED",
  "SOURCE_UNAVAILABLE",
  "SOURCE_TIMEOUT",
  "QUOTA_EXHAUSTED",
]);

/** Reads the `errors` of an answer; what is no error in it counts as one without a path. */
export function readSourceErrors(errors: readonly unknown[]): SourceError[] {
  return errors.map((error) => {
    const { path, extensions } = Object(error) as Record<string, unknown>;
    const code = isRow(extensions) ? extensions["code"] : undefined;
    return {
      path: isPath(path) ? path : undefined,
      code: typeof code === "string" && passedOn.has(code) ? (code as LossCode) : "SOURCE_ERROR",
    };
  });
}

function isPath(value: unknown): value is Path {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((key) => typeof key === "string" || typeof key === "number")
  );
}

/** Milliseconds after which a source that could not be reached is worth another question. */
const retryAfter = 5_000;

const sentences: Record<LossCode, (source: string) => string> = {
  SOURCE_UNAVAILABLE: (source) =>
    `The source "${source}" could not be reached, so this is not known.`,
  SOURCE_TIMEOUT: (source) =>
    `Time was up before the source "${source}" answered, so this is not known.`,
  SOURCE_ERROR: (source) => `The source "${source}" gave no usable answer, so this is not known.`,
  QUOTA_EXHAUSTED: (source) =>
    `The day's records of the source "${source}" are spent, so this was not asked.`,
  NOT_RECORDED: (source) =>
    `The source "${source}" has nothing on record from which this could be told.`,
  BAD_USER_INPUT: (source) => `The source "${source}" refused an argument of this field.`,
};

const nextSteps: Record<LossCode, string> = {
  SOURCE_UNAVAILABLE: "Ask for this field again from `retryAt` on; the rest of the answer stands.",
  SOURCE_TIMEOUT: "Ask for this field again from `retryAt` on; the rest of the answer stands.",
  SOURCE_ERROR: "Tell the gateway's operator the request id; the rest of the answer stands.",
  QUOTA_EXHAUSTED:
    "Ask for this field again from `resetsAt` on, or have an operator grant your agency more; the rest of the answer stands.",
  NOT_RECORDED: "Ask the office that keeps the record; the rest of the answer stands.",
  BAD_USER_INPUT: "Correct the argument and ask again; the rest of the answer stands.",
};

/** What the client is told about something that a source did not answer. */
export function describeLoss(
  code: LossCode,
  source: string,
  now: number,
  { retryAt, ...told }: Told = {},
): Loss {
  const waiting = code === "SOURCE_UNAVAILABLE" || code === "SOURCE_TIMEOUT";
  return {
    code,
    source,
    message: sentences[code](source),
    retryAt: waiting ? (retryAt ?? new Date(now + retryAfter).toISOString()) : null,
    nextStep: nextSteps[code],
    told,
  };
}
