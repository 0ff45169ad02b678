import type { FastifyInstance } from "fastify";
import type { LogState } from "../audit/keep-log.ts";
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

/** Asks for the log's state at most once in `lookMs`, whoever knocks. */
export function watchLog(
  look: () => Promise<LogState>,
  now: () => number,
): () => Promise<LogState> {
  let state: Promise<LogState> | undefined;
  let lookedAt = 0;
  return () => {
    if (state === undefined || now() - lookedAt >= lookMs) {
      state = look();
      lookedAt = now();
    }
    return state;
  };
}

/**
 * `GET /health` says that the process lives. `GET /ready` says whether it takes requests: 200 until it
 * stops, even with every source down, since it then answers what can be answered and says what cannot;
 * a balancer that took it away would turn a ministry's outage into everybody's. 503 too while nothing can
 * be recorded: then it answers nobody about anybody.
 */
export function registerHealth(
  app: FastifyInstance,
  options: {
    /** Undefined where whoever may ask must not learn how each of them is. */
    readonly sources?: () => Promise<WatchedSource[]>;
    /** Undefined where nothing is recorded. */
    readonly log?: (() => Promise<LogState>) | undefined;
    readonly isStopping: () => boolean;
  },
): void {
  app.get("/health", () => ({ status: "alive" }));
  app.get("/ready", async (_request, reply) => {
    const [sources, log] = await Promise.all([options.sources?.(), options.log?.()]);
    const status = options.isStopping()
      ? "stopping"
      : log?.status === "NOT_RECORDING"
        ? "not recording"
        : "ready";
    reply.code(status === "ready" ? 200 : 503);
    return sources ? { status, sources, ...(log && { log }) } : { status };
  });
}
