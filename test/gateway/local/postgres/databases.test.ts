import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../../../gateway/local/embedded-postgres.ts";
import type { EmbeddedPostgres } from "../../../../gateway/local/embedded-postgres.ts";
import { createDatabases } from "../../../../gateway/local/postgres/databases.ts";
import { query } from "../cluster-owner.ts";

let cluster: EmbeddedPostgres<never>;

beforeAll(async () => {
  cluster = await startEmbeddedPostgres({ dataDirectory: "memory", databases: [] });
});

afterAll(() => cluster?.stop());

/** Makes databases in a process of its own, which is killed when the first of them is there. */
async function createUntilKilled(names: readonly string[]): Promise<void> {
  const file = new URL("../../../../gateway/local/postgres/databases.ts", import.meta.url);
  const call = [cluster.adminUrl, names, {}].map((value) => JSON.stringify(value)).join(", ");
  const program = `(await import("${file.href}")).createDatabases(${call})`;
  const creator = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  const ended = once(creator, "exit");
  const isFirstThere = () =>
    query(cluster.adminUrl, `select from pg_database where datname = '${names[0]}'`);
  await expect.poll(isFirstThere, { interval: 1 }).toHaveLength(1);
  creator.kill("SIGKILL");
  expect(await ended).toEqual([null, "SIGKILL"]);
}

// The server goes on with the statement of a dead client, so each round hits the making of a database.
test.each(["first", "second", "third", "fourth", "fifth"])(
  "Databases whose maker was killed half-way are made by the next one (%s round)",
  async (round) => {
    const names = Array.from({ length: 8 }, (_, number) => `${round}_${number}`);
    await createUntilKilled(names);
    await createDatabases(cluster.adminUrl, names, {});
    const made = await query<{ name: string }>(
      cluster.adminUrl,
      `select datname as name from pg_database join pg_roles on rolname = datname
       where not has_database_privilege('public', pg_database.oid, 'connect')`,
    );
    expect(made.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  },
);
