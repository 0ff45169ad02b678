import { randomUUID } from "node:crypto";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import type { Caller } from "../../gateway/access.ts";
import type { IncompleteField } from "../../gateway/federation/incomplete.ts";
import { createFederation } from "../../gateway/federation/federation.ts";
import { readSupergraph } from "../../gateway/federation/supergraph.ts";
import { everybody } from "../../gateway/http/open-gate.ts";
import type { OpensAt } from "../../gateway/source/breaker.ts";
import type { SourceCall } from "../../gateway/source/call.ts";
import type { RequestContext } from "../../gateway/source/data-source.ts";
import { shapeObject } from "../../gateway/source/shape.ts";
import { openSources } from "../../gateway/source/sources.ts";
import type { LineTerms, Sources, SourcesOptions } from "../../gateway/source/sources.ts";

/** An answer as a client gets it. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any form
  readonly data: any;
  readonly errors: readonly AnswerError[];
  readonly sources: readonly {
    name: string;
    status: string;
    asOf: string | null;
    records: number;
  }[];
  readonly incomplete: readonly IncompleteField[];
}

export interface AnswerError {
  readonly message: string;
  readonly path?: (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Who asks, and until when; an open gateway's caller where it says nothing. */
export interface Asking extends Partial<Caller> {
  /** Aborted when the client goes away. */
  readonly signal?: AbortSignal;
}

/** A gateway over HTTP: Apollo Server, the federation and its sources, without the doors around them. */
export interface FederatedGateway {
  ask(query: string, variables?: Record<string, unknown>, asking?: Asking): Promise<Answer>;
  readonly url: string;
  readonly sources: Sources;
  readonly calls: SourceCall[];
  readonly log: { readonly fields: Readonly<Record<string, unknown>>; readonly message: string }[];
  close(): Promise<void>;
}

/** Starts one over the sources at `urls`. */
export async function startFederatedGateway(options: {
  readonly sdl: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly terms?: Readonly<Record<string, Partial<LineTerms>>>;
  readonly maxAnswerBytes?: number;
  /** As in `SourcesOptions`: by default, calls bear no proof. */
  readonly signCall?: NonNullable<SourcesOptions["signCall"]>;
  /** By default a line stays closed, whatever fails. */
  readonly opensAt?: OpensAt;
  /** Milliseconds since 1970; the machine's clock by default. */
  readonly now?: () => number;
}): Promise<FederatedGateway> {
  const log: FederatedGateway["log"] = [];
  const calls: SourceCall[] = [];
  const keep = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void log.push({ fields, message });
  const { sdl, ...rest } = options;
  const supergraph = readSupergraph(sdl, "the test's supergraph");
  const sources = openSources({
    supergraph,
    opensAt: { size: 1_000, minimumNumberOfCalls: 1_000, threshold: 0.99 },
    now: Date.now,
    ...rest,
    random: Math.random,
    newId: randomUUID,
    log: { warn: keep, error: keep },
    onCall: (call) => void calls.push(call),
  });
  const { gateway } = createFederation({
    supergraph,
    sources,
    shapeObject,
    log: { warn: keep, error: keep },
  });
  const server = new ApolloServer<RequestContext>({
    gateway,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
  });
  let requests = 0;
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: "127.0.0.1" },
    context: ({ req, res }) => {
      const gone = new AbortController();
      res.once("close", () => gone.abort());
      const access = {
        requestId: `request-${++requests}`,
        ...everybody,
        lane: "counter" as const,
        ...(JSON.parse(String(req.headers["x-caller"] ?? "{}")) as Partial<Caller>),
        signal: gone.signal,
      };
      return Promise.resolve({ access, reports: [], charges: [], people: new Set() });
    },
  });
  return {
    url,
    sources,
    calls,
    log,
    async ask(query, variables = {}, { signal, ...caller } = {}) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "x-caller": JSON.stringify(caller) },
        body: JSON.stringify({ query, variables }),
        signal: signal ?? null,
      });
      const text = await response.text();
      const { data = null, errors = [], extensions } = JSON.parse(text);
      const { sources = [], incomplete = [] } = extensions ?? {};
      return { status: response.status, text, data, errors, sources, incomplete };
    },
    async close() {
      await server.stop();
      await sources.close();
    },
  };
}
