import {
  coverRange,
  emptyRoot,
  equalHashes,
  foldPeaks,
  hashNode,
  largestPowerUpTo,
} from "./merkle.ts";
import type { LeafRange, NodePlace } from "./merkle.ts";

/** Answers the hash of each place, in their order; called once for a proof. */
export type ReadNodes = (places: readonly NodePlace[]) => Promise<readonly Uint8Array[]>;

/**
 * Proof that a leaf is in the tree of a size (RFC 9162, section 2.1.3.1).
 *
 * @throws {RangeError} with a sentence where the tree of that size has no such leaf
 */
export async function proveInclusion(
  index: number,
  size: number,
  readNodes: ReadNodes,
): Promise<Uint8Array[]> {
  checkNumber("A tree's size", size, 0);
  checkNumber("A leaf's index", index, 0);
  if (index >= size)
    throw new RangeError(
      `A tree of ${size} leaves has no leaf ${index}: leaves are counted from 0.`,
    );
  return readRoots(planInclusion(index, 0, size), readNodes);
}

/**
 * Proof that the tree of one size is the beginning of that of another (RFC 9162, section 2.1.4.1). It is
 * empty where the sizes are equal, and where the first is 0: every tree begins with nothing.
 *
 * @throws {RangeError} with a sentence where the second size is smaller than the first
 */
export async function proveConsistency(
  from: number,
  to: number,
  readNodes: ReadNodes,
): Promise<Uint8Array[]> {
  checkNumber("A tree's size", from, 0);
  checkNumber("A tree's size", to, from);
  return readRoots(from === 0 || from === to ? [] : planConsistency(from, 0, to), readNodes);
}

/** Root of the tree of a size. */
export async function readRoot(size: number, readNodes: ReadNodes): Promise<Uint8Array> {
  const [root] = await readRoots(size === 0 ? [] : [[0, size]], readNodes);
  return root ?? emptyRoot;
}

/** `PATH(m, D_n)` of the RFC, as the ranges of leaves whose roots make it up. */
function planInclusion(index: number, from: number, to: number): LeafRange[] {
  if (to - from === 1) return [];
  const middle = split(from, to);
  return index < middle
    ? [...planInclusion(index, from, middle), [middle, to]]
    : [...planInclusion(index, middle, to), [from, middle]];
}

/**
 * `PROOF(m, D_n)` of the RFC. `known` is its flag `b`: whether the verifier has the root of these leaves,
 * since they are the whole of the old tree.
 */
function planConsistency(size: number, from: number, to: number, known = true): LeafRange[] {
  if (size === to) return known ? [] : [[from, to]];
  const middle = split(from, to);
  return size <= middle
    ? [...planConsistency(size, from, middle, known), [middle, to]]
    : [...planConsistency(size, middle, to, false), [from, middle]];
}

/** Where a tree of these leaves divides: after the largest power of two that is smaller than their number. */
function split(from: number, to: number): number {
  return from + largestPowerUpTo(to - from - 1);
}

async function readRoots(
  ranges: readonly LeafRange[],
  readNodes: ReadNodes,
): Promise<Uint8Array[]> {
  const covers = ranges.map(coverRange);
  const hashes = await readNodes(covers.flat());
  let read = 0;
  return covers.map(({ length }) => foldPeaks(hashes.slice(read, (read += length))));
}

/** Whether a proof shows the leaf in the tree of this size and root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion(
  leafHash: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isNumber(index) || !isNumber(size) || index >= size) return false;
  let [fn, sn] = [index, size - 1];
  let hash = leafHash;
  for (const step of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = hashNode(step, hash);
      // A leaf at the right edge has no neighbour on the levels where it is a left child.
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else hash = hashNode(hash, step);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalHashes(hash, root);
}

/** Whether a proof shows that the first tree is the beginning of the second (RFC 9162, section 2.1.4.2). */
export function verifyConsistency(
  from: number,
  to: number,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isNumber(from) || !isNumber(to) || from > to) return false;
  if (from === to) return proof.length === 0 && equalHashes(fromRoot, toRoot);
  if (from === 0) return proof.length === 0 && equalHashes(fromRoot, emptyRoot);
  // A complete first tree is a node of the second, so its root is not sent again.
  const path = largestPowerUpTo(from) === from ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined || proof.length === 0) return false;
  let [fn, sn] = [from - 1, to - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [first, first];
  for (const step of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = hashNode(step, fr);
      sr = hashNode(step, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = hashNode(sr, step);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalHashes(fr, fromRoot) && equalHashes(sr, toRoot);
}

function half(number: number): number {
  return Math.floor(number / 2);
}

function isNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function checkNumber(what: string, value: number, least: number): void {
  if (isNumber(value) && value >= least) return;
  throw new RangeError(`${what} is a whole number from ${least} on here, not ${value}.`);
}
