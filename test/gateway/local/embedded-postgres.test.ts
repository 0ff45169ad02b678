import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startEmbeddedPostgres } from "../../../gateway/local/embedded-postgres.ts";
import type { EmbeddedPostgres } from "../../../gateway/local/embedded-postgres.ts";
import { isRunning, makeFolder, query, removeFolder } from "./cluster-owner.ts";

describe("an embedded database", () => {
  let postgres: EmbeddedPostgres<"population" | "education">;
  beforeAll(async () => {
    postgres = await startEmbeddedPostgres({
      dataDirectory: "memory",
      databases: ["population", "education"],
    });
  });
  afterAll(() => postgres.stop());

  test("belongs to a role of its own, which is no superuser", async () => {
    await query(postgres.urls.population, "create table citizen (pin text primary key)");
    const rows = await query(
      postgres.urls.population,
      `select current_user::text as name, rolsuper as super, datdba = r.oid as owner
         from pg_roles r, pg_database where rolname = current_user and datname = current_database()`,
    );
    expect(rows).toEqual([{ name: "population", super: false, owner: true }]);
  });

  test.each(["education", "postgres", "template1"])(
    "is the only one its role can connect to: %s is refused",
    async (other) => {
      const url = postgres.urls.population.replace(/population$/, other);
      await expect(query(url, "select 1")).rejects.toThrow(
        `permission denied for database "${other}"`,
      );
    },
  );

  test("asks for the password", async () => {
    const url = new URL(postgres.urls.population);
    url.password = "guessed";
    await expect(query(url.href, "select 1")).rejects.toThrow("password authentication failed");
  });

  test("is reached over loopback alone, with passwords kept as scram", async () => {
    const settings = await query(
      postgres.adminUrl,
      `select current_setting('listen_addresses') as addresses,
              current_setting('unix_socket_directories') as sockets,
              (select bool_and(rolpassword like 'SCRAM-SHA-256$%') from pg_authid where rolcanlogin) as scram`,
    );
    expect(settings).toEqual([{ addresses: "127.0.0.1", sockets: "", scram: true }]);
  });

  test("searches Vietnamese names by trigrams without losing a letter", async () => {
    const [trigrams] = await query<{ marked: string[]; plain: string[] }>(
      postgres.urls.population,
      // Hashed as numbers where a letter has several bytes, so compare how many there are.
      "select show_trgm('Đỗ Thị Ứng') as marked, show_trgm(unaccent('Đỗ Thị Ứng')) as plain",
    );
    expect(trigrams?.plain).toEqual(
      expect.arrayContaining(["  d", " do", "do ", "  t", " th", "thi", "hi ", "  u", "ung"]),
    );
    expect(trigrams?.marked).toHaveLength(trigrams?.plain.length ?? Number.NaN);
  });

  test("can hold an exclusion constraint over a number and a period", async () => {
    await query(
      postgres.urls.population,
      "create table stay (pin text, during daterange, exclude using gist (pin with =, during with &&))",
    );
    await query(
      postgres.urls.population,
      "insert into stay values ('1', '[2020-01-01,2021-01-01)')",
    );
    await expect(
      query(postgres.urls.population, "insert into stay values ('1', '[2020-06-01,2022-01-01)')"),
    ).rejects.toThrow("exclusion constraint");
  });

  test("writes no row into its log when one is refused", async () => {
    const insert = "insert into citizen values ('001300000017')";
    await query(postgres.urls.population, insert);
    await expect(query(postgres.urls.population, insert)).rejects.toThrow("duplicate key");
    const [{ cluster } = { cluster: "" }] = await query<{ cluster: string }>(
      postgres.adminUrl,
      "select current_setting('data_directory') as cluster",
    );
    const log = await readFile(join(dirname(cluster), "postgres.log"), "utf8");
    expect(log).toContain("duplicate key");
    expect(log).not.toContain("001300000017");
  });

  test("can be the template of a test's own database, extensions included", async () => {
    await query(postgres.adminUrl, "create database copy template education owner education");
    const url = postgres.urls.education.replace(/education$/, "copy");
    expect(await query(url, "select unaccent('Hà') as plain")).toEqual([{ plain: "Ha" }]);
  });
});

