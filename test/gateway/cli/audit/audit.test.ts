import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { openLog } from "../../../../gateway/audit/log.ts";
import { eraseDetails } from "../../../../gateway/audit/retain.ts";
import { openConnections } from "../../../../gateway/database/pool.ts";
import { openSigningKeys } from "../../../../gateway/identity/signing-keys.ts";
import { runCommand } from "../../../support/command-line.ts";
import { openRecordingPlace } from "../../../support/recording-gateway.ts";
import type { RecordingPlace } from "../../../support/recording-gateway.ts";
import { serveCountry } from "../../../support/miniature.ts";

const lan = "001199012345";
const country = await serveCountry({ [lan]: { fullName: "Nguyễn Thị Lan" } });
afterAll(async () => {
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

/** A log of three entries, with a head of all. */
async function openLogOfThree(): Promise<RecordingPlace> {
  const place = await openRecordingPlace(country);
  const gateway = await place.start();
  for (let n = 0; n < 3; n++) {
    const query = `{ citizen(pin: "${lan}") { fullName } }`;
    expect((await gateway.ask({ query })).json.errors).toBeUndefined();
  }
  await gateway.stop();
  return place;
}

function run(place: RecordingPlace, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return runCommand(["audit", ...args], {
    env: { GATEWAY_DATABASE_URL: place.url, ...place.places.env, ...env },
  });
}

/** Changes the log as only a database's superuser can. */
async function tamper({ database }: RecordingPlace, statement: string): Promise<void> {
  await database.connection().execute(async (session) => {
    await sql`set session_replication_role = replica`.execute(session);
    await sql.raw(statement).execute(session);
    await sql`set session_replication_role = origin`.execute(session);
  });
}

test("A log as it was written is found to be that of its published heads", async () => {
  const place = await openLogOfThree();
  const { code, stdout } = await run(place, ["verify"]);
  expect(stdout).toBe("All 3 entries are those of 1 published tree heads.\n");
  expect(code).toBe(0);
  const told = await run(place, ["verify", "--json"]);
  expect(JSON.parse(told.stdout)).toMatchObject({ sound: true, size: 3, heads: 1, unproven: 0 });
});

test.each([
  ["edited", "update log_entry set agency = 'other' where index = 1", /^Entry 1 was changed/],
  [
    "edited in its detail",
    "update log_detail set subject = 'x' where index = 2",
    /detail of entry 2/,
  ],
  ["deleted", "delete from log_entry where index = 0", /^Entry 0 is missing/],
  [
    "cut",
    "delete from log_entry where index > 0; delete from log_detail where index > 0",
    /entry 1 on they are gone/,
  ],
])("A log that was %s is told by its first bad entry", async (_how, statement, sentence) => {
  const place = await openLogOfThree();
  for (const each of statement.split("; ")) await tamper(place, each);
  const { code, stderr, stdout } = await run(place, ["verify"]);
  expect(stderr).toMatch(sentence);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
});

test("A forged head is told", async () => {
  const place = await openLogOfThree();
  const [name] = await readdir(place.places.headsDir);
  const file = join(place.places.headsDir, name!);
  const [header, payload, signature] = (await readFile(file, "utf8")).trim().split(".");
  await rm(file);
  const forged = Buffer.from(payload!, "base64url").toString().replace(`"size":3`, `"size":2`);
  await writeFile(file, `${header}.${Buffer.from(forged).toString("base64url")}.${signature}\n`);
  const { code, stderr } = await run(place, ["verify"]);
  expect(stderr).toContain("is forged");
  expect(code).toBe(1);
});

test("An auditor verifies by the keys that the gateway publishes, without its folder", async () => {
  const place = await openLogOfThree();
  const { signingKeysDir: folder, headsDir } = place.places;
  const keys = await openSigningKeys({ folder, now: Date.now, onFailure: () => {} });
  keys.stop();
  const file = join(headsDir, "keys.json");
  await writeFile(file, JSON.stringify(keys.publicKeys()));
  const { stdout } = await run(place, ["verify", "--heads", headsDir, "--keys", file], {
    SIGNING_KEYS_DIR: "",
    TREE_HEADS_DIR: "",
  });
  expect(stdout).toBe("All 3 entries are those of 1 published tree heads.\n");
});

test("Without heads from elsewhere it says that the log is consistent with itself only", async () => {
  const place = await openLogOfThree();
  const { stdout } = await run(place, ["verify", "--data", "none"], { TREE_HEADS_DIR: "" });
  expect(stdout).toContain("consistent with itself only");
});

test("Retention erases details whose time has passed, says so in the log, and it still verifies", async () => {
  const place = await openLogOfThree();
  expect((await run(place, ["retain"])).stdout).toBe("No detail's time has passed.\n");
  const connections = openConnections(place.url);
  onTestFinished(() => connections.end());
  const log = openLog({ connections, monotonic: () => performance.now() });
  const { database } = place;
  // Nothing is kept any longer.
  const options = { log, database, monthsOf: () => 0, now: Date.now() };
  const purpose = "marital-status-certificate";
  expect(await eraseDetails({ ...options, dryRun: true })).toMatchObject([{ purpose, details: 3 }]);
  expect((await place.readLog()).filter(({ detail }) => detail).length).toBe(3);
  expect(await eraseDetails({ ...options, dryRun: false })).toMatchObject([
    { purpose, details: 3 },
  ]);
  const rows = await place.readLog();
  expect(rows.map(({ entry, detail }) => [entry!.kind, detail !== undefined])).toEqual([
    ["access", false],
    ["access", false],
    ["access", false],
    ["erasure", true],
  ]);
  const { code, stdout } = await run(place, ["verify", "--data", "none"], { TREE_HEADS_DIR: "" });
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("4 entries") });
});

test("A word that is no task is used wrongly", async () => {
  const { code, stderr } = await runCommand(["audit", "verfy"]);
  expect(code).toBe(2);
  expect(stderr).toContain("audit is followed by one of verify, rebuild-quota, retain.");
});
