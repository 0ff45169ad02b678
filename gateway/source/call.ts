import { timeUp } from "../access.ts";
import type { Fetch, SourceCall, SourceLine } from "./data-source.ts";
import type { Failure } from "./read-rows.ts";
import type { Variables } from "./shape.ts";
import { readSourceErrors } from "./source-errors.ts";
import type { SourceError } from "./source-errors.ts";
import type { Outcome } from "./transport.ts";

/** What one call asks a source. */
interface Question {
  /** The operation's text, as JSON. */
  readonly query: string;
  readonly variables: Variables;
  /** Representations and root keys in it. */
  readonly records: number;
}

/** What a source said, or why it said nothing. */
export type Reply =
  | {
      readonly kind: "said";
      readonly data: unknown;
      readonly errors: readonly SourceError[];
    }
  | { readonly kind: "silence"; readonly failure: Failure };

/** What a reply was read as, and whether anything in it was of use. */
export interface ReadReply<T> {
  readonly read: T;
  readonly usable: boolean;
}

/**
 * Asks a source, reads what comes, and reports it: to the client, to the metrics, to the log. Nobody is
 * asked once the client went away or the request's time is up, nor a source that this request waited for
 * in vain before.
 */
export async function callSource<T>(
  { query, variables, records }: Question,
  fetch: Fetch,
  { source, transport, now, onCall }: SourceLine,
  read: (reply: Reply) => ReadReply<T>,
): Promise<T> {
  const { access, reports } = fetch.context;
  const report = ({ usable }: ReadReply<T>, at: number, sent: number) =>
    reports.push({
      name: source.name,
      status: usable ? "FRESH" : "UNAVAILABLE",
      asOf: usable ? new Date(at).toISOString() : null,
      records: sent,
    });
  const { silent } = fetch.record;
  const before = access.signal.aborted ? abandonment(access.signal).code : silent.get(source.name);
  if (before) {
    // Nothing for the log: where the source fell silent, that was logged.
    const unasked = read(silence({ code: before, reason: undefined }));
    report(unasked, now(), 0);
    return unasked.read;
  }
  const started = now();
  const body = `{"query":${query},"variables":${JSON.stringify(variables)}}`;
  const outcome = await transport.send(body, access);
  const ended = now();
  if (outcome.kind === "failed" && outcome.code !== "SOURCE_ERROR")
    silent.set(source.name, outcome.code);
  const result = read(replyOf(outcome, access.signal));
  if (outcome.kind === "answered")
    for (const error of outcome.errors) fetch.reasons.add(reasonOf(error));
  report(result, ended, records);
  onCall({
    source: source.name,
    outcome: outcomeName(outcome, result.usable),
    records,
    seconds: (ended - started) / 1000,
  });
  return result.read;
}

function replyOf(outcome: Outcome, signal: AbortSignal): Reply {
  switch (outcome.kind) {
    case "answered": {
      const { data, errors } = outcome;
      return {
        kind: "said",
        data,
        errors: errors.length === 0 ? noErrors : readSourceErrors(errors),
      };
    }
    case "failed":
      return silence(outcome);
    case "abandoned":
      return silence(abandonment(signal));
  }
}

function silence({ code, reason }: Failure): Reply {
  return { kind: "silence", failure: { code, reason } };
}

/** Why nothing came of a call that was broken off; the source may be as well as ever. */
function abandonment({ reason }: AbortSignal): Failure {
  return reason === timeUp
    ? { code: "SOURCE_TIMEOUT", reason: "no answer before the request's time was up" }
    : { code: "SOURCE_UNAVAILABLE", reason: undefined };
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
