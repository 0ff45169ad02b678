import type { FastifyInstance } from "fastify";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { lanes } from "../../schema/terms.ts";
import type { LaneStanding } from "../quota/standing.ts";
import type { CacheResult } from "../source/ask-rows.ts";
import type { LineState } from "../source/breaker.ts";
import type { SourceCall } from "../source/call.ts";
import { outcomes } from "./graphql.ts";
import type { RequestRecord } from "./graphql.ts";

export interface Metrics {
  /** Shows at each look what the lanes may still take; nothing while that cannot be read. */
  readonly showQuota: (readStandings: () => Promise<readonly LaneStanding[]>) => void;
  readonly registry: Registry;
  readonly countRequest: (record: RequestRecord) => void;
  readonly countSourceCall: (call: SourceCall) => void;
  readonly countCache: (source: string, result: CacheResult) => void;
  readonly observeAppend: (seconds: number) => void;
  readonly showLine: (source: string, state: LineState) => void;
}

const lineStates: readonly LineState["state"][] = ["closed", "recovering", "open"];

/** Around the 2 seconds that a source has, and finer where a counter's patience is measured. */
const seconds = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

/** Metrics in a registry of their own: two gateways in one process must not count together. */
export function createMetrics(sources: Iterable<string>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "lienthong_" });
  const requests = new Counter({
    name: "lienthong_requests_total",
    help: "Requests to /graphql, by how they ended",
    labelNames: ["outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "lienthong_request_duration_seconds",
    help: "Time from a request's body to its answer",
    buckets: seconds,
    registers,
  });
  const calls = new Counter({
    name: "lienthong_source_calls_total",
    help: "HTTP calls to sources, by how they ended",
    labelNames: ["source", "outcome"],
    registers,
  });
  const records = new Counter({
    name: "lienthong_source_records_total",
    help: "Representations and root keys sent to sources",
    labelNames: ["source", "lane"],
    registers,
  });
  const callDuration = new Histogram({
    name: "lienthong_source_call_duration_seconds",
    help: "Time of one HTTP call to a source",
    labelNames: ["source"],
    buckets: seconds,
    registers,
  });
  const cache = new Counter({
    name: "lienthong_cache_total",
    help: "Rows looked for in the cache, and stale ones that stood in for a silent source",
    labelNames: ["source", "result"],
    registers,
  });
  const append = new Histogram({
    name: "lienthong_audit_append_duration_seconds",
    help: "Time until the log held a request's entries, or it was known that it does not",
    buckets: seconds,
    registers,
  });
  const breaker = new Gauge({
    name: "lienthong_breaker_state",
    help: "A source's line: 0 closed, 1 one call tries it, 2 open",
    labelNames: ["source"],
    registers,
  });
  // A series that begins at 0 lets an alert see its first increase.
  for (const outcome of outcomes) requests.inc({ outcome }, 0);
  for (const source of sources) {
    calls.inc({ source, outcome: "ok" }, 0);
    for (const lane of lanes) records.inc({ source, lane }, 0);
    callDuration.zero({ source });
    for (const result of ["hit", "miss", "stale"] satisfies CacheResult[])
      cache.inc({ source, result }, 0);
  }
  return {
    registry,
    countRequest({ outcome, ms }) {
      requests.inc({ outcome });
      duration.observe(ms / 1000);
    },
    countCache: (source, result) => cache.inc({ source, result }),
    showQuota(readStandings) {
      const remaining = new Gauge({
        name: "lienthong_quota_remaining",
        help: "Units that a lane may still take of its owner's day",
        labelNames: ["source", "lane"],
        registers: [],
        async collect() {
          this.reset();
          for (const { source, lane, limit, used, reserved } of await readStandings().catch(
            () => [],
          ))
            if (limit !== null) this.set({ source, lane }, limit - used - reserved);
        },
      });
      registry.registerMetric(remaining);
    },
    observeAppend: (seconds) => append.observe(seconds),
    showLine: (source, { state }) => breaker.set({ source }, lineStates.indexOf(state)),
    countSourceCall({ source, lane, outcome, records: sent, seconds: taken }) {
      calls.inc({ source, outcome });
      records.inc({ source, lane }, sent);
      callDuration.observe({ source }, taken);
    },
  };
}

/** `GET /metrics`, in Prometheus' text format. */
export function registerMetrics(app: FastifyInstance, { registry }: Metrics): void {
  app.get("/metrics", async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
