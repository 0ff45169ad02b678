import { sql } from "kysely";
import { expect, inject, onTestFinished, test } from "vitest";
import { migrateToLatest, openDatabase } from "../../../subgraphs/kit/database.ts";
import type { DatabaseOptions } from "../../../subgraphs/kit/database.ts";
import { asAdmin, createEmptyDatabase } from "../../support/database.ts";

function open(url: string, options: DatabaseOptions = {}) {
  const database = openDatabase(url, { connections: 1, ...options });
  onTestFinished(() => database.destroy());
  return database;
}

test("A day stays a text and a big integer becomes a number", async () => {
  const { rows } = await sql`
    select '1975-04-30'::date as day, 9007199254740991::bigint as largest, null::date as none
  `.execute(open(inject("clusterUrl")));
  expect(rows).toEqual([{ day: "1975-04-30", largest: 9_007_199_254_740_991, none: null }]);
});

test("A connection that breaks inside a transaction fails that transaction, and the next one runs", async () => {
  const database = open(inject("clusterUrl"));
  const broken = database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(
      transaction,
    );
    await asAdmin((admin) => admin.query("select pg_terminate_backend($1, 5000)", [rows[0]?.pid]));
    await sql`select 1`.execute(transaction);
  });
  await expect(broken).rejects.toThrow(/connection/i);
  const { rows } = await sql`select 1 as answer`.execute(database);
  expect(rows).toEqual([{ answer: 1 }]);
});

test("A statement that runs on is ended after five seconds, or as long as the options say", async () => {
  const limitOf = async (options?: DatabaseOptions) => {
    const { rows } = await sql<{ statement_timeout: string }>`show statement_timeout`.execute(
      open(inject("clusterUrl"), options),
    );
    return rows[0]?.statement_timeout;
  };
  expect(await limitOf()).toBe("5s");
  expect(await limitOf({ statementMs: 0 })).toBe("0");
  const hurried = open(inject("clusterUrl"), { statementMs: 50 });
  await expect(sql`select pg_sleep(60)`.execute(hurried)).rejects.toMatchObject({ code: "57014" });
  const { rows } = await sql`select 1 as answer`.execute(hurried);
  expect(rows).toEqual([{ answer: 1 }]);
});

test("A transaction that nobody goes on with is ended, and holds its locks no longer", async () => {
  const database = open(inject("clusterUrl"), { statementMs: 50 });
  const forgotten = await database.startTransaction().execute();
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(forgotten);
  const pid = rows[0]?.pid;
  await expect
    .poll(() =>
      asAdmin(async (admin) => {
        const found = await admin.query("select from pg_stat_activity where pid = $1", [pid]);
        return found.rowCount;
      }),
    )
    .toBe(0);
  await expect(sql`select 1`.execute(forgotten)).rejects.toThrow(/connection|terminated/i);
  await forgotten
    .rollback()
    .execute()
    .catch(() => {});
  const next = await sql`select 1 as answer`.execute(database);
  expect(next.rows).toEqual([{ answer: 1 }]);
});

test("Migrations run once, in the order of their names, also where two processes start at once", async () => {
  const { url } = await createEmptyDatabase();
  const done: string[] = [];
  const step = (name: string) => ({
    up: async () => {
      done.push(name);
      await Promise.resolve();
    },
  });
  const migrations = { "0002_second": step("second"), "0001_first": step("first") };
  await Promise.all([1, 2].map(() => migrateToLatest(open(url), migrations)));
  await migrateToLatest(open(url), migrations);
  expect(done).toEqual(["first", "second"]);
});

test("A migration that fails is named, and leaves nothing of itself", async () => {
  const { url } = await createEmptyDatabase();
  const database = open(url);
  await expect(
    migrateToLatest(database, {
      "0001_broken": {
        up: async (migrating) => {
          await sql`create table half (id int)`.execute(migrating);
          await sql`select nonsense`.execute(migrating);
        },
      },
    }),
  ).rejects.toThrow(/^Migration 0001_broken failed: .*nonsense/);
  const { rows } = await sql`select to_regclass('half') as half`.execute(database);
  expect(rows).toEqual([{ half: null }]);
});
