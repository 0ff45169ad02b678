import { Pool } from "undici";
import type { Dispatcher } from "undici";
import type { SourceErrorCode } from "../errors.ts";
import { isRow } from "./read-row.ts";

/** One source's line. */
export interface Transport {
  /** Sends the JSON text of a GraphQL request. Never rejects. */
  send(body: string, call: Call): Promise<Outcome>;
  /** Fetches a path beside the GraphQL endpoint; its HTTP status, or null where none came in time. */
  status(path: string): Promise<number | null>;
  close(): Promise<void>;
}

/** What belongs to one call. */
export interface Call {
  readonly requestId: string;
  /** Never used for another body; an owner that counts it once counts a repetition not at all. */
  readonly idempotencyKey: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What came of a call. `reason` is for the log alone: it may name addresses. */
export type Outcome =
  | {
      readonly kind: "answered";
      readonly data: unknown;
      readonly errors: readonly unknown[];
      readonly status: number;
      readonly account: Account;
    }
  | Failed
  /** `sent`: whether the call had a line to leave by. */
  | { readonly kind: "abandoned"; readonly sent: boolean };

/** What an answer's head says of how the owner counted the call; null where it says nothing. */
export interface Account {
  /** The owner's clock: the header `date`. */
  readonly date: string | null;
  /** The owner's day on which it was counted: `meter-day`, `YYYY-MM-DD`. */
  readonly day: string | null;
  /** How much was counted: `meter-records`. */
  readonly records: number | null;
}

/** A call of which nothing useful came. */
export interface Failed {
  readonly kind: "failed";
  readonly code: SourceErrorCode;
  /** For the log alone: it may name addresses. */
  readonly reason: string;
  /** Where it got to: no connection was made, the line broke or stayed silent, or an answer came. */
  readonly reached: "nobody" | "line" | "source";
}

export interface TransportOptions {
  /** Absolute URL of the GraphQL endpoint. */
  readonly url: string;
  /** Milliseconds from the call until the whole answer must be there, waiting for a line included. */
  readonly timeoutMs: number;
  /** Largest answer, in bytes. */
  readonly maxAnswerBytes: number;
  /** Lines kept open at most; further calls wait for one. */
  readonly connections: number;
  /** Makes the service token of one call, which serves once; without it the source need not know us. */
  readonly signBody?: (body: string) => string;
}

/**
 * Milliseconds for which an idle line is kept. Below the 5 s after which a Node.js server closes it,
 * so that a call does not meet a line that is just being closed.
 */
const keepAliveTimeout = 4_000;

/** Opens the line to a source; connections are made when first needed. */
export function openTransport(options: TransportOptions): Transport {
  const { timeoutMs, signBody } = options;
  const url = new URL(options.url);
  const path = `${url.pathname}${url.search}`;
  const pool = new Pool(url.origin, {
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout,
    connect: { timeout: timeoutMs },
    // One deadline of our own covers them, and a slow drip besides.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const exchange = (request: Dispatcher.DispatchOptions, signal?: AbortSignal) =>
    collectAnswer(pool, request, { ...options, signal });
  return {
    async send(body, { requestId, idempotencyKey, signal }) {
      if (signal.aborted) return { kind: "abandoned", sent: false };
      const headers: Record<string, string> = {
        ...jsonHeaders,
        "x-request-id": requestId,
        "idempotency-key": idempotencyKey,
      };
      try {
        if (signBody) headers["authorization"] = `Bearer ${signBody(body)}`;
      } catch (error) {
        return connectionFailure(error as Error, false);
      }
      const answer = await exchange({ path, method: "POST", headers, body }, signal);
      return answer.kind === "answer" ? readAnswer(answer) : answer;
    },
    async status(beside) {
      const { pathname } = new URL(beside, url);
      const answer = await exchange({ path: pathname, method: "GET" });
      return answer.kind === "answer" ? answer.status : null;
    },
    // Not close(): it would wait for a source that never answers.
    close: () => pool.destroy(),
  };
}

const jsonHeaders = {
  "content-type": "application/json",
  accept: "application/graphql-response+json, application/json",
} as const;

interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly account: Account;
}

/** Sends a request and collects the whole answer, within the deadline and the limit. */
function collectAnswer(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  limits: Pick<TransportOptions, "timeoutMs" | "maxAnswerBytes"> & {
    signal: AbortSignal | undefined;
  },
): Promise<Answer | Exclude<Outcome, { kind: "answered" }>> {
  const { timeoutMs, maxAnswerBytes, signal } = limits;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let contentType = "";
    let account: Account = { date: null, day: null, records: null };
    let line: Dispatcher.DispatchController | undefined;
    let done = false;
    const settle = (outcome: Answer | Exclude<Outcome, { kind: "answered" }>) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abandon);
      resolve(outcome);
    };
    /** Settles at once, and hangs up as soon as there is a line to hang up. */
    const cut = (outcome: Exclude<Outcome, { kind: "answered" }>) => {
      settle(outcome);
      line?.abort(new Error("The gateway hung up."));
    };
    const abandon = () => cut({ kind: "abandoned", sent: line !== undefined });
    const timer = setTimeout(() => {
      cut({
        kind: "failed",
        code: "SOURCE_TIMEOUT",
        reason: `no answer within ${timeoutMs} ms`,
        reached: line ? "line" : "nobody",
      });
    }, timeoutMs);
    signal?.addEventListener("abort", abandon);
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        line = controller;
        if (done) controller.abort(new Error("The gateway hung up."));
      },
      onResponseStart(_, statusCode, headers) {
        status = statusCode;
        contentType = String(headers["content-type"] ?? "");
        account = readAccount(headers);
      },
      onResponseData(_, chunk) {
        bytes += chunk.length;
        if (bytes <= maxAnswerBytes) chunks.push(chunk);
        else
          cut({
            kind: "failed",
            code: "SOURCE_ERROR",
            reason: `an answer of more than ${maxAnswerBytes} bytes`,
            reached: "source",
          });
      },
      onResponseEnd() {
        const [first] = chunks;
        const text = chunks.length === 1 && first ? first : Buffer.concat(chunks);
        settle({
          kind: "answer",
          status,
          contentType,
          text: text.toString("utf8"),
          account,
        });
      },
      onResponseError(_, error) {
        settle(connectionFailure(error, line !== undefined));
      },
    };
    try {
      pool.dispatch(request, handler);
    } catch (error) {
      settle(connectionFailure(error as Error, false));
    }
  });
}

