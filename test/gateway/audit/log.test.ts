import fc from "fast-check";
import type { Pool } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { commitDetail, writeLeaf } from "../../../gateway/audit/entry.ts";
import { findLogEnd } from "../../../gateway/audit/log-end.ts";
import { verifyConsistency, verifyInclusion } from "../../../gateway/audit/merkle-proof.ts";
import { equalHashes, hashLeaf, rootOf, rootOfRange } from "../../../gateway/audit/merkle.ts";
import { verifyStoredLog } from "../../../gateway/audit/stored-log.ts";
import { proveEntry, proveGrowth, readTreeState } from "../../../gateway/audit/stored-tree.ts";
import { queryOver } from "../../../gateway/database/pool.ts";
import { asAdmin } from "../../support/database.ts";
import { accessTo } from "./access.ts";
import { layOut } from "./heads.ts";
import { connectTo, createLogDatabase, startLog } from "./log-database.ts";

interface Row {
  readonly index: number;
  readonly at: Date;
  readonly leaf_hash: Buffer;
}

async function readRows(connections: Pool): Promise<Row[]> {
  const { rows } = await connections.query<Row>("select * from log_entry order by index");
  return rows;
}

/** Holds that the log is one tree of what it stores. */
async function expectOneTree(connections: Pool, size: number): Promise<void> {
  const rows = await readRows(connections);
  expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: size }, (_, i) => i));
  for (const [i, { at }] of rows.entries())
    if (i > 0) expect(at.getTime()).toBeGreaterThanOrEqual(rows[i - 1]!.at.getTime());
  const state = await readTreeState(connections);
  expect(state.size).toBe(size);
  expect(equalHashes(state.root, rootOf(rows.map((row) => row.leaf_hash)))).toBe(true);
  const { end } = await findLogEnd(connections, undefined);
  expect(equalHashes(rootOfRange(end.range), state.root)).toBe(true);
}

