import { randomUUID } from "node:crypto";
import { openPool } from "../../gateway/database/pool.ts";
import { readAccount } from "../../gateway/quota/accounts.ts";
import { pots } from "../../gateway/quota/lanes.ts";
import { dayAt } from "../../gateway/quota/owner-day.ts";
import { openOwnerLine } from "../../gateway/quota/owner-line.ts";
import { openQuota } from "../../gateway/quota/quota.ts";
import { readSpending } from "../../gateway/quota/spending.ts";
import { parseTermsBySource } from "../../schema/terms.ts";
import { createGatewayDatabase } from "./database.ts";
import { startRowAskers } from "./row-askers.ts";
import type { RowAskers } from "./row-askers.ts";

/** Requests that ask one source, each of whose rows costs a unit of a real ledger. */
export interface MeteredLine extends RowAskers {
  /** Books everything. Units spent, by agency, and units in doubt. */
  settle(): Promise<{ readonly spent: Readonly<Record<string, number>>; readonly doubt: number }>;
}

export interface MeteredTerms {
  /** Units of the day that anybody may spend, and those that single agencies have for themselves. */
  readonly common: number;
  readonly grants?: Readonly<Record<string, number>>;
  readonly countsKeysOnce?: boolean;
  readonly batchWindowMs?: number;
  readonly cacheSeconds?: number;
}

/** A ledger in a database of its own, in which any number of owners can be opened, each with a day of its own. */
export async function openLedger() {
  const { url, drop } = await createGatewayDatabase();
  const database = openPool(url);
  const fetchOwner = openOwnerLine();
  // Whoever waits for others to give units back waits for nobody here.
  const clock = {
    now: Date.now,
    monotonic: () => performance.now(),
    after: (_: number, run: () => void) => {
      const timer = setImmediate(run);
      return () => clearImmediate(timer);
    },
  };
  let owners = 0;
  return {
    async open({ common, grants = {}, ...line }: MeteredTerms): Promise<MeteredLine> {
      const name = `owner-${++owners}`;
      const granted = Object.entries(grants);
      const perDay = granted.reduce((sum, [, units]) => sum + units, common);
      const terms = parseTermsBySource(JSON.stringify({ [name]: { perDay, ...line } }), "t").get(
        name,
      )!;
      const day = dayAt(Date.now(), terms.timeZone);
      for (const [agency, records] of granted) {
        const days = { from_day: day, until_day: day };
        const why = { reason: "pupils wait", granted_by: "operator", granted_at: new Date() };
        const values = { source: name, agency, records, ...days, ...why };
        await database.insertInto("quota_grant").values(values).execute();
      }
      const failures: unknown[] = [];
      const askers = await startRowAskers(line, Date.now, ({ url }) => {
        const sources = new Map([[name, { terms, url }]]);
        const onFailure = (error: unknown) => void failures.push(error);
        const quota = openQuota({
          ...{ database, sources, clock, newId: randomUUID, fetchOwner, onFailure },
        });
        return { ...quota, source: quota.sources.get(name)! };
      });
      return {
        ...askers,
        async settle() {
          await askers.quota!.close();
          if (failures.length > 0) throw new AggregateError(failures, "The ledger failed.");
          const spendings = await readSpending(database, name, day);
          const account = await readAccount(database, name, day);
          return {
            spent: Object.fromEntries(spendings.map(({ agency, units }) => [agency, units])),
            doubt: pots.reduce((sum, pot) => sum + (account?.pots[pot].doubt ?? 0), 0),
          };
        },
      };
    },
    async close() {
      await database.destroy();
      await drop();
    },
  };
}
