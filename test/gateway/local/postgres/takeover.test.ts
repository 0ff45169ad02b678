import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { startEmbeddedPostgres } from "../../../../gateway/local/embedded-postgres.ts";
import {
  isRunning,
  makeFolder,
  makeTestFolder,
  query,
  removeFolder,
  spawnOwner,
} from "../cluster-owner.ts";

/** One cluster for the file, as making one takes longer than a test; each test finds it stopped. */
let dataDirectory: string;
beforeAll(async () => {
  dataDirectory = await makeFolder();
  const options = { dataDirectory, databases: ["population"], fsync: false };
  await (await startEmbeddedPostgres(options)).stop();
  return () => removeFolder(dataDirectory);
});

/** Writes rows one by one until the server is gone. @returns how many were acknowledged */
async function insertUntilTheEnd(url: string): Promise<number> {
  await query(url, "create table act (number int primary key)");
  for (let number = 0; ; number++) {
    try {
      await query(url, `insert into act values (${number})`);
    } catch {
      return number;
    }
  }
}

async function startAgain(folder = dataDirectory) {
  const postgres = await startEmbeddedPostgres({
    dataDirectory: folder,
    databases: ["population"],
    fsync: false,
  });
  onTestFinished(() => postgres.stop());
  return postgres;
}

test("A server whose owner was killed is taken over, with its data, and can be stopped", async () => {
  const owner = await spawnOwner({ dataDirectory, fsync: false });
  await query(owner.postgres.urls.population, "create table citizen as select 1 as pin");
  owner.kill("SIGKILL");
  await owner.ended;
  expect(await isRunning(owner.postgres.pid)).toBe(true);

  const heir = await startAgain();
  expect(heir).toMatchObject({ ...owner.postgres, alreadyRunning: true });
  expect(await query(heir.urls.population, "table citizen")).toEqual([{ pin: 1 }]);
  await heir.stop();
  await expect.poll(() => isRunning(owner.postgres.pid)).toBe(false);
});

test("The end of a server that was taken over, and is nobody's child, is noticed too", async () => {
  const owner = await spawnOwner({ dataDirectory, fsync: false });
  owner.kill("SIGKILL");
  await owner.ended;
  const heir = await startAgain();
  expect(heir.alreadyRunning).toBe(true);

  process.kill(heir.pid, "SIGKILL");
  await expect.poll(() => heir.lost.aborted).toBe(true);
  expect(String(heir.lost.reason)).toContain("The embedded PostgreSQL has ended by itself");
  await heir.stop();
  expect((await startAgain()).alreadyRunning).toBe(false);
});

test("A server that its owner stops has not ended by itself", async () => {
  const postgres = await startAgain();
  await postgres.stop();
  await expect(query(postgres.adminUrl, "select 1")).rejects.toThrow("ECONNREFUSED");
  expect(postgres.lost.aborted).toBe(false);
});

test("No acknowledged row is lost when owner and server are killed, and the next start works", async () => {
  const owner = await spawnOwner({ dataDirectory });
  const inserting = insertUntilTheEnd(owner.postgres.urls.population);
  const { urls, pid } = owner.postgres;
  await expect
    .poll(() => query(urls.population, "select from act where number = 50").catch(() => []))
    .toHaveLength(1);
  owner.kill("SIGKILL");
  process.kill(pid, "SIGKILL");
  await owner.ended;
  const acknowledged = await inserting;

  const heir = await startAgain();
  expect(heir.alreadyRunning).toBe(false);
  const [kept] = await query<{ rows: number }>(
    heir.urls.population,
    "select count(*)::int as rows from act",
  );
  expect(acknowledged).toBeGreaterThan(50);
  // One more may have been written whose acknowledgement was lost on the way.
  expect(kept?.rows).toBeGreaterThanOrEqual(acknowledged);
});

test("A second start is refused with a sentence that names the first, which goes on undisturbed", async () => {
  const owner = await spawnOwner({ dataDirectory, fsync: false });
  await expect(spawnOwner({ dataDirectory, fsync: false })).rejects.toThrow(
    `The database in ${dataDirectory}/postgres is already in use by process ${owner.pid}. ` +
      `Stop that one first, or give this one another folder with --data.`,
  );
  expect(await query(owner.postgres.urls.population, "select 1 as one")).toEqual([{ one: 1 }]);
});

