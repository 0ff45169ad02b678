import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { findWrongRights } from "../../../gateway/audit/rights.ts";
import { handOverLog } from "../../../gateway/local/postgres/hand-over-log.ts";
import { migrate } from "../../../gateway/database/migrate.ts";
import { queryOver } from "../../../gateway/database/pool.ts";
import { asAdmin } from "../../support/database.ts";
import { accessTo } from "./access.ts";
import { connectTo, startLog } from "./log-database.ts";

/** A gateway's database as the launcher makes it: one role of the same name that owns it. */
async function createOwnedDatabase() {
  const name = `owned_${randomBytes(6).toString("hex")}`;
  const roles = [name, `${name}_keeper`, `${name}_retention`];
  const url = (role: string) => {
    const address = new URL(inject("clusterUrl"));
    [address.username, address.password, address.pathname] = [role, "pass", name];
    return address.href;
  };
  await asAdmin(async (admin) => {
    await admin.query(`create role ${name} login password 'pass'`);
    await admin.query(`create database ${name} owner ${name}`);
  });
  onTestFinished(() =>
    asAdmin(async (admin) => {
      await admin.query(`drop database ${name} (force)`);
      for (const role of roles.toReversed()) await admin.query(`drop role if exists ${role}`);
    }),
  );
  const connections = connectTo({ url: url(name) });
  await migrate(queryOver(connections));
  return { name, connections, url };
}

/** The README's own statements, as a superuser runs them, under names of this test's. */
async function handOver(name: string): Promise<void> {
  const readme = readFileSync(new URL("../../../gateway/audit/README.md", import.meta.url), "utf8");
  const script = /```sql\n(.*?)```/s.exec(readme)![1]!;
  const renamed = script
    .replaceAll("lien_thong", name)
    .replaceAll("database gateway", `database ${name}`)
    .replaceAll("to gateway", `to ${name}`);
  const admin = new Client({
    connectionString: inject("clusterUrl").replace(/\/postgres$/, `/${name}`),
  });
  await admin.connect();
  try {
    await admin.query(renamed);
    await admin.query(`alter role ${name}_retention password 'pass'`);
  } finally {
    await admin.end();
  }
}

const tables = ["log_entry", "log_detail", "log_node"] as const;

describe("The gateway's role", () => {
  test("lacks every right to change the log once the launcher has taken it, also a second time", async () => {
    const { name, connections } = await createOwnedDatabase();
    for (let start = 0; start < 2; start++) await handOverLog(inject("clusterUrl"), name);
    expect(await findWrongRights(queryOver(connections))).toEqual([]);
    expect(await startLog(connections).append([accessTo(1)])).toEqual([0]);
    await expect(connections.query("alter table log_entry disable trigger all")).rejects.toThrow(
      "must be owner",
    );
    // The next migration makes tables of its own.
    await connections.query("create table later (id int)");
  });

  test("may not change the log where it owns it, and is told that it could take the right", async () => {
    const { name, connections } = await createOwnedDatabase();
    await startLog(connections).append([accessTo(1)]);
    for (const table of tables)
      for (const change of [`update ${table} set index = 7`, `truncate ${table}`])
        await expect(connections.query(change)).rejects.toThrow("permission denied");
    for (const table of tables)
      await expect(connections.query(`delete from ${table}`)).rejects.toThrow("permission denied");
    expect(await findWrongRights(queryOver(connections))).toEqual(
      tables
        .toSorted()
        .map((table) => `The role ${name} owns ${table}, and can give itself any right on it.`),
    );
  });

  test("adds and reads where the log is another's, and can take no right", async () => {
    const { name, connections } = await createOwnedDatabase();
    await handOver(name);
    const log = startLog(connections);
    expect(await log.append(Array.from({ length: 300 }, () => accessTo(1)))).toHaveLength(300);
    expect(await findWrongRights(queryOver(connections))).toEqual([]);
    for (const table of tables)
      for (const attempt of [
        `update ${table} set index = 7`,
        `delete from ${table}`,
        `truncate ${table}`,
        `drop table ${table}`,
        `alter table ${table} disable trigger refuse_change`,
        `alter table ${table} owner to ${name}`,
        `alter table ${table} rename to elsewhere`,
        `drop trigger refuse_change on ${table}`,
      ])
        await expect(connections.query(attempt), attempt).rejects.toThrow(
          /permission denied|must be owner|must be able to SET ROLE/,
        );
    for (const attempt of [
      "create or replace function refuse_change_of_log() returns trigger language plpgsql as 'begin return null; end'",
      "drop schema public cascade",
      `drop database ${name}`,
      `set role ${name}_keeper`,
      "set session_replication_role = replica",
    ])
      await expect(connections.query(attempt), attempt).rejects.toThrow(
        /permission denied|must be owner|cannot drop/,
      );
    // PostgreSQL only warns of a grant that nobody could give.
    await connections.query(`grant update, delete on log_entry to ${name}`);
    expect(await findWrongRights(queryOver(connections))).toEqual([]);
    // What the next migration needs, it still may.
    await connections.query("create table bulk_job (id bigint primary key)");
  });

  test("is told what it lacks", async () => {
    const { name, connections } = await createOwnedDatabase();
    await connections.query(`revoke insert on log_entry from ${name}`);
    expect(await findWrongRights(queryOver(connections))).toContain(
      `The role ${name} may not insert in log_entry, and must.`,
    );
    await expect(startLog(connections).append([accessTo(1)])).rejects.toThrow("permission denied");
  });
});

test("The role of retention erases details, and nothing else, under a trigger that holds the owner too", async () => {
  const { name, connections, url } = await createOwnedDatabase();
  await handOver(name);
  await startLog(connections).append([accessTo(1), accessTo(2)]);
  const retention = connectTo({ url: url(`${name}_retention`) });
  const erased = await retention.query(
    "delete from log_detail using log_entry where log_entry.index = log_detail.index and purpose = 'marital-status-certificate'",
  );
  expect(erased.rowCount).toBe(2);
  for (const attempt of [
    "delete from log_entry",
    "update log_detail set subject = 'x'",
    "insert into log_detail (index, salt, more) values (9, sha256('a'), '{}')",
  ])
    await expect(retention.query(attempt)).rejects.toThrow("permission denied");
  await asAdmin((admin) => admin.query(`grant ${name}_keeper to ${name}`));
  const keeper = connectTo({ url: url(name) }, { connections: 1 });
  await keeper.query(`set role ${name}_keeper`);
  for (const table of ["log_entry", "log_node"]) {
    await keeper.query(`grant delete on ${table} to ${name}_keeper`);
    await expect(keeper.query(`delete from ${table}`)).rejects.toThrow("The log is only added to");
  }
});
