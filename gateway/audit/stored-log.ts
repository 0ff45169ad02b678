import type { Selectable } from "kysely";
import type { GatewayDatabase } from "../database/pool.ts";
import type { LogDetail, LogEntry } from "../database/types.ts";
import { readErasure } from "./entry.ts";
import type { StoredDetail } from "./entry.ts";
import { verifyLog } from "./verify.ts";
import type { ExternalHeads, StoredLog, StoredNode, StoredRow, Verdict } from "./verify.ts";

/** Rows that are read at once: 5,000 take 3 MB. */
const pageRows = 5_000;

/** Verifies the stored log as it is at one moment, while others go on adding to it. */
export function verifyStoredLog(database: GatewayDatabase, heads: ExternalHeads): Promise<Verdict> {
  return database
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (snapshot) => verifyLog(await openStoredLog(snapshot), heads));
}

/** The stored log, read page by page. */
export async function openStoredLog(database: GatewayDatabase): Promise<StoredLog> {
  const levels = await database.selectFrom("log_node").select("level").distinct().execute();
  const erasures = await database
    .selectFrom("log_entry")
    .select(["index", "facts"])
    .where("kind", "=", "erasure")
    .orderBy("index")
    .execute();
  return {
    rows: joinRows(
      readPages((after) => pageOf(database, "log_entry", after)),
      readPages((after) => pageOf(database, "log_detail", after)),
    ),
    nodes: new Map(levels.map(({ level }) => [level, readNodes(database, level)])),
    erasures: erasures.flatMap(({ index, facts }) => {
      const erasure = readErasure(facts);
      return erasure ? [{ ...erasure, index }] : [];
    }),
  };
}

function pageOf<Table extends "log_entry" | "log_detail">(
  database: GatewayDatabase,
  table: Table,
  after: number,
): Promise<(Table extends "log_entry" ? Selectable<LogEntry> : Selectable<LogDetail>)[]> {
  return database
    .selectFrom(table as "log_entry")
    .selectAll()
    .where("index", ">", after)
    .orderBy("index")
    .limit(pageRows)
    .execute() as Promise<never>;
}

async function* readNodes(database: GatewayDatabase, level: number): AsyncIterable<StoredNode> {
  yield* readPages((after) =>
    database
      .selectFrom("log_node")
      .selectAll()
      .where("level", "=", level)
      .where("index", ">", after)
      .orderBy("index")
      .limit(pageRows)
      .execute(),
  );
}

/** The database reads the next page while this one is looked at. */
async function* readPages<Row extends { readonly index: number }>(
  readPage: (after: number) => Promise<readonly Row[]>,
): AsyncGenerator<Row, undefined> {
  // Not -1: whoever could drop the table's rules may have put something there.
  let next = readPage(Number.MIN_SAFE_INTEGER);
  for (;;) {
    const page = await next;
    const isLast = page.length < pageRows;
    if (!isLast) {
      next = readPage(page.at(-1)!.index);
      // Whoever has found enough takes no more pages, and need not hear of this one.
      next.catch(() => {});
    }
    yield* page;
    if (isLast) return;
  }
}

/** Entries with their details, also where one of them is missing. */
async function* joinRows(
  entries: AsyncGenerator<Selectable<LogEntry>, undefined>,
  details: AsyncGenerator<Selectable<LogDetail>, undefined>,
): AsyncIterable<StoredRow> {
  let [entry, detail] = [(await entries.next()).value, (await details.next()).value];
  while (entry ?? detail) {
    const index = Math.min(entry?.index ?? Infinity, detail?.index ?? Infinity);
    const [ours, its] = [entry?.index === index, detail?.index === index];
    yield {
      index,
      entry: entry && ours ? toEntry(entry) : undefined,
      detail: detail && its ? toDetail(detail) : undefined,
    };
    if (ours) entry = (await entries.next()).value;
    if (its) detail = (await details.next()).value;
  }
}

/** A fixed part as it is stored, out of its row. */
export function toEntry({ at, leaf_hash, ...entry }: Selectable<LogEntry>) {
  return { ...entry, at: at.toISOString(), leafHash: leaf_hash };
}

/** A detail as it is stored, out of its row. */
export function toDetail(row: Selectable<LogDetail>): StoredDetail {
  const { salt, subject, case_number: caseNumber, pin_key: key, pin_hash: hash, more } = row;
  // Half of a hash is none that was ever committed to.
  const pin = key === null && hash === null ? null : { key: key ?? "", hash: hash ?? noBytes };
  return { salt, subject, caseNumber, pin, more };
}

const noBytes = new Uint8Array();
