import type { HeadSchedule } from "./head-schedule.ts";
import { proveEntry, proveGrowth } from "./stored-tree.ts";
import type { Statements } from "./stored-tree.ts";
import type { TreeHead } from "./tree-head.ts";

/** A signed head, as schema/gateway.graphql describes it; hashes are base64url. */
export interface ShownHead {
  readonly size: number;
  readonly at: string;
  readonly rootHash: string;
  readonly jws: string;
}

/** That the tree of a head holds an entry (RFC 9162, section 2.1.3). */
export interface ShownInclusion {
  readonly index: number;
  readonly head: ShownHead;
  readonly path: readonly string[];
}

/** What proofs are made of. */
export interface ProofSource {
  readonly connections: Statements;
  readonly heads: Pick<HeadSchedule, "newest" | "publish">;
}

export function showHead({ size, at, root, jws }: TreeHead): ShownHead {
  return { size, at, rootHash: toText(root), jws };
}

/** The newest head that holds at least so many entries, signed now where none does; undefined where the log has fewer. */
export async function findHead(
  { heads }: Pick<ProofSource, "heads">,
  size: number,
): Promise<TreeHead | undefined> {
  const known = heads.newest();
  if (known && known.size >= size) return known;
  await heads.publish();
  const newest = heads.newest();
  return newest && newest.size >= size ? newest : undefined;
}

/** Proves entries against one head; undefined where there is none of the newest index. */
export async function proveEntries(
  source: ProofSource,
  indexes: readonly number[],
): Promise<ReadonlyMap<number, ShownInclusion> | undefined> {
  const head = await findHead(source, Math.max(-1, ...indexes) + 1);
  if (head === undefined) return undefined;
  const shown = showHead(head);
  const proofs = new Map<number, ShownInclusion>();
  for (const index of indexes) {
    const path = await proveEntry(source.connections, index, head.size);
    proofs.set(index, { index, head: shown, path: path.map(toText) });
  }
  return proofs;
}

/** That the tree of one size is the beginning of that of another (RFC 9162, section 2.1.4). */
export async function proveBeginning(
  { connections }: ProofSource,
  from: number,
  to: number,
): Promise<readonly string[]> {
  return (await proveGrowth(connections, from, to)).map(toText);
}

function toText(hash: Uint8Array): string {
  return Buffer.from(hash).toString("base64url");
}
