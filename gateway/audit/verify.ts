import { commitDetail, readErasure, writeLeaf } from "./entry.ts";
import type { Erasure, StoredDetail, StoredEntry } from "./entry.ts";
import { appendLeaf, equalHashes, hashLeaf, rootOfRange, startRange } from "./merkle.ts";
import type { NodePlace } from "./merkle.ts";
import { isStored } from "./tile.ts";

/** What is stored under one index. */
export interface StoredRow {
  readonly index: number;
  /** Undefined where a detail has no entry, which is a finding. */
  readonly entry: (StoredEntry & { readonly leafHash: Uint8Array }) | undefined;
  /** Undefined where it was erased. */
  readonly detail: StoredDetail | undefined;
}

export interface StoredNode extends NodePlace {
  readonly hash: Uint8Array;
}

/** A log as it is stored, in the order of indexes. */
export interface StoredLog {
  readonly rows: AsyncIterable<StoredRow>;
  /** Nodes by their level. */
  readonly nodes: ReadonlyMap<number, AsyncIterable<StoredNode>>;
  /**
   * The log's own entries of erasures, read ahead: a detail may be missing long before the entry that
   * says so. Each is met again among the rows, and counts only if it is.
   */
  readonly erasures: readonly (Erasure & { readonly index: number })[];
}

/** Heads that were published where the log's keeper cannot change them, the smallest size first. */
export interface ExternalHeads {
  readonly files: AsyncIterable<{ readonly name: string; readonly jws: string }>;
  /** What a head says, undefined where it is not genuine. */
  readonly readHead: (
    jws: string,
  ) => Promise<{ readonly size: number; readonly root: Uint8Array } | undefined>;
}

export type Verdict =
  | {
      readonly sound: true;
      readonly size: number;
      readonly root: Uint8Array;
      /** Heads that the log agrees with. */
      readonly heads: number;
      /** Entries after the newest head: they agree with each other, and could have been rewritten. */
      readonly unproven: number;
      readonly sentence: string;
    }
  | {
      readonly sound: false;
      /** The first bad entry, or the first of those among which it is; undefined where a head is bad. */
      readonly entry: number | undefined;
      readonly sentence: string;
    };

/**
 * Verifies a whole log: every entry against its leaf hash, every detail against its commitment, times,
 * indexes and stored nodes against each other, and the tree against each head. Memory does not grow with
 * the log.
 *
 * @returns what was found first, in the order of indexes
 */
export async function verifyLog(log: StoredLog, heads: ExternalHeads): Promise<Verdict> {
  try {
    return await walk(log, heads);
  } catch (error) {
    if (error instanceof Finding)
      return { sound: false, entry: error.entry, sentence: error.message };
    throw error;
  }
}

async function walk(log: StoredLog, heads: ExternalHeads): Promise<Verdict> {
  const range = startRange();
  const erasures = followErasures(log.erasures);
  const nodes = followNodes(log.nodes);
  const proven = await followHeads(heads);
  await proven.reach(0, () => rootOfRange(range));
  const completed: StoredNode[] = [];
  let lastAt = "";
  for await (const { index, entry, detail } of log.rows) {
    checkIndex(index, range.size, entry !== undefined);
    if (entry === undefined) continue;
    const leaf = hashLeaf(writeLeaf(entry));
    if (!equalHashes(leaf, entry.leafHash))
      throw new Finding(
        index,
        `Entry ${index} was changed: its leaf hash is not that of its text.`,
      );
    // Times of one form compare as texts.
    if (entry.at < lastAt)
      throw new Finding(
        index - 1,
        `Entry ${index} is older than entry ${index - 1}: one of the two was moved.`,
      );
    lastAt = entry.at;
    if (detail === undefined) erasures.miss(index, entry);
    else if (!equalHashes(commitDetail(detail), entry.commitment))
      throw new Finding(index, `The detail of entry ${index} was changed.`);
    if (entry.kind === "erasure") erasures.meet(index, entry);
    appendLeaf(range, leaf, (place, hash) => {
      if (isStored(place)) completed.push({ ...place, hash });
    });
    // Most entries complete no stored node and end no head's tree: nothing is waited for.
    while (completed.length > 0) await nodes.expect(completed.shift()!);
    if (proven.next() === range.size) await proven.reach(range.size, () => rootOfRange(range));
  }
  erasures.end();
  await proven.end(range.size);
  await nodes.end();
  return judge(range.size, rootOfRange(range), proven.count(), proven.size());
}

function checkIndex(index: number, expected: number, isEntry: boolean): void {
  if (index < expected)
    throw new Finding(index, `Entry ${index} is there more than once, or out of order.`);
  if (index > expected)
    throw new Finding(
      expected,
      `Entry ${expected} is missing; the next one that is there is ${index}.`,
    );
  if (!isEntry)
    throw new Finding(index, `Entry ${index} is missing, and its detail is still there.`);
}

