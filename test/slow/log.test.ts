import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { sealEntry } from "../../gateway/audit/seal.ts";
import { verifyStoredLog } from "../../gateway/audit/stored-log.ts";
import { signHead } from "../../gateway/audit/tree-head.ts";
import type { TreeHead } from "../../gateway/audit/tree-head.ts";
import { writeGroup } from "../../gateway/audit/append-statement.ts";
import type { LogEnd } from "../../gateway/audit/append-statement.ts";
import { startRange } from "../../gateway/audit/merkle.ts";
import { queryOver } from "../../gateway/database/pool.ts";
import { makeRandom } from "../../subgraphs/seed/random.ts";
import { layOut, openKeys } from "../gateway/audit/heads.ts";
import { accessTo, connectTo, createLogDatabase, startLog } from "../gateway/audit/log-database.ts";
import { copyLog, expectFound, tamper, verifyInPlace } from "../gateway/audit/tampering.ts";

describe("The log", () => {
  test("shows each of 1,000 random tamperings with a copy against a head from elsewhere", async () => {
    const connections = connectTo(await createLogDatabase());
    const database = queryOver(connections);
    const log = startLog(connections, { paceMs: 0 });
    const { sign, readHead } = await openKeys();
    const sizes = [100, 200, 300];
    const heads: TreeHead[] = [];
    for (const size of sizes) {
      await log.append(Array.from({ length: 100 }, (_, i) => accessTo(size + i)));
      heads.push(await signHead({ connections, sign, now: Date.now }, heads.at(-1)));
    }
    const original = await copyLog(database);
    const random = makeRandom(2026, 1_000);
    const kinds = new Map<string, number>();
    for (let trial = 0; trial < 1_000; trial++) {
      const tampering = tamper(original, random);
      const verdict = await verifyInPlace(database, tampering.copy, layOut(heads, readHead));
      expectFound(tampering, verdict, sizes);
      kinds.set(tampering.name, (kinds.get(tampering.name) ?? 0) + 1);
    }
    console.log(Object.fromEntries([...kinds].toSorted()));
  });

  test("is verified within 60 s at a million entries, with memory that does not grow", async () => {
    const connections = connectTo(await createLogDatabase(), { timeoutMs: 60_000 });
    const database = queryOver(connections);
    const { sign, readHead } = await openKeys();
    let end: LogEnd = { range: startRange(), lastAt: 0, lastLeaf: undefined };
    const heads: TreeHead[] = [];
    for (let group = 0; group < 1_000; group++) {
      const entries = Array.from({ length: 1_000 }, (_, i) =>
        sealEntry(accessTo(group * 1_000 + i)),
      );
      end = (await writeGroup(connections, entries, end, Date.now()))!.end;
      if (group % 50 === 49)
        heads.push(await signHead({ connections, sign, now: Date.now }, heads.at(-1)));
    }
    await sql`analyze log_entry, log_detail`.execute(database);
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 50);
    onTestFinished(() => clearInterval(watch));
    const [before, began] = [process.memoryUsage().rss, performance.now()];
    const verdict = await verifyStoredLog(database, layOut(heads, readHead));
    const seconds = (performance.now() - began) / 1_000;
    const grown = (most - before) / 2 ** 20;
    console.log(`${seconds.toFixed(1)} s, ${grown.toFixed(0)} MB more than before`);
    expect(verdict).toMatchObject({ sound: true, size: 1_000_000, heads: 20, unproven: 0 });
    expect(seconds).toBeLessThan(60);
    // What is read passes half a gigabyte; this is what the collector leaves lying between two runs.
    expect(grown).toBeLessThan(150);
  });
});
