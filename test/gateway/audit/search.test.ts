import { describe, expect, test } from "vitest";
import { describeSearch, writeLeaf } from "../../../gateway/audit/entry.ts";
import { hashLeaf, rootOf } from "../../../gateway/audit/merkle.ts";
import { verifyInclusion } from "../../../gateway/audit/merkle-proof.ts";
import { hashPin } from "../../../gateway/audit/pin-hash.ts";
import { searchLog } from "../../../gateway/audit/search.ts";
import type { LogFilter } from "../../../gateway/audit/search.ts";
import { proveEntry, readTreeState } from "../../../gateway/audit/stored-tree.ts";
import { queryOver } from "../../../gateway/database/pool.ts";
import { parsePin } from "../../../schema/values/pin.ts";
import { accessTo, keyOf2026 } from "./access.ts";
import { connectTo, createLogDatabase, startLog } from "./log-database.ts";

async function openLog() {
  const connections = connectTo(await createLogDatabase());
  const database = queryOver(connections);
  const log = startLog(connections);
  const search = async (filter: LogFilter, first = 100, after?: number) => {
    const { rows, more } = await searchLog(database, filter, first, after);
    return { indexes: rows.map(({ index }) => index), more };
  };
  return { connections, database, log, search };
}

const hashOf = (person: string) => hashPin(keyOf2026, parsePin(person));

describe("A search in the log", () => {
  test("finds by agency, purpose, case, subject, kind and person, the newest first", async () => {
    const { log, search } = await openLog();
    const auditor = { requestId: "r", subject: "auditor-minh", agency: "TTCP", purpose: "audit" };
    await log.append([
      accessTo(1),
      accessTo(2, { agency: "H30" }),
      accessTo(1, { purpose: "marriage-registration", caseNumber: "HS-9/2026" }),
      accessTo(3, { subject: "officer-hoa", caseNumber: undefined }),
      describeSearch(auditor, { pin: hashOf("001190000001"), filter: {} }),
    ]);
    const found = async (filter: LogFilter) => (await search(filter)).indexes;
    expect(await found({})).toEqual([4, 3, 2, 1, 0]);
    expect(await found({ agency: "H30" })).toEqual([1]);
    expect(await found({ purpose: "marriage-registration" })).toEqual([2]);
    expect(await found({ caseNumber: "HS-9/2026" })).toEqual([2]);
    expect(await found({ subject: "officer-hoa" })).toEqual([3]);
    expect(await found({ kind: "search" })).toEqual([4]);
    const pins = [hashOf("001190000001"), { key: "2025", hash: Buffer.alloc(32) }];
    expect(await found({ pins })).toEqual([4, 2, 0]);
    expect(await found({ pins, kind: "access", agency: "H29.01" })).toEqual([2, 0]);
    expect(await found({ pins: [] })).toEqual([]);
    expect(await found({ agency: "' or true --" })).toEqual([]);
  });

  test("is read page by page, whatever is added meanwhile", async () => {
    const { log, search } = await openLog();
    await log.append(Array.from({ length: 5 }, (_, person) => accessTo(person)));
    expect(await search({}, 2)).toEqual({ indexes: [4, 3], more: true });
    await log.append([accessTo(6)]);
    expect(await search({}, 2, 3)).toEqual({ indexes: [2, 1], more: true });
    expect(await search({}, 2, 1)).toEqual({ indexes: [0], more: false });
    for (const first of [0, 1_001, 1.5, Number.NaN])
      await expect(search({}, first)).rejects.toThrow("Ask for 1 to 1000 entries");
  });

  test("knows times, at the edges too", async () => {
    const { log, search, connections } = await openLog();
    for (let group = 0; group < 4; group++) {
      await log.append([accessTo(group), accessTo(group)]);
      const begun = Date.now();
      await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(begun + 2);
    }
    const { rows } = await connections.query<{ at: Date }>(
      "select at from log_entry order by index",
    );
    const times = rows.map(({ at }) => at.toISOString());
    expect((await search({ from: times[2] })).indexes).toEqual([7, 6, 5, 4, 3, 2]);
    expect((await search({ to: times[2] })).indexes).toEqual([1, 0]);
    expect((await search({ from: times[2], to: times[6] })).indexes).toEqual([5, 4, 3, 2]);
    expect((await search({ from: "2000-01-01T00:00:00Z" })).indexes).toHaveLength(8);
    expect((await search({ from: "2999-01-01T00:00:00Z" })).indexes).toEqual([]);
  });

  test("gives rows that anybody can prove to be in the tree, with or without their detail", async () => {
    const { log, database, connections } = await openLog();
    await log.append([accessTo(1), accessTo(2), accessTo(3)]);
    await connections.query("delete from log_detail where index = 1");
    const { rows } = await searchLog(database, {}, 10);
    expect(rows.map(({ detail }) => detail !== undefined)).toEqual([true, false, true]);
    const leaves = rows.toReversed().map(({ entry }) => hashLeaf(writeLeaf(entry!)));
    const { size, root } = await readTreeState(connections);
    expect(Buffer.from(rootOf(leaves))).toEqual(root);
    const proof = await proveEntry(connections, 1, size);
    expect(verifyInclusion(leaves[1]!, 1, size, proof, root)).toBe(true);
  });
});
