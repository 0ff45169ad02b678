import { sql } from "kysely";
import type { Selectable } from "kysely";
import { expect } from "vitest";
import { commitDetail, writeLeaf } from "../../../gateway/audit/entry.ts";
import { appendLeaf, hashLeaf, startRange } from "../../../gateway/audit/merkle.ts";
import { openStoredLog, toDetail } from "../../../gateway/audit/stored-log.ts";
import { isStored } from "../../../gateway/audit/tile.ts";
import { verifyLog } from "../../../gateway/audit/verify.ts";
import type { ExternalHeads, Verdict } from "../../../gateway/audit/verify.ts";
import type { GatewayDatabase } from "../../../gateway/database/pool.ts";
import type { LogDetail, LogEntry, LogNode } from "../../../gateway/database/types.ts";
import type { Random } from "../../../subgraphs/seed/random.ts";

/** A log's rows, to be tampered with. */
export interface LogCopy {
  entries: Selectable<LogEntry>[];
  details: Selectable<LogDetail>[];
  nodes: Selectable<LogNode>[];
}

export async function copyLog(database: GatewayDatabase): Promise<LogCopy> {
  return {
    entries: await database.selectFrom("log_entry").selectAll().orderBy("index").execute(),
    details: await database.selectFrom("log_detail").selectAll().orderBy("index").execute(),
    nodes: await database.selectFrom("log_node").selectAll().orderBy("index").execute(),
  };
}

