import type { GatewayDatabase } from "../database/pool.ts";
import type { PinHash } from "./pin-hash.ts";
import { toDetail, toEntry } from "./stored-log.ts";
import type { StoredRow } from "./verify.ts";

/** What to search for; whatever is undefined is not asked. */
export interface LogFilter {
  /** Entries from this time on, RFC 3339. */
  readonly from?: string | undefined;
  /** … and before this one. */
  readonly to?: string | undefined;
  readonly kind?: string | undefined;
  readonly agency?: string | undefined;
  readonly purpose?: string | undefined;
  readonly caseNumber?: string | undefined;
  readonly subject?: string | undefined;
  /** One person's hashes, one under each epoch's key that is left. */
  readonly pins?: readonly PinHash[] | undefined;
}

export interface LogPage {
  /** The newest first. */
  readonly rows: readonly StoredRow[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

/** Rows of a page at most. */
const mostRows = 1_000;

/**
 * Searches the log, the newest entries first. What is asked of a detail finds nothing where that was
 * erased. Whoever searches for somebody writes an entry of it first (`describeSearch`).
 *
 * @param first rows at most, 1 to 1,000
 * @param after index of the last row of the page before; undefined for the first page
 * @throws {RangeError} with a sentence where `first` is out of range
 */
export async function searchLog(
  database: GatewayDatabase,
  filter: LogFilter,
  first: number,
  after?: number,
): Promise<LogPage> {
  if (!Number.isSafeInteger(first) || first < 1 || first > mostRows)
    throw new RangeError(`Ask for 1 to ${mostRows} entries at once, not ${first}.`);
  const from = filter.from === undefined ? 0 : await findFirstSince(database, filter.from);
  const to = filter.to === undefined ? undefined : await findFirstSince(database, filter.to);
  const { kind, agency, purpose, caseNumber, subject, pins } = filter;
  const found = await database
    .selectFrom("log_entry")
    .leftJoin("log_detail", "log_detail.index", "log_entry.index")
    .selectAll("log_entry")
    .select(["salt", "subject", "case_number", "pin_key", "pin_hash", "more"])
    .where("log_entry.index", ">=", from)
    .$if(to !== undefined, (query) => query.where("log_entry.index", "<", to!))
    .$if(after !== undefined, (query) => query.where("log_entry.index", "<", after!))
    .$if(kind !== undefined, (query) => query.where("kind", "=", kind!))
    .$if(agency !== undefined, (query) => query.where("agency", "=", agency!))
    .$if(purpose !== undefined, (query) => query.where("purpose", "=", purpose!))
    .$if(caseNumber !== undefined, (query) => query.where("case_number", "=", caseNumber!))
    .$if(subject !== undefined, (query) => query.where("subject", "=", subject!))
    .$if(pins !== undefined, (query) =>
      query.where(
        "pin_hash",
        "in",
        // A list that is empty is none in SQL; no hash is as short as this one.
        pins!.length === 0 ? [Buffer.of()] : pins!.map(({ hash }) => Buffer.from(hash)),
      ),
    )
    .orderBy("log_entry.index", "desc")
    .limit(first + 1)
    .execute();
  const rows = found.slice(0, first).map((row) => {
    const { salt, more, subject, case_number, pin_key, pin_hash, ...entry } = row;
    const detail =
      salt === null || more === null
        ? undefined
        : toDetail({ index: row.index, salt, more, subject, case_number, pin_key, pin_hash });
    return { index: row.index, entry: toEntry(entry), detail };
  });
  return { rows, more: found.length > first };
}

/**
 * The index of the first entry that is not older than a time. Times never go back, so halving finds it:
 * 30 look-ups in a log of a billion, and no index of times to write at each append.
 */
async function findFirstSince(database: GatewayDatabase, time: string): Promise<number> {
  const newest = await database
    .selectFrom("log_entry")
    .select("index")
    .orderBy("index", "desc")
    .limit(1)
    .executeTakeFirst();
  let [low, high] = [0, newest === undefined ? 0 : newest.index + 1];
  const instant = Date.parse(time);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { at } = await database
      .selectFrom("log_entry")
      .select("at")
      .where("index", "=", middle)
      .executeTakeFirstOrThrow();
    if (at.getTime() < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
