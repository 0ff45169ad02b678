import { sql } from "kysely";
import type { GatewayDatabase } from "../database/pool.ts";

/** What the log says was spent of a source on one of its owner's days. */
export interface LoggedSpending {
  readonly source: string;
  readonly day: string;
  /** Units by lane; by `granted` what a repair changed there. */
  readonly lanes: Readonly<Record<string, number>>;
  readonly units: number;
}

/** Units as an entry tells them; of a call's own entries alone with its key. */
interface ToldUnits {
  readonly source: string;
  readonly lane: string;
  readonly day: string | null;
  readonly units: number;
  readonly call?: string;
}

interface Facts {
  readonly units?: readonly ToldUnits[];
  readonly word?: { readonly call?: string; readonly lease?: string };
}

/**
 * Recomputes from the log what was spent of each owner's days. What an owner said of a call, or of all
 * calls under a lease, replaces what other entries say of them: whoever wrote those may have died before
 * the ledger heard of it, or slept until after. Units in doubt count when the owner has said so.
 *
 * Reads the whole log once, and the owners' words before; those alone are kept in memory.
 */
async function rebuildQuota(database: GatewayDatabase): Promise<LoggedSpending[]> {
  const spendings = new Map<
    string,
    { source: string; day: string; lanes: Record<string, number> }
  >();
  const add = ({ source, lane, day, units }: ToldUnits) => {
    if (day === null) return;
    const key = `${source} ${day}`;
    const spending = spendings.get(key) ?? { source, day, lanes: {} };
    spendings.set(key, spending);
    spending.lanes[lane] = (spending.lanes[lane] ?? 0) + units;
  };
  const words = await readWords(database);
  for (const units of words.values()) units.forEach(add);
  const replaced = ({ call }: ToldUnits) =>
    call !== undefined && (words.has(`call ${call}`) || words.has(`lease ${leaseOf(call)}`));
  for await (const { units = [], word } of readFacts(database, "any"))
    if (word === undefined) for (const each of units) if (!replaced(each)) add(each);
  return [...spendings.values()]
    .map((spending) => ({ ...spending, units: sum(Object.values(spending.lanes)) }))
    .filter(({ units }) => units !== 0)
    .toSorted((a, b) => (`${a.source} ${a.day}` < `${b.source} ${b.day}` ? -1 : 1));
}

/** The owners' newest words, by what they are about. */
async function readWords(
  database: GatewayDatabase,
): Promise<ReadonlyMap<string, readonly ToldUnits[]>> {
  const words = new Map<string, readonly ToldUnits[]>();
  for await (const { word, units = [] } of readFacts(database, "reconciled")) {
    if (word?.call !== undefined) words.set(`call ${word.call}`, units);
    if (word?.lease !== undefined) words.set(`lease ${word.lease}`, units);
  }
  return words;
}

/** An idempotency key is `<lease>.<number>`. */
function leaseOf(call: string): string {
  return call.slice(0, call.lastIndexOf("."));
}

/** Rows that are read at once. */
const pageRows = 10_000;

async function* readFacts(
  database: GatewayDatabase,
  kind: "any" | "reconciled",
): AsyncIterable<Facts> {
  let after = -1;
  for (;;) {
    const page = await database
      .selectFrom("log_entry")
      .select(["index", "facts"])
      .where("index", ">", after)
      .$if(kind !== "any", (query) => query.where("kind", "=", kind))
      // Most entries of a busy gateway are answered out of its cache.
      .where("facts", "like", kind === "any" ? '%"units":[{%' : "%")
      .orderBy("index")
      .limit(pageRows)
      .execute();
    for (const { facts } of page) yield JSON.parse(facts) as Facts;
    if (page.length < pageRows) return;
    after = page.at(-1)!.index;
  }
}

/** One of the owner's days, in the log and in the ledger. */
export interface DayRebuilt extends LoggedSpending {
  /** Units that the ledger says are spent. */
  readonly ledger: number;
  /** Whether leases are out or calls in doubt, so that the two may still differ. */
  readonly inUse: boolean;
}

/** Holds what the log says against the ledger, each day that one of them knows. */
export async function compareWithLedger(database: GatewayDatabase): Promise<DayRebuilt[]> {
  // The ledger first: what is spent meanwhile is in the log before it is there.
  const ledger = await readLedger(database);
  const logged = await rebuildQuota(database);
  const days = new Map<string, DayRebuilt>();
  for (const day of ledger) days.set(`${day.source} ${day.day}`, { ...day, lanes: {}, units: 0 });
  for (const day of logged) {
    const key = `${day.source} ${day.day}`;
    days.set(key, { ledger: 0, inUse: false, ...days.get(key), ...day });
  }
  return [...days.values()].toSorted((a, b) =>
    `${a.source} ${a.day}` < `${b.source} ${b.day}` ? -1 : 1,
  );
}

/** What is spent by the day's account; of a source that has none, by the agencies' book. */
async function readLedger(
  database: GatewayDatabase,
): Promise<Pick<DayRebuilt, "source" | "day" | "ledger" | "inUse">[]> {
  const accounts = await database.selectFrom("owner_day").selectAll().execute();
  const kept = accounts.map((row) => ({
    source: row.source,
    day: row.day,
    ledger: sum([row.counter_spent, row.case_spent, row.bulk_spent, row.granted_spent]),
    inUse:
      sum([row.counter_leased, row.case_leased, row.bulk_leased, row.granted_leased]) +
        sum([row.counter_doubt, row.case_doubt, row.bulk_doubt, row.granted_doubt]) >
      0,
  }));
  const booked = await database
    .selectFrom("agency_day")
    .select(["source", "day", sql<number>`sum(spent)::int8`.as("spent")])
    .groupBy(["source", "day"])
    .execute();
  const known = new Set(kept.map(({ source, day }) => `${source} ${day}`));
  return [
    ...kept,
    ...booked
      .filter(({ source, day }) => !known.has(`${source} ${day}`))
      .map(({ source, day, spent }) => ({ source, day, ledger: spent, inUse: false })),
  ].filter(({ ledger, inUse }) => ledger > 0 || inUse);
}

function sum(units: readonly number[]): number {
  return units.reduce((all, each) => all + each, 0);
}
