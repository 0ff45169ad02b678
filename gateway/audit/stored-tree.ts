import type { Pool } from "pg";
import type { ReadNodes } from "./merkle-proof.ts";
import { proveConsistency, proveInclusion, readRoot } from "./merkle-proof.ts";
import { coverRange } from "./merkle.ts";
import type { CompactRange } from "./merkle.ts";
import { reckonNode, spanOf } from "./tile.ts";
import type { Span } from "./tile.ts";

/** Whatever runs statements: connections, or one of them within its transaction. */
export type Statements = Pick<Pool, "query">;

/** The tree's nodes, out of the database, by two statements at most. */
function readNodesOf(statements: Statements): ReadNodes {
  return async (places) => {
    const spans = places.map(spanOf);
    const hashes: Uint8Array[][] = places.map(() => []);
    for (const ofLeaves of [true, false]) {
      const wanted = spans.flatMap((span, place) =>
        (span.level === 0) === ofLeaves ? [{ ...span, place }] : [],
      );
      if (wanted.length === 0) continue;
      const { rows } = await statements.query<{ place: number; hash: Uint8Array }>(
        ofLeaves ? leafStatement : nodeStatement,
        [
          wanted.map(({ place }) => place),
          wanted.map(({ level }) => level),
          wanted.map(({ from }) => from),
          wanted.map(({ to }) => to),
        ],
      );
      for (const { place, hash } of rows) hashes[place]!.push(hash);
    }
    return spans.map((span, place) => reckonWhole(hashes[place]!, span));
  };
}

const leafStatement = `
  select place, leaf_hash as hash
    from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[]) as span (place, "level", "from", "to")
    join log_entry on index >= span."from" and index < span."to"
    order by place, index`;

const nodeStatement = `
  select place, hash
    from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[]) as span (place, "level", "from", "to")
    join log_node on log_node.level = span."level" and index >= span."from" and index < span."to"
    order by place, index`;

/** @throws {Error} with a sentence where some are missing */
function reckonWhole(hashes: readonly Uint8Array[], { level, from, to }: Span): Uint8Array {
  if (hashes.length === to - from) return reckonNode(hashes);
  throw new Error(
    `The log holds ${hashes.length} of the ${to - from} nodes from ${from} on level ${level}: it was cut or changed. Have it verified before anything else.`,
  );
}

/** The tree of a size, so that it can be grown. */
export async function readRange(statements: Statements, size: number): Promise<CompactRange> {
  const peaks = await readNodesOf(statements)(coverRange([0, size]));
  return { size, peaks: [...peaks] };
}

/** What a head says: so many entries, under this root, at this time of the database. */
export interface TreeState {
  readonly size: number;
  readonly root: Uint8Array;
  /** RFC 3339, UTC, with milliseconds. */
  readonly at: string;
}

/** The tree as it is now. */
export async function readTreeState(statements: Statements): Promise<TreeState> {
  const { rows } = await statements.query<{ size: number; now: Date }>(`
    select coalesce(max(index) + 1, 0)::int8 as size,
           date_trunc('milliseconds', greatest(max(at), clock_timestamp())) as now
      from (select index, at from log_entry order by index desc limit 1) as newest`);
  const { size, now } = rows[0]!;
  const root = await readRoot(size, readNodesOf(statements));
  return { size, root, at: now.toISOString() };
}

/**
 * Proof that the tree of a size holds an entry.
 *
 * @throws {RangeError} with a sentence where the tree of that size has none of that index
 */
export function proveEntry(
  statements: Statements,
  index: number,
  size: number,
): Promise<Uint8Array[]> {
  return proveInclusion(index, size, readNodesOf(statements));
}

/**
 * Proof that the tree of one size is the beginning of that of another.
 *
 * @throws {RangeError} with a sentence where the second is smaller
 */
export function proveGrowth(
  statements: Statements,
  from: number,
  to: number,
): Promise<Uint8Array[]> {
  return proveConsistency(from, to, readNodesOf(statements));
}
