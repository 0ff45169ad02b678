import type { Lane } from "../../schema/terms.ts";
import type { Caller } from "../access.ts";
import type { SourceLog } from "./data-source.ts";
import type { OperationText } from "./operation-text.ts";
import type { Failure } from "./read-rows.ts";
import type { Variables } from "./shape.ts";
import { readSourceErrors } from "./source-errors.ts";
import type { SourceError } from "./source-errors.ts";
import type { Outcome } from "./transport.ts";
import type { Wire } from "./wire.ts";

/** How one call to a source went, for metrics. */
export interface SourceCall {
  readonly source: string;
  readonly lane: Lane;
  readonly outcome: "ok" | "abandoned" | "source_unavailable" | "source_timeout" | "source_error";
  /** Representations and root keys that were sent. */
  readonly records: number;
  readonly seconds: number;
}

/** What one call asks a source, for one request or for many. */
export interface Question {
  readonly operation: OperationText;
  /** The values of the operation's variables. */
  readonly variables: Variables;
  /** Representations, each as JSON; undefined where the operation asks a root. */
  readonly representations?: readonly string[];
  /** Representations and root keys in it. */
  readonly records: number;
  readonly lane: Lane;
  /** Who asks for the rows: for each representation those who do, by their place in `callers`. */
  readonly askers: Askers;
  readonly requestId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Whom the source is told that its rows are for. */
export interface Askers {
  readonly callers: readonly Pick<Caller, "agency" | "purpose">[];
  readonly rows: readonly (number | readonly number[])[];
}

/** What a source said, or why it said nothing. */
export type Reply =
  | {
      readonly kind: "said";
      readonly data: unknown;
      readonly errors: readonly SourceError[];
      /** Milliseconds since 1970. */
      readonly at: number;
      /** Size of the answer. */
      readonly bytes: number;
    }
  | {
      readonly kind: "silence";
      readonly failure: Failure;
      /** Whether the source may have counted what was sent. */
      readonly sent: boolean;
    };

/** What a reply was read as. */
export interface ReadReply<T> {
  readonly read: T;
  /** Whether anything in it was of use. */
  readonly usable: boolean;
  /** What was not, for the log; names types and fields, never a value. */
  readonly reasons: Iterable<string>;
}

export interface CallLine {
  readonly source: { readonly name: string };
  readonly wire: Wire;
  /** Milliseconds since 1970, with fractions where the clock has them. */
  readonly now: () => number;
  readonly log: SourceLog;
  readonly onCall: (call: SourceCall) => void;
}

/**
 * Asks a source, reads what comes, and reports the call to the metrics and the log. What the source does
 * never makes it reject.
 */
export async function callSource<T>(
  question: Question,
  { source, wire, now, log, onCall }: CallLine,
  read: (reply: Reply) => ReadReply<T>,
): Promise<T> {
  const { requestId, signal, records, lane, operation } = question;
  const started = now();
  const { reads } = operation;
  const body = writeBody(question);
  const outcome = await wire.send({ body, requestId, signal, lane, reads });
  const ended = now();
  const result = read(readOutcome(outcome, ended));
  if (wasMade(outcome))
    onCall({
      source: source.name,
      lane,
      outcome: outcomeName(outcome, result.usable),
      records,
      seconds: (ended - started) / 1000,
    });
  const reasons = new Set(result.reasons);
  if (outcome.kind === "answered") for (const error of outcome.errors) reasons.add(reasonOf(error));
  if (outcome.kind === "failed" && outcome.reason !== undefined) reasons.add(outcome.reason);
  if (reasons.size > 0)
    log.warn(
      { source: source.name, requestId, ...listReasons(reasons) },
      "a source lost something",
    );
  return result.read;
}

/** How many reasons one line of the log names. */
const reasonsLogged = 5;

export function listReasons(reasons: ReadonlySet<string>): { reasons: string[]; more: number } {
  return {
    reasons: [...reasons].slice(0, reasonsLogged),
    more: Math.max(0, reasons.size - reasonsLogged),
  };
}

function writeBody({ operation, variables, representations, askers }: Question): string {
  const text = JSON.stringify(variables);
  const values =
    representations === undefined
      ? text
      : `{"representations":[${representations.join()}]${text === "{}" ? "}" : `,${text.slice(1)}`}`;
  return `{"query":${operation.query},"variables":${values},"extensions":${JSON.stringify({ askers: askers.callers, rows: askers.rows })}}`;
}

/** Whether a call left; a line that is open makes none. */
function wasMade(outcome: Outcome): boolean {
  return outcome.kind !== "failed" || outcome.retryAt === undefined;
}

function readOutcome(outcome: Outcome, at: number): Reply {
  switch (outcome.kind) {
    case "answered": {
      const { data, errors, bytes } = outcome;
      return {
        kind: "said",
        data,
        errors: errors.length === 0 ? noErrors : readSourceErrors(errors),
        at,
        bytes,
      };
    }
    case "failed": {
      const { code, reason, retryAt } = outcome;
      const failure = { code, reason, ...(retryAt !== undefined && { retryAt }) };
      return { kind: "silence", failure, sent: outcome.reached !== "nobody" };
    }
    case "abandoned":
      return {
        kind: "silence",
        failure: { code: "SOURCE_UNAVAILABLE", reason: undefined },
        sent: true,
      };
  }
}

function outcomeName(outcome: Outcome, usable: boolean): SourceCall["outcome"] {
  if (outcome.kind === "abandoned") return "abandoned";
  if (outcome.kind === "answered") return usable ? "ok" : "source_error";
  switch (outcome.code) {
    case "SOURCE_UNAVAILABLE":
      return "source_unavailable";
    case "SOURCE_TIMEOUT":
      return "source_timeout";
    case "SOURCE_ERROR":
      return "source_error";
  }
}

/** What the log keeps of a source's error: its code. Its message may speak of a person. */
function reasonOf(error: unknown): string {
  const { extensions } = Object(error) as { extensions?: { code?: unknown } };
  const code = extensions?.code;
  // A source may put anything there, a personal number too; only what looks like a code is logged.
  const told = typeof code === "string" && /^[A-Z_]{1,40}$/.test(code);
  return told ? `GraphQL error ${code}` : "GraphQL error without a usual code";
}

const noErrors: SourceError[] = [];
