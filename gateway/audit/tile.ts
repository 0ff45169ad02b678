import { hashNode } from "./merkle.ts";
import type { NodePlace } from "./merkle.ts";

/**
 * Levels between those of which nodes are stored. A proof reads up to 256 neighbours on each of these and
 * hashes them, instead of one node on every level; and the log stores one node for 255 entries, instead
 * of one for each.
 */
const tileHeight = 8;

/** Whether a node is stored, and not reckoned from those below. Leaf hashes stand with their entries. */
export function isStored({ level }: NodePlace): boolean {
  return level > 0 && level % tileHeight === 0;
}

/** Stored neighbours on one level, from the first up to, but not including, the last. */
export interface Span {
  readonly level: number;
  readonly from: number;
  readonly to: number;
}

/** The stored nodes that a node is made of: itself, or those on the stored level below. */
export function spanOf({ level, index }: NodePlace): Span {
  const stored = level - (level % tileHeight);
  const width = 2 ** (level - stored);
  return { level: stored, from: index * width, to: (index + 1) * width };
}

/** The node over the hashes of a span, all of them. */
export function reckonNode(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1)
    row = row.flatMap((left, i) => (i % 2 === 0 ? [hashNode(left, row[i + 1]!)] : []));
  return row[0]!;
}
