import type { LogEnd } from "./append-statement.ts";
import { appendLeaf, copyRange, equalHashes, hashBytes } from "./merkle.ts";
import type { CompactRange } from "./merkle.ts";
import { readRange } from "./stored-tree.ts";
import type { Statements } from "./stored-tree.ts";

/** The log ends before what this process has written, or goes on differently: it was restored from an older copy. */
export class LogWentBack extends Error {
  override readonly name = "LogWentBack";
}

/** Entries of others whose leaves are read; where there are more, the tree is read anew. */
const mostLeaves = 1_000;

export interface FoundEnd {
  readonly end: LogEnd;
  /** Milliseconds since 1970 by the database's clock. */
  readonly now: number;
}

/**
 * Finds where the log ends now. Only the holder of the append lock may rely on it.
 *
 * @param known where it ended when this process last looked
 * @throws {LogWentBack} with a sentence where it no longer begins with that
 */
export async function findLogEnd(
  statements: Statements,
  known: LogEnd | undefined,
): Promise<FoundEnd> {
  const from = known?.range.size ?? 0;
  const { rows } = await statements.query<{
    size: number;
    at: Date | null;
    lastLeaf: Uint8Array | null;
    knownLeaf: Uint8Array | null;
    leaves: Uint8Array | null;
    now: Date;
  }>({
    name: "find-end-of-log",
    text: `
      select coalesce(newest.index + 1, 0)::int8 as size, newest.at, newest.leaf_hash as "lastLeaf",
             (select leaf_hash from log_entry where index = $1 - 1) as "knownLeaf",
             (select string_agg(leaf_hash, '' order by index) from log_entry
                where index >= $1 and index < $2) as leaves,
             clock_timestamp() as now
        from (select) as one
        left join (select index, at, leaf_hash from log_entry order by index desc limit 1) as newest
          on true`,
    values: [from, known ? from + mostLeaves : from],
  });
  const { size, at, lastLeaf, knownLeaf, leaves, now } = rows[0]!;
  if (known?.lastLeaf && !(knownLeaf && equalHashes(knownLeaf, known.lastLeaf)))
    throw new LogWentBack(
      `This process has written entry ${from - 1} of the log, and the database does not hold it: the log was restored from an older copy, or changed. Nothing is recorded until an operator has looked at it and started the gateway again.`,
    );
  const range =
    known && size - from <= mostLeaves
      ? growRange(known.range, leaves ?? new Uint8Array())
      : await readRange(statements, size);
  return {
    end: { range, lastAt: at?.getTime() ?? 0, lastLeaf: lastLeaf ?? undefined },
    now: now.getTime(),
  };
}

/** @param leaves hashes, end to end */
function growRange(range: CompactRange, leaves: Uint8Array): CompactRange {
  const grown = copyRange(range);
  for (let start = 0; start < leaves.length; start += hashBytes)
    appendLeaf(grown, leaves.subarray(start, start + hashBytes));
  return grown;
}