/** The server's process that holds the lock; undefined while the server recovers. */
async function findHolder(adminUrl: string): Promise<number | undefined> {
  const locks = "select pid from pg_locks where locktype = 'advisory'";
  return (await query<{ pid: number }>(adminUrl, locks).catch(() => []))[0]?.pid;
}

test("An owner who sleeps through a crash, and another's start, leaves the database to that one", async () => {
  const owner = await spawnOwner({ dataDirectory, fsync: false });
  const holder = await findHolder(owner.postgres.adminUrl);
  owner.kill("SIGSTOP");
  process.kill(holder ?? 0, "SIGKILL");
  const heir = await startAgain();
  expect(heir).toMatchObject({ alreadyRunning: true, pid: owner.postgres.pid });

  owner.kill("SIGCONT");
  expect(await owner.ended).toEqual([1, null]);
  expect(owner.complaint()).toBe(
    `Process ${process.pid} has taken over the database in ${dataDirectory}/postgres, and all that used it here was stopped.\n`,
  );
  expect(await query(heir.urls.population, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("The owner stays the owner when a crash inside the server ends all sessions", async () => {
  const owner = await spawnOwner({ dataDirectory, fsync: false });
  const holder = () => findHolder(owner.postgres.adminUrl);
  const before = await holder();
  expect(before).toBeGreaterThan(0);
  process.kill(before ?? 0, "SIGKILL");
  await expect.poll(async () => ![undefined, before].includes(await holder())).toBe(true);
  await expect(spawnOwner({ dataDirectory, fsync: false })).rejects.toThrow(
    `in use by process ${owner.pid}`,
  );
});

test("Of two first starts at the same moment one gets the database and the other a sentence", async () => {
  const folder = await makeTestFolder();
  const starts = await Promise.allSettled([
    spawnOwner({ dataDirectory: folder, fsync: false }),
    spawnOwner({ dataDirectory: folder, fsync: false }),
  ]);
  const refused = starts.find((start) => start.status === "rejected");
  expect(starts.map((start) => start.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(String(refused?.reason)).toContain("already in use by process");
  expect(await readdir(folder)).toEqual(["postgres"]);
});

test("A first start that was killed half-way is no obstacle and leaves nothing", async () => {
  const folder = await makeTestFolder();
  const owner = spawnOwner({ dataDirectory: folder, fsync: false }).catch(() => undefined);
  const killed = await expect
    .poll(async () => (await readdir(folder))[0], { interval: 5 })
    .toMatch(/^draft-/)
    .then(async () => /\d+/.exec((await readdir(folder))[0] ?? "")?.[0]);
  process.kill(Number(killed), "SIGKILL");
  await owner;

  const heir = await startAgain(folder);
  expect(await query(heir.urls.population, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await readdir(folder)).toEqual(["postgres"]);
});

test("A left-over process file that names somebody else's process is no obstacle", async () => {
  const first = await startAgain();
  const file = join(dataDirectory, "postgres", "cluster", "postmaster.pid");
  const left = await readFile(file, "utf8");
  await first.stop();
  // The machine was restarted, and the number belongs to another program now.
  await writeFile(file, left.replace(/^\d+/, "1"));
  const second = await startAgain();
  expect(second.alreadyRunning).toBe(false);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s to the whole group reaches the owner alone, who stops the server cleanly",
  async (signal) => {
    const owner = await spawnOwner({ dataDirectory, fsync: false });
    process.kill(-owner.pid, signal);
    expect(await owner.ended).toEqual([0, null]);
    expect(await isRunning(owner.postgres.pid)).toBe(false);
    const log = await readFile(join(dataDirectory, "postgres", "postgres.log"), "utf8");
    expect(log).toContain("database system is shut down");
  },
);

test("A database in memory goes with its owner, even when that is killed", async () => {
  const owner = await spawnOwner({ dataDirectory: "memory" });
  const [{ cluster } = { cluster: "" }] = await query<{ cluster: string }>(
    owner.postgres.adminUrl,
    "select current_setting('data_directory') as cluster",
  );
  const folder = dirname(dirname(cluster));
  expect((await stat(folder)).isDirectory()).toBe(true);
  owner.kill("SIGKILL");
  await expect.poll(() => isRunning(owner.postgres.pid), { timeout: 10_000 }).toBe(false);
  await expect
    .poll(() => stat(folder).catch(({ code }: NodeJS.ErrnoException) => code), { timeout: 10_000 })
    .toBe("ENOENT");
});
