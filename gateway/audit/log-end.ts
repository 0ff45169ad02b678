import type { LogEnd } from "./append-statement.ts";
import { appendLeaf, copyRange, equalHashes, startRange } from "./merkle.ts";
import { readRange } from "./stored-tree.ts";
import type { Statements } from "./stored-tree.ts";

/** The log ends before what this process has written, or goes on differently: it was restored from an older copy. */
export class LogWentBack extends Error {
  override readonly name = "LogWentBack";
}

/** Entries of others that are read leaf by leaf; where there are more, the tree is read anew. */
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
  const { rows } = await statements.query<{
    size: number;
    at: Date | null;
    lastLeaf: Uint8Array | null;
    knownLeaf: Uint8Array | null;
    now: Date;
  }>({
    name: "find-end-of-log",
    text: `
      select coalesce(newest.index + 1, 0)::int8 as size, newest.at, newest.leaf_hash as "lastLeaf",
             (select leaf_hash from log_entry where index = $1) as "knownLeaf", clock_timestamp() as now
        from (select) as one
        left join (select index, at, leaf_hash from log_entry order by index desc limit 1) as newest
          on true`,
    values: [(known?.range.size ?? 0) - 1],
  });
  const { size, at, lastLeaf, knownLeaf, now } = rows[0]!;
  if (known?.lastLeaf && !(knownLeaf && equalHashes(knownLeaf, known.lastLeaf)))
    throw new LogWentBack(
      `This process has written entry ${known.range.size - 1} of the log, and the database does not hold it: the log was restored from an older copy, or changed. Nothing is recorded until an operator has looked at it and started the gateway again.`,
    );
  const range =
    known && size - known.range.size <= mostLeaves
      ? await growRange(statements, known)
      : size === 0
        ? startRange()
        : await readRange(statements, size);
  return {
    end: { range, lastAt: at?.getTime() ?? 0, lastLeaf: lastLeaf ?? undefined },
    now: now.getTime(),
  };
}

async function growRange(statements: Statements, known: LogEnd) {
  const range = copyRange(known.range);
  const { rows } = await statements.query<{ hash: Uint8Array }>({
    name: "read-leaves-of-log",
    text: "select leaf_hash as hash from log_entry where index >= $1 order by index",
    values: [range.size],
  });
  for (const { hash } of rows) appendLeaf(range, hash);
  return range;
}
