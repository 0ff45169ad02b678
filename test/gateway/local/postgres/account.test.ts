import { chmod, chown, cp, lstat, mkdir, readdir, readlink, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../../../gateway/local/embedded-postgres.ts";
import { canEnter, chooseAccount } from "../../../../gateway/local/postgres/account.ts";
import { findNativeFolder, prepareBinaries } from "../../../../gateway/local/postgres/binaries.ts";
import { isRunning, makeTestFolder, query, spawnOwner } from "../cluster-owner.ts";

const isRoot = process.getuid?.() === 0;
// Present on every Linux and on macOS, without a home that it could write into.
const daemon = { uid: 1, gid: 1 };
const program = fileURLToPath(new URL("../postgres-owner.ts", import.meta.url));
const daemonReachesUs =
  isRoot &&
  (await canEnter(daemon, dirname(program))) &&
  (await canEnter(daemon, dirname(process.execPath)));

describe.runIf(isRoot)("As root", () => {
  test("PostgreSQL and its files belong to nobody, who gets a sentence when shut out later", async () => {
    const dataDirectory = await makeTestFolder();
    const options = { dataDirectory, databases: [], fsync: false };
    const postgres = await startEmbeddedPostgres(options);
    const account = await chooseAccount(undefined);
    expect(account?.uid).toBeGreaterThan(0);
    expect(await stat(join(dataDirectory, "postgres", "cluster"))).toMatchObject({ ...account });
    // Linux shows a process as a folder of its user; elsewhere the cluster's owner has to do.
    const proof =
      process.platform === "linux" ? `/proc/${postgres.pid}` : dataDirectory + "/postgres/cluster";
    expect(await stat(proof)).toMatchObject({ ...account });
    await postgres.stop();

    await chmod(dataDirectory, 0o700);
    await expect(startEmbeddedPostgres(options)).rejects.toThrow("can no longer enter");
  });

  test("data below a folder that only root can enter lie outside, behind a link, and are found again", async () => {
    const dataDirectory = join(await makeTestFolder(0o700), ".data");
    const outsideFolder = await makeTestFolder();
    const databases = ["population"] as const;
    const options = { dataDirectory, databases, outsideFolder, fsync: false };
    const first = await startEmbeddedPostgres(options);
    await query(first.urls.population, "create table citizen as select 1 as pin");
    await first.stop();
    const home = await readlink(join(dataDirectory, "postgres"));
    expect(dirname(home)).toBe(outsideFolder);

    const second = await startEmbeddedPostgres(options);
    const kept = await query(second.urls.population, "table citizen");
    await second.stop();
    expect(second.urls).toEqual(first.urls);
    expect(kept).toEqual([{ pin: 1 }]);
    expect(await readdir(outsideFolder)).toHaveLength(1);

    await rm(home, { recursive: true });
    await expect(startEmbeddedPostgres(options)).rejects.toThrow(
      `${dataDirectory}/postgres is a link to where the database lay, and that folder is gone.`,
    );
  });

  test("programs in a clone that only root can read are copied, once, to where nobody can run them", async () => {
    const clone = await makeTestFolder(0o700);
    const native = await copyWithoutLinks(clone);
    await chmod(join(native, "bin", "postgres"), 0o700); // as npm leaves it under umask 077
    const outside = await makeTestFolder();
    const nobody = await chooseAccount(undefined);

    const binaries = await prepareBinaries(nobody, () => Promise.resolve(outside), native);
    expect(binaries.postgres.startsWith(`${outside}/postgresql-18.`)).toBe(true);
    const { ino } = await stat(binaries.postgres);
    await prepareBinaries(nobody, () => Promise.resolve(outside), native);
    expect((await stat(binaries.postgres)).ino).toBe(ino);
    expect(await readdir(outside)).toHaveLength(1);
  });
});

test("Library links that an installation without scripts lacks are made where the programs lie", async () => {
  const clone = await makeTestFolder();
  const native = await copyWithoutLinks(clone);
  const outside = () => Promise.reject(new Error("no copy is needed"));
  const { postgres } = await prepareBinaries(await chooseAccount(undefined), outside, native);
  expect(postgres).toBe(join(native, "bin", "postgres"));
  expect((await lstat(join(native, "lib", "libpq.so.5"))).isSymbolicLink()).toBe(true);
});

test("Programs that this machine cannot run get a sentence with the way out", async () => {
  const folder = await makeTestFolder();
  await cp(join(findNativeFolder(), "..", "package.json"), join(folder, "package.json"));
  await mkdir(join(folder, "native", "bin"), { recursive: true });
  const prepared = prepareBinaries(undefined, () => makeTestFolder(), join(folder, "native"));
  await expect(prepared).rejects.toThrow("set <SECTOR>_DATABASE_URL to a PostgreSQL of your own");
});

describe.runIf(daemonReachesUs)("As an ordinary user", () => {
  test("a database in memory works too", async () => {
    const owner = await spawnOwner({ dataDirectory: "memory" }, daemon);
    expect(await query(owner.postgres.urls.population, "select 1 as one")).toEqual([{ one: 1 }]);
    owner.kill("SIGTERM");
    expect(await owner.ended).toEqual([0, null]);
  });

  test("PostgreSQL runs as that user; root may use it later, and nobody's gets a sentence", async () => {
    const folder = await makeTestFolder();
    await chown(folder, daemon.uid, daemon.gid);
    const owner = await spawnOwner({ dataDirectory: folder, fsync: false }, daemon);
    expect(await stat(join(folder, "postgres", "cluster"))).toMatchObject(daemon);
    expect(await stat(join(folder, "postgres", "credentials.json"))).toMatchObject(daemon);
    expect(await query(owner.postgres.urls.population, "select 1 as one")).toEqual([{ one: 1 }]);
    owner.kill("SIGTERM");
    await owner.ended;
    expect(await isRunning(owner.postgres.pid)).toBe(false);

    const databases = ["population"] as const;
    const asRoot = await startEmbeddedPostgres({ dataDirectory: folder, databases, fsync: false });
    await asRoot.stop();
    expect(asRoot.urls).toEqual(owner.postgres.urls);

    const cluster = join(folder, "postgres", "cluster");
    const nobody = await chooseAccount(undefined);
    await chown(cluster, nobody?.uid ?? 0, nobody?.gid ?? 0);
    await expect(spawnOwner({ dataDirectory: folder }, daemon)).rejects.toThrow(
      `The database in ${cluster} belongs to user ${nobody?.uid}, and this is user 1.`,
    );
  });
});

/** A copy of the npm package as `npm ci --ignore-scripts` leaves it. @returns its `native` folder */
async function copyWithoutLinks(folder: string): Promise<string> {
  const native = join(folder, "native");
  await cp(join(findNativeFolder(), "..", "package.json"), join(folder, "package.json"));
  await cp(findNativeFolder(), native, {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
  return native;
}
