import { hash } from "node:crypto";

/**
 * The Merkle tree of RFC 9162, section 2.1 (as RFC 6962 had it), over SHA-256. A complete subtree has a
 * level and an index, both from 0: `2 ** level` leaves from leaf `index * 2 ** level` on.
 */

/** Bytes of a hash. */
export const hashBytes = 32;

/** Root of the tree without leaves: the hash of nothing. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array());

/** One complete subtree. Leaf hashes have level 0. */
export interface NodePlace {
  readonly level: number;
  readonly index: number;
}

/** Hash of a leaf's bytes. The byte in front keeps a leaf from being taken for a node. */
export function hashLeaf(leaf: string): Uint8Array {
  return sha256(`\u0000${leaf}`);
}

// One buffer for all: a million nodes are hashed without a million buffers. Nothing waits in between.
const nodeInput = new Uint8Array(1 + 2 * hashBytes);
nodeInput[0] = 1;

/** Hash of a node from those of its two children. */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + hashBytes);
  return sha256(nodeInput);
}

/** By way of a text: `hash` gives each buffer memory of its own outside the heap, which takes longer than hashing. */
export function sha256(data: string | Uint8Array): Uint8Array {
  return Buffer.from(hash("sha256", data, "hex"), "hex");
}

export function equalHashes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Root of a tree of these leaf hashes. */
export function rootOf(leafHashes: Iterable<Uint8Array>): Uint8Array {
  const range = startRange();
  for (const leaf of leafHashes) appendLeaf(range, leaf);
  return rootOfRange(range);
}

/**
 * A tree that only grows, kept as the roots of its complete subtrees from the left, the largest first: as
 * many as its size has binary ones, so a tree of a million leaves is 20 hashes at most.
 */
export interface CompactRange {
  size: number;
  peaks: Uint8Array[];
}

export function startRange(): CompactRange {
  return { size: 0, peaks: [] };
}

export function copyRange({ size, peaks }: CompactRange): CompactRange {
  return { size, peaks: [...peaks] };
}

/** @param onNode told of each node above the leaves that this leaf completes, the lowest first */
export function appendLeaf(
  range: CompactRange,
  leafHash: Uint8Array,
  onNode?: (place: NodePlace, hash: Uint8Array) => void,
): void {
  let hash = leafHash;
  let index = range.size;
  for (let level = 1; index % 2 === 1; level++) {
    hash = hashNode(range.peaks.pop()!, hash);
    index = (index - 1) / 2;
    onNode?.({ level, index }, hash);
  }
  range.peaks.push(hash);
  range.size += 1;
}

export function rootOfRange({ peaks }: CompactRange): Uint8Array {
  return peaks.length === 0 ? emptyRoot : foldPeaks(peaks);
}

/** Root over the roots of neighbouring complete subtrees, the largest of which is the leftmost. */
export function foldPeaks(peaks: readonly Uint8Array[]): Uint8Array {
  return peaks.reduceRight((right, left) => hashNode(left, right));
}

/** Leaves from the first up to, but not including, the second. */
export type LeafRange = readonly [from: number, to: number];

/**
 * The complete subtrees that leaves make up, from the left. The range must be one of the tree's own: its
 * beginning is a multiple of the largest power of two that fits into it.
 */
export function coverRange([from, to]: LeafRange): NodePlace[] {
  const places: NodePlace[] = [];
  let start = from;
  while (start < to) {
    const width = largestPowerUpTo(to - start);
    places.push({ level: Math.log2(width), index: start / width });
    start += width;
  }
  return places;
}

/** By doubling, since numbers above 2 ** 31 have no bits in ECMAScript. */
export function largestPowerUpTo(count: number): number {
  let power = 1;
  while (power * 2 <= count) power *= 2;
  return power;
}
