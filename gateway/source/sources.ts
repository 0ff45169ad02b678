import type { GraphQLDataSource } from "@apollo/gateway";
import type { SourceTerms } from "../../schema/terms.ts";
import type { ServiceTokens } from "../identity/service-token.ts";
import type { SourceSchema, Supergraph } from "../federation/supergraph.ts";
import { openAdmission } from "./admission.ts";
import type { SourceQuota } from "../quota/quota.ts";
import type { CacheResult, RowLine } from "./ask-rows.ts";
import { openBatches } from "./batch.ts";
import { openBills } from "./bill.ts";
import type { Unclaimed } from "./bill.ts";
import { openBreaker } from "./breaker.ts";
import type { LineState, OpensAt } from "./breaker.ts";
import { openCache } from "./cache.ts";
import type { SourceCall } from "./call.ts";
import { createDataSource } from "./data-source.ts";
import type { SourceLog } from "./data-source.ts";
import { openLineLog } from "./line-log.ts";
import { openLossLog } from "./loss-log.ts";
import { openLossRecord } from "./loss.ts";
import type { LossRecord } from "./loss.ts";
import type { People } from "./shape.ts";
import { openTurns } from "./turns.ts";
import { openTransport } from "./transport.ts";
import { openWire } from "./wire.ts";
import type { Attempt } from "./wire.ts";

/** Every source of a supergraph, ready to be asked. */
export interface Sources {
  /** By name, as the executor calls them. */
  readonly dataSources: Readonly<Record<string, GraphQLDataSource>>;
  /** What a request has lost so far, by the executor's request context. */
  lossesOf(request: object): LossRecord;
  /** What each line is like, as the calls that were made show it. */
  lines(): WatchedLine[];
  /** Asks every source whether it is there. */
  probe(): Promise<SourceState[]>;
  /** Hangs up; calls under way fail. */
  close(): Promise<void>;
}

/** What an owner's terms say about the line to its source. */
export type LineTerms = Pick<
  SourceTerms,
  | "timeoutMs"
  | "largestBatch"
  | "batchWindowMs"
  | "joinAgencies"
  | "cacheSeconds"
  | "staleSeconds"
  | "countsKeysOnce"
>;

/**
 * The terms of a source that has none. Nothing is kept then: whether answers may be is for the owner to
 * say. 2 seconds, because an officer and a citizen wait at a counter.
 */
const usualTerms: LineTerms = {
  timeoutMs: 2_000,
  largestBatch: 1_000,
  batchWindowMs: 1,
  joinAgencies: true,
  cacheSeconds: 0,
  staleSeconds: 0,
  countsKeysOnce: false,
};

/** An owner's source, and what its line is like. */
export interface WatchedLine extends LineState {
  readonly name: string;
  /** The owner's official name; the source's where its terms name none. */
  readonly owner: string;
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
  /** What each owner's terms say, by source; what they leave out is as in `usualTerms`. */
  readonly terms?: Readonly<
    Record<string, Partial<LineTerms & Pick<SourceTerms, "owner" | "unit">>>
  >;
  /** Milliseconds until the whole answer of a source whose terms name no time must be there. */
  readonly timeoutMs?: number;
  /** Largest answer of a source, in bytes. Default 16 MiB: 1,000 citizens with long lives take 4. */
  readonly maxAnswerBytes?: number;
  /** Bytes of answers kept for each source. Default 64 MiB: some 20,000 long lives. */
  readonly cacheBytes?: number;
  /** Lines to each source. Default 64: more queue up at the source instead of here, and slow it. */
  readonly connections?: number;
  /** Units of the sources that have terms, by source; the others cost nothing. */
  readonly quotas?: ReadonlyMap<string, SourceQuota>;
  /** Makes what each call is proven ours by; without it, they bear no proof. */
  readonly signCall?: ServiceTokens["sign"];
  /** Told of units that no answer shows. Without it nothing is recorded, and the ledger waits for nothing. */
  readonly onUnclaimed?: (unclaimed: Unclaimed) => void;
  /** Types whose objects are people: each is asked who it is, for the log. Undefined where there is none. */
  readonly people?: People | undefined;
  /** A new UUID. */
  readonly newId: () => string;
  /** How many calls of a line must fail for it to open. */
  readonly opensAt?: OpensAt;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A number from 0 to 1, evenly drawn. */
  readonly random: () => number;
  readonly log: SourceLog;
  /** Called once a call, for metrics. */
  readonly onCall?: (call: SourceCall) => void;
  /** Called for each row that is looked for in the cache. */
  readonly onCache?: (source: string, result: CacheResult) => void;
  /** Called for each line when it is opened, and each time that its state changes. */
  readonly onLineState?: (source: string, state: LineState) => void;
}

/**
 * Opens the line to each source of a supergraph.
 *
 * @throws {Error} with a sentence that names a source without a usable URL
 */
