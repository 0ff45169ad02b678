import type { Lane } from "../../schema/terms.ts";
import type { Access } from "../access.ts";
import type { Refusal } from "../quota/quota.ts";
import type { Bill } from "./bill.ts";
import type { LossLog } from "./loss-log.ts";
import type { OperationText } from "./operation-text.ts";
import type { Failure } from "./read-rows.ts";
import type { Variables } from "./shape.ts";
import { readSourceErrors } from "./source-errors.ts";
import type { SourceError } from "./source-errors.ts";
import type { Outcome } from "./transport.ts";
import type { Sent, Units, Wire } from "./wire.ts";

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
  readonly lane: Lane;
  readonly requestId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Whether it only reads. */
  readonly reads: boolean;
  /** Representations and root keys that it would ask for, by the agency that is to be charged. */
  units(): Units;
  /** Writes the call for as many of them as there are units: see `writeBody`. */
  write(granted: Units): string;
}

/** What a call says to the source. */
export interface Body {
  readonly operation: OperationText;
  /** The values of the operation's variables. */
  readonly variables: Variables;
  /** Representations, each as JSON; undefined where the operation asks a root. */
  readonly representations?: readonly string[];
  /** Undefined where the source has no terms with us, and so no business with who asks. */
  readonly askers: Askers | undefined;
}

/** Whom the source is told that its rows are for. */
export interface Askers {
  /** The requests, each of which asks for a row at least. */
  readonly accesses: readonly Access[];
  /** For each row those who ask, by place in `accesses`; none where one asks for all that is asked. */
  readonly rows: readonly (number | readonly number[])[];
}

/** What a source said, or why it said nothing; `counted`: whether what was sent costs its units. */
export type Reply =
  | {
      readonly kind: "said";
      readonly data: unknown;
      readonly errors: readonly SourceError[];
      /** Milliseconds since 1970. */
      readonly at: number;
      readonly counted: boolean;
      /** Who bears what was sent; undefined where nothing is recorded, or nothing spent. */
      readonly bill: Bill | undefined;
    }
  | {
      readonly kind: "silence";
      readonly failure: Failure;
      readonly counted: boolean;
      readonly bill: Bill | undefined;
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
  /** Whether the source is told who asks: by its terms, which a foreign one has not. */
  readonly tellsAskers: boolean;
  readonly wire: Wire;
  /** Milliseconds since 1970, with fractions where the clock has them. */
  readonly now: () => number;
  /** Told why a call lost something, for the log. */
  readonly onLoss: LossLog["note"];
  readonly onCall: (call: SourceCall) => void;
}

/**
 * Asks a source, reads what comes, and reports the call to the metrics and the log. What the source does
 * never makes it reject.
 */
export async function callSource<T>(
  question: Question,
  { source, wire, now, onLoss, onCall }: CallLine,
  read: (reply: Reply) => ReadReply<T>,
): Promise<T> {
  const { requestId, lane } = question;
  const started = now();
  const sent = await wire.send(question);
  const { outcome, granted } = sent;
  const ended = now();
  const result = read(readOutcome(sent, ended));
  const reasons = new Set(result.reasons);
  switch (outcome.kind) {
    case "held":
      if (outcome.reason !== undefined) reasons.add(outcome.reason);
      break;
    case "refused":
      break;
    default:
      onCall({
        source: source.name,
        lane,
        outcome: outcomeName(outcome, result.usable),
        records: countUnits(granted),
        seconds: (ended - started) / 1000,
      });
      if (outcome.kind === "answered")
        for (const error of outcome.errors) reasons.add(reasonOf(error));
      if (outcome.kind === "failed") reasons.add(outcome.reason);
  }
  onLoss(requestId, reasons);
  return result.read;
}

function countUnits(units: Units): number {
  let count = 0;
  for (const one of units.values()) count += one;
  return count;
}

/** The JSON text of a call. */
export function writeBody({ operation, variables, representations, askers }: Body): string {
  const text = JSON.stringify(variables);
  const values =
    representations === undefined
      ? text
      : `{"representations":[${representations.join()}]${text === "{}" ? "}" : `,${text.slice(1)}`}`;
  const said = `{"query":${operation.query},"variables":${values}`;
  if (askers === undefined) return `${said}}`;
  const { accesses, rows } = askers;
  return `${said},"extensions":{"askers":[${accesses.map(writeAsker).join()}],"rows":${JSON.stringify(rows)}}}`;
}

/** Who asks, as owners read it: `subgraphs/kit/row-askers.ts`. */
function writeAsker({ agency, purpose, lane, requestId, caseNumber }: Access): string {
  return JSON.stringify({ agency, purpose, lane, requestId, case: caseNumber });
}

function readOutcome({ outcome, counted, bill }: Sent, at: number): Reply {
  switch (outcome.kind) {
    case "answered": {
      const { data, errors } = outcome;
      return {
        kind: "said",
        data,
        errors: errors.length === 0 ? noErrors : readSourceErrors(errors),
        at,
        counted,
        bill,
      };
    }
    case "failed": {
      const { code, reason } = outcome;
      return { kind: "silence", failure: { code, reason }, counted, bill };
    }
    case "abandoned": {
      const failure = { code: "SOURCE_UNAVAILABLE", reason: undefined } as const;
      return { kind: "silence", failure, counted, bill };
    }
    case "held": {
      const { retryAt } = outcome;
      const told = { retryAt: new Date(retryAt).toISOString() };
      const failure = { code: "SOURCE_UNAVAILABLE", reason: undefined, told } as const;
      return { kind: "silence", failure, counted, bill };
    }
    case "refused":
      return { kind: "silence", failure: failureOf(outcome.refusal), counted, bill };
  }
}

function failureOf(refusal: Refusal): Failure {
  const { kind: _, ...told } = refusal;
  const code = refusal.kind === "exhausted" ? "QUOTA_EXHAUSTED" : "SOURCE_UNAVAILABLE";
  return { code, reason: undefined, told };
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
