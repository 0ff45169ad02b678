import type { SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import type { QuotaClock } from "./clock.ts";
import type { RecordUnits } from "./comparison.ts";
import type { KeptAccounts } from "./fields.ts";
import { openOwnerLine } from "./owner-line.ts";
import { openQuota } from "./quota.ts";
import type { Quota } from "./quota.ts";
import { keepSettling } from "./settlements.ts";

/** Milliseconds between two settlements with the owners. */
const settleMs = 2_000;

/** Milliseconds between two looks at what is held of the owners' units and no longer used. */
const stepMs = 200;

export interface AccountKeeping {
  readonly database: GatewayDatabase;
  /** Has the database migrated where it is not yet; never rejects. */
  readonly migrate: () => Promise<void>;
  readonly terms: ReadonlyMap<string, SourceTerms>;
  /** Where each source answers. */
  readonly urls: ReadonlyMap<string, string>;
  /** What a source's owner wants to see at the doors of its meter. */
  readonly meterTokenOf: (source: string) => string | undefined;
  /** Writes down what the owners say; undefined where there is no log. */
  readonly record: RecordUnits | undefined;
  readonly clock: QuotaClock;
  /** A new UUID. */
  readonly newId: () => string;
  readonly log: Pick<AccountLog, "info" | "error">;
}

interface AccountLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Accounts that are kept by clocks of their own until they are closed. */
export interface Accounts {
  readonly sources: Quota["sources"];
  readonly kept: KeptAccounts;
  /** Gives back what is held; the database stays open. */
  close(): Promise<void>;
}

/** Opens the account of what is spent of the owners' units, and keeps it. */
export async function keepAccounts(keeping: AccountKeeping): Promise<Accounts> {
  const { database, migrate, terms, urls, log } = keeping;
  const sources = new Map(
    [...terms].flatMap(([name, own]) => {
      const url = urls.get(name);
      return url === undefined ? [] : [[name, { terms: own, url }] as const];
    }),
  );
  const quota = openQuota({
    database,
    sources,
    clock: keeping.clock,
    newId: keeping.newId,
    fetchOwner: openOwnerLine(),
    onFailure: (error) => log.error({ reason: (error as Error).message }, unusable),
  });
  let closing = false;
  const settle = keepSettling({
    database,
    sources,
    ownerOf: (source) => openOwnerLine(keeping.meterTokenOf(source)),
    record: keeping.record,
    onUnanswered: ({ key, source, records }) =>
      log.info({ source, key, records }, "an owner counted a call of which no answer came"),
    onFailure(source, error) {
      if (closing) return;
      log.error(
        { source, reason: (error as Error).message },
        "what is in doubt cannot be settled with its owner",
      );
    },
  });
  await migrate();
  // A meter that is silent must not hold up the leases, so that each has a clock of its own.
  const step = () => void migrate().then(quota.step);
  const clocks = [setInterval(step, stepMs), setInterval(() => void settle(), settleMs)];
  return {
    sources: quota.sources,
    kept: { database, sources: terms },
    async close() {
      closing = true;
      clocks.forEach(clearInterval);
      await quota.close();
    },
  };
}

const unusable = "the gateway's database cannot be used";
