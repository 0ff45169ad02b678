import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import type { QuotaClock } from "./clock.ts";
import { openCountedSource } from "./counted-source.ts";
import { openLedgerSource } from "./ledger-source.ts";
import type { FetchOwner } from "./meter.ts";

/** The owners' units: what a call must have before it leaves, and what becomes of it afterwards. */

/** What a call wants to spend, for each agency whose rows travel in it. */
export interface Ask {
  readonly lane: Lane;
  /** Units by agency. The order in which they are served where not all are left. */
  readonly units: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
}

/** Units are put aside and a call slot is taken; the call must leave at once, and be settled exactly once. */
export interface Reservation {
  readonly kind: "reserved";
  /** The idempotency key, `<lease id>.<number>`. */
  readonly key: string;
  /** Units by agency; less than asked where not all are left: send that many rows, ask again for the rest. */
  readonly granted: ReadonlyMap<string, number>;
  /**
   * Takes another call slot for the same key and body, where the owner counts a key once: a retry is a
   * call of the owner's calls a second too. False where it must not leave: the owner may count it on a
   * day it was not charged to, or no slot came in time. Only before `settle`.
   */
  again(signal: AbortSignal): boolean | Promise<boolean>;
  /**
   * Books the outcome. Never throws, never waits; a second time does nothing.
   *
   * @param toBeRecorded whether `recorded` will say when the log holds what was spent, false by default:
   *   until then the ledger is not told, so that a process which dies in between leaves its lease to the
   *   owner's word
   * @returns how the units stand in the ledger
   */
  settle(outcome: Settlement, toBeRecorded?: boolean): Booked;
  /** The log holds what was spent. */
  recorded(): void;
}

/** On which of the owner's days a call's units are spent; in doubt until the owner says; or not spent. */
export type Booked =
  | { readonly kind: "spent"; readonly days: readonly string[] }
  | { readonly kind: "doubt" }
  | { readonly kind: "returned" };

export type Settlement =
  /** An HTTP 2xx that parses. The answer's `date` header, and `meter-day` of an owner with a meter. */
  | {
      readonly kind: "spent";
      readonly ownerDate: string | null;
      readonly countedDay: string | null;
    }
  /** No connection was made, or the owner's own well-formed refusal. */
  | { readonly kind: "returned"; readonly ownerDate: string | null }
  | { readonly kind: "doubt" };

export type Refusal =
  | { readonly kind: "exhausted"; readonly lane: Lane; readonly resetsAt: string }
  | {
      readonly kind: "unavailable";
      readonly reason: "LEDGER_UNAVAILABLE" | "RATE_LIMITED" | "OWNER_CLOCK";
      readonly retryAt: string;
    };

export interface SourceQuota {
  /** At once wherever units and slot are at hand. Never rejects. */
  reserve(ask: Ask): Reservation | Refusal | Promise<Reservation | Refusal>;
}

/** A source whose units are kept, and the work that its keeping needs. */
export interface KeptSource extends SourceQuota {
  /** Gives back what is not used, renews what is, books what has ended. @throws {Error} of the database */
  tidy(): Promise<void>;
  /** As `tidy`, when no more calls will come. @throws {Error} of the database */
  close(): Promise<void>;
}

export interface QuotaOptions {
  readonly database: GatewayDatabase;
  /** The sources that have terms, and where each answers. */
  readonly sources: ReadonlyMap<string, { readonly terms: SourceTerms; readonly url: string }>;
  readonly clock: QuotaClock;
  /** A new UUID. */
  readonly newId: () => string;
  /** Lines to each source, from 1; default 64. */
  readonly connections?: number;
  readonly fetchOwner: FetchOwner;
  /** Told when the ledger fails, and not again until it has answered. */
  readonly onFailure: (error: unknown) => void;
}

export interface Quota {
  /** By the source's name. */
  readonly sources: ReadonlyMap<string, SourceQuota>;
  /** To be run some five times a second; does nothing while the last one runs or nothing is held. */
  step(): Promise<void>;
  /** Gives everything back. What cannot be is left to be settled with the owners. */
  close(): Promise<void>;
}

/** Opens the quota of every source that has terms. Asks the database for nothing until a call comes. */
export function openQuota(options: QuotaOptions): Quota {
  const { database, clock, newId, connections = 64, fetchOwner } = options;
  const process = newId();
  let failing = false;
  const onFailure = (error: unknown) => {
    if (!failing) options.onFailure(error);
    failing = true;
  };
  const kept = new Map(
    [...options.sources].map(([source, { terms, url }]): [string, KeptSource] => {
      const given = { database, source, terms, url, process, clock, newId, connections };
      return [
        source,
        terms.mode === "enforce"
          ? openLedgerSource({ ...given, fetchOwner, onFailure })
          : openCountedSource(given),
      ];
    }),
  );
  const forEach = async (work: (source: KeptSource) => Promise<void>) => {
    const results = await Promise.allSettled([...kept.values()].map(work));
    const failed = results.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") onFailure(failed.reason);
    else failing = false;
  };
  let running: Promise<void> | undefined;
  return {
    sources: kept,
    step() {
      running ??= forEach((source) => source.tidy()).finally(() => (running = undefined));
      return running;
    },
    async close() {
      await running;
      await forEach((source) => source.close());
    },
  };
}