describe("The log", () => {
  test("holds an entry for each append when it answers, in order and without gaps", async () => {
    const connections = connectTo(await createLogDatabase());
    const log = startLog(connections);
    expect(await log.append([accessTo(1), accessTo(2)])).toEqual([0, 1]);
    expect(await log.append([])).toEqual([]);
    const more = await Promise.all([3, 4, 5].map((person) => log.append([accessTo(person)])));
    expect(more).toEqual([[2], [3], [4]]);
    await expectOneTree(connections, 5);
  });

  test("stores what the leaf and the commitment are made of, and the database's time", async () => {
    const connections = connectTo(await createLogDatabase());
    await startLog(connections).append([accessTo(7)]);
    const { rows } = await connections.query(
      "select *, clock_timestamp() - at as age from log_entry join log_detail using (index)",
    );
    const row = rows[0]!;
    expect(row).toMatchObject({
      kind: "access",
      agency: "H29.01",
      purpose: "marital-status-certificate",
      subject: "officer-lan",
      case_number: "HS-7/2026",
      pin_key: "2026",
      facts: `{"outcome":"answered","units":[{"call":"c2.1","day":"2026-11-25","lane":"counter","source":"population","units":1}]}`,
      more: `{"fields":["Citizen.birthDate","Citizen.fullName"],"operation":"d2f9a1c07b6e4853","requestId":"request-7","sources":[{"asOf":"2026-11-25T07:00:00.000Z","name":"population","status":"FRESH"}]}`,
    });
    expect(row.age.seconds ?? 0).toBeLessThan(5);
    const { salt, subject, case_number: caseNumber, more, facts, kind, agency, purpose } = row;
    const pin = { key: row.pin_key, hash: row.pin_hash };
    expect(commitDetail({ salt, subject, caseNumber, pin, more })).toEqual(row.commitment);
    const at = row.at.toISOString();
    const leaf = writeLeaf({ at, kind, agency, purpose, facts, commitment: row.commitment });
    expect(hashLeaf(leaf)).toEqual(row.leaf_hash);
  });

  test("writes any text down as it is, be it empty, quoted or of other letters", async () => {
    const connections = connectTo(await createLogDatabase());
    const log = startLog(connections);
    const text = fc
      .oneof(
        fc.string(),
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("", "{}", "\\x", "NULL", '"'),
      )
      .filter((each) => !/[\u0000-\u001f]/.test(each)); // oxlint-disable-line no-control-regex
    const written = fc.record({
      subject: text,
      agency: text,
      purpose: text,
      caseNumber: fc.option(text, { nil: undefined }),
      outcome: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(written, { minLength: 1, maxLength: 5 }), async (told) => {
        const indexes = await log.append(told.map((each) => accessTo(1, each)));
        const { rows } = await connections.query(
          `select subject, agency, purpose, case_number as "caseNumber", facts::json ->> 'outcome' as outcome
             from log_entry join log_detail using (index) where index >= $1 order by index`,
          [indexes[0]],
        );
        expect(rows).toEqual(
          told.map((each) => ({ ...each, caseNumber: each.caseNumber ?? null })),
        );
      }),
      { numRuns: 30 },
    );
    const noHeads = layOut([], () => Promise.resolve(undefined));
    expect(await verifyStoredLog(queryOver(connections), noHeads)).toMatchObject({ sound: true });
  });

  test("stays one tree while four processes append to it at once", async () => {
    const database = await createLogDatabase();
    const indexes: number[] = [];
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const log = startLog(connectTo(database, { timeoutMs: 20_000 }));
        for (let round = 0; round < 20; round++) {
          const some = Array.from({ length: 1 + (round % 5) }, () => log.append([accessTo(round)]));
          indexes.push(...(await Promise.all(some)).flat());
        }
      }),
    );
    expect(indexes).toHaveLength(4 * 60);
    expect(new Set(indexes).size).toBe(4 * 60);
    await expectOneTree(connectTo(database), 4 * 60);
  });

  test("proves every entry and all its growth out of the database, beyond one tile of nodes", async () => {
    const connections = connectTo(await createLogDatabase());
    const log = startLog(connections);
    const size = 1_100;
    for (const entries of [1, 255, 1, 300, 500, 43])
      await log.append(Array.from({ length: entries }, (_, person) => accessTo(person)));
    await expectOneTree(connections, size);
    const { rows } = await connections.query("select level, index from log_node order by 1, 2");
    expect(rows).toEqual([0, 1, 2, 3].map((index) => ({ level: 8, index })));
    const leaves = (await readRows(connections)).map((row) => row.leaf_hash);
    const root = rootOf(leaves);
    for (const index of [0, 1, 255, 256, 511, 777, 1_023, 1_024, 1_099]) {
      const proof = await proveEntry(connections, index, size);
      expect(verifyInclusion(leaves[index]!, index, size, proof, root)).toBe(true);
    }
    for (const from of [0, 1, 255, 256, 257, 700, 1_024, 1_100]) {
      const proof = await proveGrowth(connections, from, size);
      const old = rootOf(leaves.slice(0, from));
      expect(verifyConsistency(from, size, old, root, proof)).toBe(true);
    }
  });

  test("is found again where another process left it, be it one entry or thousands further", async () => {
    const database = await createLogDatabase();
    const connections = connectTo(database);
    const [here, there] = [startLog(connections), startLog(connectTo(database))];
    await here.append([accessTo(1)]);
    await there.append([accessTo(2)]);
    await here.append([accessTo(3)]);
    for (let round = 0; round < 3; round++)
      await there.append(Array.from({ length: 450 }, (_, person) => accessTo(person)));
    expect(await here.append([accessTo(4)])).toEqual([3 + 3 * 450]);
    await expectOneTree(connections, 4 + 3 * 450);
  });
});