function readAccount(headers: Readonly<Record<string, string | string[] | undefined>>): Account {
  const text = (name: string) => {
    const value = headers[name];
    return typeof value === "string" ? value : null;
  };
  const records = text("meter-records");
  return {
    date: text("date"),
    day: text("meter-day"),
    records: records !== null && /^\d+$/.test(records) ? Number(records) : null,
  };
}

/** @param sent whether the call had a line to leave by */
function connectionFailure(error: Error, sent: boolean): Failed {
  const code = (error as NodeJS.ErrnoException).code ?? error.name;
  const reached = sent ? "line" : "nobody";
  return code === "UND_ERR_CONNECT_TIMEOUT"
    ? { kind: "failed", code: "SOURCE_TIMEOUT", reason: "no connection in time", reached }
    : { kind: "failed", code: "SOURCE_UNAVAILABLE", reason: `${code}: ${error.message}`, reached };
}

/** Statuses by which a balancer or the source itself says: not now. */
const notNow: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Reads what the source sent as a GraphQL answer. */
function readAnswer({ status, contentType, text, account }: Answer): Outcome {
  const refuse = (reason: string, code: SourceErrorCode = "SOURCE_ERROR"): Outcome => ({
    kind: "failed",
    code,
    reason,
    reached: "source",
  });
  if (notNow.has(status)) return refuse(`HTTP ${status}`, "SOURCE_UNAVAILABLE");
  // A GraphQL server refuses a request with a 4xx and a JSON answer that says why.
  if (status >= 500 || (status >= 300 && status < 400)) return refuse(`HTTP ${status}`);
  if (!/\bjson\b/.test(contentType))
    return refuse(`HTTP ${status} with content type "${contentType}" instead of JSON`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse(`HTTP ${status} with a body that is not JSON`);
  }
  if (!isRow(json)) return refuse("JSON that is no GraphQL answer");
  const { data = null, errors } = json;
  if (errors !== undefined && !Array.isArray(errors)) return refuse("`errors` that is no list");
  if (data === null && !errors?.length) return refuse(`HTTP ${status} without data or errors`);
  if (status >= 400 && data !== null) return refuse(`HTTP ${status} with data`);
  return { kind: "answered", data, errors: errors ?? [], status, account };
}
