import type { GraphQLDataSource } from "@apollo/gateway";
import type { Supergraph } from "../federation/supergraph.ts";
import { createDataSource } from "./data-source.ts";
import type { SourceCall, SourceLog } from "./data-source.ts";
import { openLossRecord } from "./loss.ts";
import type { LossRecord } from "./loss.ts";
import { openTransport } from "./transport.ts";

/** Every source of a supergraph, ready to be asked. */
export interface Sources {
  /** By name, as the executor calls them. */
  readonly dataSources: Readonly<Record<string, GraphQLDataSource>>;
  /** What a request has lost so far, by the executor's request context. */
  lossesOf(request: object): LossRecord;
  /** Asks every source whether it is there. */
  probe(): Promise<SourceState[]>;
  /** Hangs up; calls under way fail. */
  close(): Promise<void>;
}

/** Whether a source can be asked; `unknown` where it has no `/health` and was never called. */
export interface SourceState {
  readonly name: string;
  readonly state: "up" | "down" | "unknown";
}

export interface SourcesOptions {
  readonly supergraph: Supergraph;
  /** URLs by source, instead of those in the supergraph. */
  readonly urls?: Readonly<Record<string, string>>;
  /** Milliseconds by source until its whole answer must be there; 1 to 60,000. */
  readonly timeoutsMs?: Readonly<Record<string, number>>;
  /** Milliseconds for every other source. Default 2,000: an officer and a citizen wait at a counter. */
  readonly timeoutMs?: number;
  /** Largest answer of a source, in bytes. Default 16 MiB: 1,000 citizens with long lives take 4. */
  readonly maxAnswerBytes?: number;
  /** Lines to each source. Default 64: more queue up at the source instead of here, and slow it. */
  readonly connections?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: SourceLog;
  /** Called once a call, for metrics. */
  readonly onCall?: (call: SourceCall) => void;
}

/**
 * Opens the line to each source of a supergraph.
 *
 * @throws {Error} with a sentence that names a source without a usable URL
 */
export function openSources(options: SourcesOptions): Sources {
  const { supergraph, now, log, onCall } = options;
  const records = new WeakMap<object, LossRecord>();
  const lossesOf = (request: object): LossRecord => {
    const known = records.get(request);
    if (known) return known;
    const record = openLossRecord();
    records.set(request, record);
    return record;
  };
  const lastCalls = new Map<string, SourceCall>();
  const lines = [...supergraph.sources.values()].map((source) => {
    const url = options.urls?.[source.name] ?? source.url;
    if (!/^https?:/.test(url) || !URL.canParse(url))
      throw new Error(
        `The source "${source.name}" has no usable URL ("${url}"); expected http:// or https://.`,
      );
    const transport = openTransport({
      url,
      timeoutMs: options.timeoutsMs?.[source.name] ?? options.timeoutMs ?? 2_000,
      maxAnswerBytes: options.maxAnswerBytes ?? 16 * 2 ** 20,
      connections: options.connections ?? 64,
    });
    const dataSource = createDataSource({
      source,
      supergraph,
      transport,
      lossesOf,
      now,
      log,
      onCall(call) {
        lastCalls.set(call.source, call);
        onCall?.(call);
      },
    });
    return { source, transport, dataSource };
  });
  return {
    dataSources: Object.fromEntries(
      lines.map(({ source, dataSource }) => [source.name, dataSource]),
    ),
    lossesOf,
    probe: () =>
      Promise.all(
        lines.map(async ({ source: { name }, transport }): Promise<SourceState> => {
          const status = await transport.status("health");
          if (status === 404) return { name, state: stateAfter(lastCalls.get(name)) };
          return { name, state: status !== null && status < 300 ? "up" : "down" };
        }),
      ),
    async close() {
      await Promise.all(lines.map(({ transport }) => transport.close()));
    },
  };
}

/** What a source's last call tells about it; an answer that was no use still came from somebody. */
function stateAfter(call: SourceCall | undefined): SourceState["state"] {
  if (call === undefined || call.outcome === "abandoned") return "unknown";
  return call.outcome === "ok" || call.outcome === "source_error" ? "up" : "down";
}