/** Puts a copy in the log's place, has it verified there, and takes it away again. */
export async function verifyInPlace(
  database: GatewayDatabase,
  { entries, details, nodes }: LogCopy,
  heads: ExternalHeads,
): Promise<Verdict> {
  let verdict: Verdict | undefined;
  const undo = new Error("undo");
  await database
    .transaction()
    .execute(async (copy) => {
      // As a superuser may: neither triggers nor the tables' own rules hold him.
      await sql`set local session_replication_role = replica`.execute(copy);
      await sql`alter table log_detail drop constraint pin_hash_names_its_key`.execute(copy);
      await sql`alter table log_entry drop constraint log_entry_index_check`.execute(copy);
      for (const table of ["log_entry", "log_detail", "log_node"] as const)
        await copy.deleteFrom(table).execute();
      await copy.insertInto("log_entry").values(entries).execute();
      if (details.length > 0) await copy.insertInto("log_detail").values(details).execute();
      if (nodes.length > 0) await copy.insertInto("log_node").values(nodes).execute();
      verdict = await verifyLog(await openStoredLog(copy), heads);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return verdict!;
}

/** A way to tamper: what it is called, and the first entry that it harms. */
export interface Tampering {
  readonly name: string;
  /** Index of the first entry that is no longer what it was. */
  readonly entry: number;
  readonly copy: LogCopy;
  /** Whether everything that could betray it was reckoned anew, so that only a head can. */
  readonly covered: boolean;
}

type Change = (copy: LogCopy, random: Random, at: number) => number;

/** Each takes a place, and answers the first entry that it harmed. */
const changes: Readonly<Record<string, Change>> = {
  "edits an entry": ({ entries }, random, at) => {
    const entry = entries[at]!;
    const column = random.pick(["agency", "purpose", "facts", "kind", "at", "commitment"] as const);
    entries[at] = {
      ...entry,
      [column]:
        column === "at"
          ? new Date(entry.at.getTime() + random.pick([-86_400_000, -1, 1, 60_000]))
          : column === "commitment"
            ? flipBit(entry.commitment, random)
            : changeText(entry[column], random),
    };
    return at;
  },
  "edits a leaf hash": ({ entries }, random, at) => {
    entries[at] = { ...entries[at]!, leaf_hash: flipBit(entries[at]!.leaf_hash, random) };
    return at;
  },
  "edits a detail": ({ details }, random, at) => {
    const detail = details[at]!;
    const column = random.pick([
      "subject",
      "case_number",
      "more",
      "pin_key",
      "pin_hash",
      "salt",
    ] as const);
    details[at] = {
      ...detail,
      [column]:
        column === "salt"
          ? flipBit(detail.salt, random)
          : column === "pin_hash"
            ? random.pick([null, flipBit(detail.pin_hash!, random)])
            : column === "more" || random.chance(0.8)
              ? changeText(detail[column]!, random)
              : null,
    };
    return at;
  },
  "deletes a detail": ({ details }, _random, at) => {
    details.splice(at, 1);
    return at;
  },
  "leaves a gap": ({ entries, details }, random, at) => {
    entries.splice(at, 1);
    if (random.chance(0.5)) details.splice(at, 1);
    return at;
  },
  "takes an entry out and closes the gap": (copy, _random, at) => {
    copy.entries.splice(at, 1);
    copy.details.splice(at, 1);
    numberAnew(copy);
    return at;
  },
  "puts an entry in": (copy, random, at) => {
    const from = random.between(0, copy.entries.length - 1);
    copy.entries.splice(at, 0, { ...copy.entries[from]!, at: copy.entries[at]!.at });
    copy.details.splice(at, 0, { ...copy.details[from]!, case_number: "HS-INSERTED" });
    numberAnew(copy);
    return at;
  },
  "exchanges two entries": (copy, random, at) => {
    const other = (at + random.between(1, copy.entries.length - 1)) % copy.entries.length;
    for (const rows of [copy.entries, copy.details] as { index: number }[][])
      [rows[at], rows[other]] = [rows[other]!, rows[at]!];
    numberAnew(copy);
    return Math.min(at, other);
  },
  "cuts the end off": (copy, random, at) => {
    copy.entries.length = at;
    copy.details.length = at;
    if (random.chance(0.5))
      copy.nodes = copy.nodes.filter(({ level, index }) => (index + 1) * 2 ** level <= at);
    return at;
  },
  "edits a node": ({ nodes }, random) => {
    const place = random.between(0, nodes.length - 1);
    const node = nodes[place]!;
    const other = random.pick<Partial<LogNode>>([
      { hash: flipBit(node.hash, random) },
      { index: node.index + 1_000 },
      { level: 16 },
    ]);
    nodes[place] = { ...node, ...other };
    return node.index * 2 ** node.level;
  },
  "deletes a node": ({ nodes }, random) => {
    const [node] = nodes.splice(random.between(0, nodes.length - 1), 1);
    return node!.index * 2 ** node!.level;
  },
};

/** Tampers with a copy in a random way, at a random place. */
export function tamper({ entries, details, nodes }: LogCopy, random: Random): Tampering {
  const original = { entries, details, nodes };
  const copy = { entries: [...entries], details: [...details], nodes: [...nodes] };
  const name = random.pick(Object.keys(changes));
  const entry = changes[name]!(copy, random, random.between(1, entries.length - 1));
  const covered = !name.endsWith("node") && !name.startsWith("leaves") && random.chance(0.6);
  if (covered) {
    coverUp(copy, name);
    // To cover up may be to undo.
    const leaves = copy.entries.map(({ leaf_hash }, i) => entries[i]?.leaf_hash.equals(leaf_hash));
    if (leaves.length === entries.length && leaves.every(Boolean)) return tamper(original, random);
  }
  return { name: covered ? `${name} and covers it up` : name, entry, copy, covered };
}

/**
 * Holds that a tampering was found, and that the entry which is named is the first that was harmed. Where
 * entries were moved or all was covered up, it is the first under the node or after the head that tells;
 * and where the log is now shorter than a head says, it may be the first that is not there.
 */
export function expectFound(
  { name, entry, copy, covered }: Tampering,
  verdict: Verdict,
  heads: readonly number[],
): void {
  expect([name, verdict.sound]).toEqual([name, false]);
  if (verdict.sound || verdict.entry === undefined) throw new Error("Only the log was harmed.");
  const named = [name, verdict.entry];
  if (!covered && !/^(takes|puts|exchanges)/.test(name))
    return expect(named).toEqual([name, entry]);
  const next = heads.find((size) => size > entry)!;
  if (next > copy.entries.length && verdict.entry === copy.entries.length) return;
  const from = Math.min(heads.findLast((size) => size <= entry) ?? 0, entry - (entry % 256));
  expect(verdict.entry, name).toBeGreaterThanOrEqual(from);
  expect(verdict.entry, name).toBeLessThanOrEqual(entry);
}

/** Commits to the details as they are now, and reckons leaves and nodes anew: all but the heads. */
function coverUp(copy: LogCopy, name: string): void {
  // A detail that is gone can only be covered up by what puts another there.
  if (name === "deletes a detail") {
    const gone = copy.entries.find(({ index }, place) => copy.details[place]?.index !== index)!;
    copy.details.splice(gone.index, 0, { ...copy.details[0]!, index: gone.index });
  }
  const range = startRange();
  copy.nodes = [];
  for (const [place, entry] of copy.entries.entries()) {
    const commitment = Buffer.from(commitDetail(toDetail(copy.details[place]!)));
    // A time that went back is put right too.
    const before = copy.entries[place - 1]?.at.getTime() ?? 0;
    const at = new Date(Math.max(before, entry.at.getTime()));
    const leaf = hashLeaf(writeLeaf({ ...entry, at: at.toISOString(), commitment }));
    copy.entries[place] = { ...entry, at, commitment, leaf_hash: Buffer.from(leaf) };
    appendLeaf(range, leaf, (node, hash) => {
      if (isStored(node)) copy.nodes.push({ ...node, hash: Buffer.from(hash) });
    });
  }
}

function numberAnew({ entries, details }: LogCopy): void {
  for (const rows of [entries, details] as { index: number }[][])
    for (const [index, row] of rows.entries()) rows[index] = { ...row, index };
}

function flipBit(bytes: Uint8Array, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  changed[random.between(0, bytes.length - 1)]! ^= 1 << random.between(0, 7);
  return changed;
}

function changeText(text: string, random: Random): string {
  const place = random.between(0, text.length);
  return random.chance(0.5)
    ? `${text.slice(0, place)}x${text.slice(place)}`
    : `${text.slice(0, Math.max(place - 1, 0))}~${text.slice(Math.max(place, 1))}`;
}
