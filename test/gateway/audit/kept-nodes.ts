import type { ReadNodes } from "../../../gateway/audit/merkle-proof.ts";
import { appendLeaf, startRange } from "../../../gateway/audit/merkle.ts";

/** A tree with all its nodes in memory. */
export function keepNodes(leafHashes: readonly Uint8Array[]): ReadNodes {
  const kept = new Map<string, Uint8Array>();
  const range = startRange();
  for (const [index, leafHash] of leafHashes.entries()) {
    kept.set(`0 ${index}`, leafHash);
    appendLeaf(range, leafHash, ({ level, index }, hash) => kept.set(`${level} ${index}`, hash));
  }
  return (places) =>
    Promise.resolve(
      places.map(({ level, index }) => {
        const hash = kept.get(`${level} ${index}`);
        if (hash === undefined) throw new Error(`No node ${index} on level ${level}.`);
        return hash;
      }),
    );
}