describe("a database that is kept", () => {
  let dataDirectory: string;
  beforeAll(async () => {
    dataDirectory = await makeFolder();
    return () => removeFolder(dataDirectory);
  });
  const start = async <const Name extends string>(...databases: Name[]) => {
    const postgres = await startEmbeddedPostgres({ dataDirectory, databases });
    onTestFinished(() => postgres.stop());
    return postgres;
  };

  test("has the same rows, URLs and passwords after a stop and a start", async () => {
    const first = await start("population");
    await query(first.urls.population, "create table citizen as select 'Trần Thị Bưởi' as name");
    await first.stop();

    const second = await start("population", "seed");
    expect(second.urls.population).toBe(first.urls.population);
    expect(second.alreadyRunning).toBe(false);
    expect(await query(second.urls.population, "table citizen")).toEqual([
      { name: "Trần Thị Bưởi" },
    ]);
    expect(await query(second.urls.seed, "show fsync")).toEqual([{ fsync: "on" }]);
    const { mode } = await stat(join(dataDirectory, "postgres", "credentials.json"));
    expect((mode & 0o777).toString(8)).toBe("600");
  });

  test("leaves no process behind when it is stopped, and may be stopped again", async () => {
    const postgres = await start("population");
    const sessions = "select pid from pg_stat_activity";
    const rows = await query<{ pid: number }>(postgres.adminUrl, sessions);
    const pids = [postgres.pid, ...rows.map(({ pid }) => pid)];
    expect(pids.length).toBeGreaterThan(4);

    await postgres.stop();
    await postgres.stop();
    expect(await Promise.all(pids.map(isRunning))).not.toContain(true);
  });

  test("finds another port when its last one is taken meanwhile", async () => {
    const first = await start("population");
    await first.stop();
    const occupant = createServer().listen(first.port, "127.0.0.1");
    onTestFinished(() => void occupant.close());
    const second = await start("population");
    expect(second.port).not.toBe(first.port);
    expect(await query(second.urls.population, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("names the file of its passwords when that is damaged, and leaves no server running", async () => {
    await (await start("population")).stop();
    const file = join(dataDirectory, "postgres", "credentials.json");
    const sound = await readFile(file, "utf8");
    onTestFinished(() => writeFile(file, sound));

    await writeFile(file, "{");
    await expect(start("population")).rejects.toThrow(`cannot be read from ${file}`);
    await writeFile(file, JSON.stringify({ port: 0, admin: "guessed", roles: {} }));
    await expect(start("population")).rejects.toThrow(`does not accept the password in ${file}`);
    const processFile = join(dataDirectory, "postgres", "cluster", "postmaster.pid");
    await expect(stat(processFile)).rejects.toThrow("ENOENT");
  });
});

test("A database in memory leaves no folder", async () => {
  const postgres = await startEmbeddedPostgres({ dataDirectory: "memory", databases: ["seed"] });
  const [settings] = await query<{ cluster: string; fsync: string }>(
    postgres.adminUrl,
    "select current_setting('data_directory') as cluster, current_setting('fsync') as fsync",
  );
  const folder = dirname(dirname(settings?.cluster ?? ""));
  expect(settings?.fsync).toBe("off");
  expect((await stat(folder)).isDirectory()).toBe(true);
  await postgres.stop();
  await expect(stat(folder)).rejects.toThrow("ENOENT");
});

test.each(["Population", "civil-status", "postgres", ""])(
  "The database name %o is refused with a sentence",
  async (name) => {
    await expect(
      startEmbeddedPostgres({ dataDirectory: "memory", databases: [name] }),
    ).rejects.toThrow(`"${name}" cannot name an embedded database`);
  },
);