export function openSources(options: SourcesOptions): Sources {
  const { supergraph, now, random, log, onCall, signCall } = options;
  const records = new WeakMap<object, LossRecord>();
  const lossesOf = (request: object): LossRecord => {
    const known = records.get(request);
    if (known) return known;
    const record = openLossRecord();
    records.set(request, record);
    return record;
  };
  const connections = options.connections ?? 64;
  const lastCalls = new Map<string, SourceCall>();
  const takeTurn = openTurns();
  const lines = [...supergraph.sources.values()].map((source) => {
    const url = options.urls?.[source.name] ?? source.url;
    if (!/^https?:/.test(url) || !URL.canParse(url))
      throw new Error(
        `The source "${source.name}" has no usable URL ("${url}"); expected http:// or https://.`,
      );
    const terms: LineTerms = {
      ...usualTerms,
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
      ...options.terms?.[source.name],
    };
    const transport = openTransport({
      url,
      timeoutMs: terms.timeoutMs,
      maxAnswerBytes: options.maxAnswerBytes ?? 16 * 2 ** 20,
      connections,
      ...(signCall && { signBody: (body) => signCall({ audience: source.name, body }) }),
    });
    const { timeoutMs } = terms;
    const admission = openAdmission({
      places: connections,
      waiting: connections * 4,
      patienceMs: timeoutMs,
      slowMs: timeoutMs / 20,
      now,
    });
    const logLine = openLineLog(source.name, log);
    const losses = openLossLog(source.name, log);
    const breaker = openBreaker<Attempt>({
      failed: ({ silent }) => silent,
      ...(options.opensAt && { opensAt: options.opensAt }),
      now,
      random,
      onChange(state) {
        if (state.state === "closed") admission.startSlowly();
        logLine(state);
        options.onLineState?.(source.name, state);
      },
    });
    options.onLineState?.(source.name, breaker.state());
    const quota = options.quotas?.get(source.name) ?? freeOfCharge(options.newId());
    const { countsKeysOnce } = terms;
    const { onUnclaimed } = options;
    const openBill =
      onUnclaimed &&
      openBills({
        source: source.name,
        unit: options.terms?.[source.name]?.unit ?? "RECORD",
        onUnclaimed,
      });
    const wire = openWire({
      openBill,
      ...{ transport, admission, breaker, quota, countsKeysOnce, timeoutMs, now, random },
    });
    const rowLine: RowLine = {
      source,
      wire,
      now,
      onLoss: losses.note,
      onCall(call) {
        lastCalls.set(call.source, call);
        onCall?.(call);
      },
      batches: openBatches({ windowMs: terms.batchWindowMs, largest: terms.largestBatch }),
      flights: new Map(),
      onCache: (result) => options.onCache?.(source.name, result),
      cache: openCache({ ...terms, maxBytes: options.cacheBytes ?? 64 * 2 ** 20, now }),
      joinRequests: terms.batchWindowMs > 0,
      joinAgencies: terms.joinAgencies,
      takeTurn,
      tellsAskers: options.terms?.[source.name] !== undefined,
      mayDeny: ({ type }) => mayDeny(type, source, supergraph),
    };
    const dataSource = createDataSource({
      ...{ source, supergraph, rowLine, lossesOf, now, log },
      people: options.people,
    });
    return { source, transport, wire, losses, dataSource };
  });
  return {
    dataSources: Object.fromEntries(
      lines.map(({ source, dataSource }) => [source.name, dataSource]),
    ),
    lossesOf,
    lines: () =>
      lines.map(({ source: { name }, wire }) => ({
        name,
        owner: options.terms?.[name]?.owner ?? name,
        ...wire.state(),
      })),
    probe: () =>
      Promise.all(
        lines.map(async ({ source: { name }, transport, wire }): Promise<SourceState> => {
          if (wire.state().state !== "closed") return { name, state: "down" };
          const status = await transport.status("health");
          if (status === 404) return { name, state: stateAfter(lastCalls.get(name)) };
          return { name, state: status !== null && status < 300 ? "up" : "down" };
        }),
      ),
    async close() {
      for (const { losses } of lines) losses.close();
      await Promise.all(lines.map(({ transport }) => transport.close()));
    },
  };
}

/** What a source's last call tells about it; an answer that was no use still came from somebody. */
function stateAfter(call: SourceCall | undefined): SourceState["state"] {
  if (call === undefined || call.outcome === "abandoned") return "unknown";
  return call.outcome === "ok" || call.outcome === "source_error" ? "up" : "down";
}

/** For a source without terms: every call leaves, and bears a key of its own all the same. */
function freeOfCharge(prefix: string): SourceQuota {
  let calls = 0;
  return {
    reserve: ({ units }) => ({
      kind: "reserved",
      key: `${prefix}.${++calls}`,
      granted: units,
      again: () => false,
      settle: () => ({ kind: "returned" }),
      recorded: () => {},
    }),
  };
}

/**
 * Whether a null row from a source means that there is nobody. Under the contract only the source that
 * looks a type up may say so; elsewhere Federation lets every source.
 */
function mayDeny(type: string, source: SourceSchema, supergraph: Supergraph): boolean {
  if (!supergraph.declaresLookups) return true;
  const owners = [...supergraph.lookups.values()].filter((lookup) => lookup.type === type);
  return owners.length === 0 || owners.some((lookup) => lookup.source === source.name);
}