/** What was found to be wrong. */
class Finding extends Error {
  readonly entry: number | undefined;
  constructor(entry: number | undefined, sentence: string) {
    super(sentence);
    this.entry = entry;
  }
}

/** Which details may be missing, and that the entries which say so are there. */
function followErasures(erasures: StoredLog["erasures"]) {
  type Latest = { readonly before: string; readonly index: number; missed?: number; met?: true };
  const latest = new Map<string, Latest>();
  // A later time covers all that an earlier one does.
  for (const { purpose, before, index } of erasures) {
    const known = latest.get(purpose);
    if (known === undefined || known.before < before) latest.set(purpose, { before, index });
  }
  return {
    miss(index: number, { purpose, at }: StoredEntry) {
      const erasure = latest.get(purpose);
      if (erasure === undefined || at >= erasure.before || index >= erasure.index)
        throw new Finding(
          index,
          `The detail of entry ${index} is gone, and no entry tells of its erasure.`,
        );
      erasure.missed ??= index;
    },
    meet(index: number, { at, facts }: StoredEntry) {
      const erasure = readErasure(facts);
      if (erasure === undefined || erasure.before > at)
        throw new Finding(index, `Entry ${index} tells of an erasure that cannot have been.`);
      const known = latest.get(erasure.purpose);
      if (known?.index === index && known.before === erasure.before) known.met = true;
    },
    end() {
      for (const { missed, met } of latest.values())
        if (missed !== undefined && !met)
          throw new Finding(
            missed,
            `The detail of entry ${missed} is gone, and the entry of its erasure too.`,
          );
    },
  };
}

/** The stored nodes, each of which must be the one that the entries make up. */
function followNodes(levels: StoredLog["nodes"]) {
  const readers = new Map(
    [...levels].map(([level, nodes]) => [level, nodes[Symbol.asyncIterator]()]),
  );
  return {
    async expect({ level, index, hash }: StoredNode) {
      const next = await readers.get(level)?.next();
      const stored = next?.done === false ? next.value : undefined;
      if (stored?.index === index && equalHashes(stored.hash, hash)) return;
      const [from, to] = [index * 2 ** level, (index + 1) * 2 ** level];
      throw new Finding(
        from,
        `The stored node over the entries ${from} to ${to - 1} is not theirs: one of them was rewritten, or the node was.`,
      );
    },
    async end() {
      for (const [level, reader] of readers) {
        const next = await reader.next();
        if (next.done === true) continue;
        const from = next.value.index * 2 ** level;
        throw new Finding(
          from,
          `A node on level ${level} stands over entries from ${from} on that are not there.`,
        );
      }
    },
  };
}

/** The heads, each of which must be that of the tree at its size. */
async function followHeads({ files, readHead }: ExternalHeads) {
  const reader = files[Symbol.asyncIterator]();
  let [count, size] = [0, 0];
  let next = await readNext();

  async function readNext() {
    const file = await reader.next();
    if (file.done === true) return undefined;
    const { name, jws } = file.value;
    const head = await readHead(jws);
    if (head === undefined)
      throw new Finding(
        undefined,
        `The tree head ${name} is forged: none of the log's keys signed it.`,
      );
    if (head.size < size)
      throw new Finding(
        undefined,
        `The tree head ${name} is out of order: one before it is larger.`,
      );
    return { ...head, name };
  }

  return {
    count: () => count,
    size: () => size,
    /** Size of the next head's tree. */
    next: () => next?.size,
    async reach(reached: number, root: () => Uint8Array) {
      while (next?.size === reached) {
        if (!equalHashes(next.root, root()))
          throw new Finding(
            size,
            `The log is not the one of the tree head ${next.name}: of the entries ${size} to ${reached - 1}, one was changed, inserted, removed or moved after they were published.`,
          );
        count++;
        size = reached;
        next = await readNext();
      }
    },
    async end(reached: number) {
      if (next !== undefined)
        throw new Finding(
          reached,
          `The tree head ${next.name} says that the log has ${next.size} entries; from entry ${reached} on they are gone, and no head vouches for those from ${size} on.`,
        );
    },
  };
}

function judge(size: number, root: Uint8Array, heads: number, proven: number): Verdict {
  const unproven = size - proven;
  const sentence =
    heads === 0
      ? `The log of ${size} entries is consistent with itself only: there is no tree head from elsewhere to hold it against, so a rewrite of all of it would not show.`
      : unproven === 0
        ? `All ${size} entries are those of ${heads} published tree heads.`
        : `The first ${proven} of the log's ${size} entries are those of ${heads} published tree heads; in the ${unproven} after them it is consistent with itself only.`;
  return { sound: true, size, root, heads, unproven, sentence };
}