describe("An append is refused", () => {
  test("where the log's database is gone, and taken again when it is back", async () => {
    const database = await createLogDatabase();
    const name = new URL(database.url).pathname.slice(1);
    const connections = connectTo(database);
    const log = startLog(connections);
    await log.append([accessTo(1)]);
    const allow = (allowed: boolean) =>
      asAdmin(async (admin) => {
        await admin.query(`alter database ${name} allow_connections ${allowed}`);
        if (!allowed)
          await admin.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
            [name],
          );
      });
    onTestFinished(() => allow(true));
    await log.check();
    await allow(false);
    await expect(log.check()).rejects.toBeInstanceOf(Error);
    await expect(log.append([accessTo(2)])).rejects.toBeInstanceOf(Error);
    await allow(true);
    await log.check();
    expect(await log.append([accessTo(3)])).toEqual([1]);
    await expectOneTree(connections, 2);
  });

  test("for good where the log lost what was written, until the gateway is started again", async () => {
    const database = await createLogDatabase();
    const connections = connectTo(database);
    const log = startLog(connections);
    await log.append([accessTo(1), accessTo(2)]);
    // As it is after an older copy was restored.
    await connections.query(`
      set session_replication_role = replica;
      delete from log_entry where index = 1; delete from log_detail where index = 1;
      set session_replication_role = origin`);
    await expect(log.check()).rejects.toThrow("restored from an older copy");
    await expect(log.append([accessTo(3)])).rejects.toThrow("restored from an older copy");
    await startLog(connections).append([accessTo(4)]);
    await expect(log.append([accessTo(5)])).rejects.toThrow("restored from an older copy");
    expect(await startLog(connections).append([accessTo(6)])).toEqual([2]);
  });

  test("alone, where it holds what cannot be written down", async () => {
    const connections = connectTo(await createLogDatabase());
    const log = startLog(connections);
    const appends = await Promise.allSettled([
      log.append([accessTo(1, { caseNumber: "a\u0000" })]),
      log.append([accessTo(1, { caseNumber: "a\u001f" })]),
      log.append([accessTo(1, { subject: "\u001e" })]),
      log.append([accessTo(2, { subject: "\ud800" })]),
      log.append([accessTo(2, { pin: { key: "2026", hash: Buffer.alloc(31) } })]),
      log.append([accessTo(3)]),
    ]);
    expect(appends.slice(0, 5).map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
    expect(appends[5]).toEqual({ status: "fulfilled", value: [0] });
    await expectOneTree(connections, 1);
  });

  test("where thousands wait already", async () => {
    const connections = connectTo(await createLogDatabase());
    const log = startLog(connections);
    const many = Array.from({ length: 5_000 }, () => accessTo(1));
    // The first leaves at once; two wait, and a third would be too many.
    const appends = await Promise.allSettled([1, 2, 3, 4].map(() => log.append(many)));
    expect(appends.map(({ status }) => status === "fulfilled")).toEqual([true, true, true, false]);
    await expectOneTree(connections, 15_000);
  });
});

describe("The log's time", () => {
  test("stands still while the database's clock goes back, and goes on when that has caught up", async () => {
    const database = await createLogDatabase();
    const connections = connectTo(database, { connections: 1 });
    await connections.query(`
      create schema held;
      create table held.clock (at timestamptz not null);
      insert into held.clock values ('2026-11-25T07:00:00.123Z');
      create function held.clock_timestamp() returns timestamptz language sql volatile
        as 'select at from held.clock';
      set search_path = held, public, pg_catalog`);
    let passed = 0;
    const log = startLog(connections, { monotonic: () => passed });
    const at = async (clock: string, monotonic: number) => {
      await connections.query("update held.clock set at = $1", [clock]);
      passed = monotonic;
      await log.append([accessTo(1)]);
      return (await readRows(connections)).at(-1)!.at.toISOString();
    };
    expect(await at("2026-11-25T07:00:00.123Z", 0)).toBe("2026-11-25T07:00:00.123Z");
    expect(await at("2026-11-25T07:00:01.000Z", 800)).toBe("2026-11-25T07:00:00.923Z");
    expect(await at("2026-11-25T06:00:00.000Z", 900)).toBe("2026-11-25T07:00:01.100Z");
    expect(await at("2026-11-25T06:00:01.000Z", 1_000)).toBe("2026-11-25T07:00:01.100Z");
    // The machine slept: its clock says a millisecond, the database's an hour and more.
    expect(await at("2026-11-25T08:00:00.000Z", 1_001)).toBe("2026-11-25T08:00:00.000Z");
  });
});
