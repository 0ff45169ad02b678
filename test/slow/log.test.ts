import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
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
import { accessTo } from "../gateway/audit/access.ts";
import { connectTo, createLogDatabase, startLog } from "../gateway/audit/log-database.ts";
import { copyLog, expectFound, tamper, verifyInPlace } from "../gateway/audit/tampering.ts";

describe("The log", () => {
  test("shows each of 1,000 random tamperings with a copy against a head from elsewhere", async () => {
    const connections = connectTo(await createLogDatabase());
    const database = queryOver(connections);
    const log = startLog(connections);
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

  test("loses no entry that was answered, and stays one tree, through 100 kill -9 of one of two appenders", async () => {
    const database = await createLogDatabase();
    const random = makeRandom(2026, 9);
    const answered = new Map<number, string>();
    const running = [1, 2].map((name) => startAppender(database.url, `appender-${name}`, answered));
    for (let trial = 0; trial < 100; trial++) {
      const place = random.between(0, 1);
      const victim = running[place]!;
      await victim.begun;
      await pause(random.between(0, 60));
      victim.child.kill("SIGKILL");
      await victim.ended;
      running[place] = startAppender(database.url, `trial-${trial}`, answered);
    }
    for (const { child, ended } of running) {
      child.kill("SIGKILL");
      await ended;
    }
    const connections = connectTo(database);
    const { rows } = await connections.query<{ index: number; more: string }>(
      "select index, more from log_detail",
    );
    const stored = new Map(rows.map(({ index, more }) => [index, more]));
    for (const [index, requestId] of answered)
      expect(stored.get(index)).toContain(`"requestId":"${requestId}"`);
    expect(answered.size).toBeGreaterThan(1_000);
    console.log(`${answered.size} of ${stored.size} entries were answered`);
    const { readHead } = await openKeys();
    const verdict = await verifyStoredLog(queryOver(connections), layOut([], readHead));
    expect(verdict).toMatchObject({ sound: true, size: stored.size });
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

/** @param answered gets each index that the process was told, with its request */
function startAppender(url: string, name: string, answered: Map<number, string>) {
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL("../gateway/audit/appender.ts", import.meta.url)),
      "--url",
      url,
      "--name",
      name,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const begun = once(child.stdout, "data");
  const ended = once(child, "close");
  createInterface(child.stdout).on("line", (line) => {
    // A pipe takes a line whole or not at all.
    const [first, second, requestId] = line.split(" ");
    for (const index of [first, second]) answered.set(Number(index), requestId!);
  });
  return { child, begun, ended };
}
