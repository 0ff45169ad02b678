import type { FastifyInstance } from "fastify";
import type { SourceState } from "../source/sources.ts";

/** What is known of a source, as `/ready` says it. */
export interface WatchedSource {
  readonly name: string;
  /** UNKNOWN where it has no `/health` and was never called. */
  readonly state: "UP" | "DOWN" | "UNKNOWN";
  /** When it was first seen in that state, ISO 8601. */
  readonly since: string;
}

/** How long a look at the sources serves further asks, so that nobody can make us knock at them. */
const lookMs = 1_000;

/**
 * Looks at the sources when asked, and remembers since when each is in its state.
 *
 * @param now milliseconds since 1970
 */
export function watchSources(
  probe: () => Promise<readonly SourceState[]>,
  now: () => number,
): () => Promise<WatchedSource[]> {
  const seen = new Map<string, WatchedSource>();
  let look: Promise<WatchedSource[]> | undefined;
  let lookedAt = 0;
  const lookNow = async () =>
    (await probe()).map(({ name, state: found }) => {
      const state = found.toUpperCase() as WatchedSource["state"];
      const known = seen.get(name);
      if (known?.state === state) return known;
      const source = { name, state, since: new Date(now()).toISOString() };
      seen.set(name, source);
      return source;
    });
  return () => {
    if (look === undefined || now() - lookedAt >= lookMs) {
      look = lookNow();
      lookedAt = now();
    }
    return look;
  };
}

/**
 * `GET /health` says that the process lives. `GET /ready` says whether it takes requests: 200 until it
 * stops, even with every source down, since it then answers what can be answered and says what cannot;
 * a balancer that took it away would turn a ministry's outage into everybody's.
 */
export function registerHealth(
  app: FastifyInstance,
  options: {
    /** Undefined where whoever may ask must not learn how each of them is. */
    readonly sources?: () => Promise<WatchedSource[]>;
    readonly isStopping: () => boolean;
  },
): void {
  app.get("/health", () => ({ status: "alive" }));
  app.get("/ready", async (_request, reply) => {
    const stopping = options.isStopping();
    reply.code(stopping ? 503 : 200);
    const status = stopping ? "stopping" : "ready";
    return options.sources ? { status, sources: await options.sources() } : { status };
  });
}
