import { describe, expect, test } from "vitest";
import { describeErasure } from "../../../gateway/audit/entry.ts";
import { verifyStoredLog } from "../../../gateway/audit/stored-log.ts";
import { signHead } from "../../../gateway/audit/tree-head.ts";
import type { TreeHead } from "../../../gateway/audit/tree-head.ts";
import { queryOver } from "../../../gateway/database/pool.ts";
import { makeRandom } from "../../../subgraphs/seed/random.ts";
import { layOut, openKeys } from "./heads.ts";
import { accessTo } from "./access.ts";
import { connectTo, createLogDatabase, startLog } from "./log-database.ts";
import { copyLog, expectFound, tamper, verifyInPlace } from "./tampering.ts";

/** A log of some entries with a head after each of some sizes. */
async function openSignedLog(...sizes: readonly number[]) {
  const connections = connectTo(await createLogDatabase());
  const database = queryOver(connections);
  const log = startLog(connections);
  const keys = await openKeys();
  const signer = { connections, sign: keys.sign, now: Date.now };
  const heads: TreeHead[] = [];
  let size = 0;
  for (const next of sizes) {
    await log.append(Array.from({ length: next - size }, () => accessTo(++size)));
    heads.push(await signHead(signer, heads.at(-1)));
  }
  return {
    ...keys,
    log,
    database,
    connections,
    signer,
    heads,
    verify: (some: readonly { jws: string }[] = heads) =>
      verifyStoredLog(database, layOut(some, keys.readHead)),
  };
}

describe("Verification", () => {
  test("says how far published heads vouch for the log, and where it vouches for itself alone", async () => {
    const { verify, heads, log } = await openSignedLog(1, 3, 300);
    expect(await verify()).toMatchObject({ sound: true, size: 300, heads: 3, unproven: 0 });
    await log.append([accessTo(1), accessTo(2)]);
    expect(await verify()).toMatchObject({
      sound: true,
      unproven: 2,
      sentence: expect.stringContaining("The first 300 of the log's 302 entries are those of 3"),
    });
    expect(await verify([])).toMatchObject({
      sound: true,
      heads: 0,
      unproven: 302,
      sentence: expect.stringContaining("consistent with itself only"),
    });
    expect(await verify([heads[1]!])).toMatchObject({ sound: true, unproven: 299 });
  });

  test("takes an empty log and its head for what they are", async () => {
    const { verify } = await openSignedLog(0);
    expect(await verify()).toMatchObject({ sound: true, size: 0, heads: 1, unproven: 0 });
  });

  test("finds each of 50 random tamperings against a head, and names the first entry that was harmed", async () => {
    const { database, heads, readHead } = await openSignedLog(100, 200, 300);
    const original = await copyLog(database);
    const unharmed = await verifyInPlace(database, original, layOut(heads, readHead));
    expect(unharmed).toMatchObject({ sound: true, unproven: 0 });
    const random = makeRandom(2026, 11);
    for (let trial = 0; trial < 50; trial++) {
      const tampering = tamper(original, random);
      const verdict = await verifyInPlace(database, tampering.copy, layOut(heads, readHead));
      expectFound(tampering, verdict, [100, 200, 300]);
    }
  });

  test("finds none of the tamperings that are covered up, where there is no head from elsewhere", async () => {
    const { database, readHead } = await openSignedLog(300);
    const original = await copyLog(database);
    const random = makeRandom(2026, 12);
    let covers = 0;
    while (covers < 5) {
      const { copy, covered } = tamper(original, random);
      if (!covered) continue;
      covers++;
      const verdict = await verifyInPlace(database, copy, layOut([], readHead));
      expect(verdict).toMatchObject({ sound: true, heads: 0 });
    }
  });

  test.each([
    ["of another key", "foreign"],
    ["that was signed as evidence", "evidence"],
    ["whose size was changed", "size"],
    ["that says nothing", "empty"],
  ] as const)("finds a head %s", async (_what, how) => {
    const { verify, heads, sign, signAsEvidence, connections } = await openSignedLog(2, 5);
    const payload = Buffer.from(heads[1]!.jws.split(".")[1]!, "base64url").toString();
    const forge = {
      foreign: async () => (await signHead({ ...(await foreign()), connections }, undefined)).jws,
      evidence: () => signAsEvidence(payload),
      size: () => {
        const [header, , signature] = heads[1]!.jws.split(".");
        const larger = Buffer.from(payload.replace('"size":5', '"size":4')).toString("base64url");
        return [header, larger, signature].join(".");
      },
      empty: () => sign("{}"),
    };
    const foreign = async () => ({ sign: (await openKeys()).sign, now: Date.now });
    const verdict = await verify([heads[0]!, { jws: await forge[how]() }]);
    expect(verdict).toMatchObject({
      sound: false,
      sentence: expect.stringContaining("head 1 is forged"),
    });
  });

  test("finds heads that were exchanged, and one of another log", async () => {
    const { verify, heads } = await openSignedLog(2, 5);
    expect(await verify([heads[1]!, heads[0]!])).toMatchObject({
      sound: false,
      sentence: expect.stringContaining("head 1 is out of order"),
    });
    const other = await openSignedLog(2, 4);
    // The same keys, as if a gateway had been given another database.
    const jws = other.heads[1]!.jws;
    const verdict = await verifyStoredLog(
      (await openSignedLog(4)).database,
      layOut([{ jws }], other.readHead),
    );
    expect(verdict).toMatchObject({ sound: false, entry: 0 });
  });

  test("finds what the tables' own rules would not let in", async () => {
    const { database, heads, readHead } = await openSignedLog(4);
    const original = await copyLog(database);
    const orphan = { ...original.details[0]!, index: 4 };
    expect(
      await verifyInPlace(
        database,
        { ...original, details: [...original.details, orphan] },
        layOut(heads, readHead),
      ),
    ).toMatchObject({ sound: false, entry: 4 });
    const before = { ...original.entries[0]!, index: -1 };
    expect(
      await verifyInPlace(
        database,
        { ...original, entries: [before, ...original.entries] },
        layOut(heads, readHead),
      ),
    ).toMatchObject({ sound: false, entry: -1 });
  });
});

describe("A detail may be missing", () => {
  const purpose = "marital-status-certificate";

  async function openErasedLog() {
    const signed = await openSignedLog(300);
    const [{ now }] = (
      await signed.connections.query<{ now: Date }>("select max(at) as now from log_entry")
    ).rows as [{ now: Date }];
    const before = new Date(now.getTime() + 1).toISOString();
    // The next entries are written later than that.
    await expect
      .poll(() => signed.log.append([accessTo(1)]).then(() => Date.now() > Date.parse(before) + 5))
      .toBe(true);
    return { ...signed, before };
  }

  test("where an entry tells of its erasure: the tree still verifies", async () => {
    const { log, before, verify, connections, signer, heads } = await openErasedLog();
    await log.append([describeErasure("H29.01", { purpose, before })]);
    const { rowCount } = await connections.query(
      "delete from log_detail using log_entry where log_entry.index = log_detail.index and purpose = $1 and at < $2",
      [purpose, before],
    );
    expect(rowCount).toBeGreaterThanOrEqual(300);
    const newest = await signHead(signer, heads[0]);
    expect(await verify([...heads, newest])).toMatchObject({ sound: true, unproven: 0, heads: 2 });
    // Nothing of whoever asked and was asked about is left.
    const { rows } = await connections.query("select * from log_entry where index < 300");
    expect(JSON.stringify(rows)).not.toMatch(/officer-lan|HS-\d|request-/);
  });

  test("not where the time of the erasure is not its own, or its purpose another's", async () => {
    const { log, before, verify, connections } = await openErasedLog();
    const erase = describeErasure("H29.01", { purpose: "marriage-registration", before });
    await log.append([erase]);
    await connections.query("delete from log_detail where index = 17");
    expect(await verify()).toMatchObject({ sound: false, entry: 17 });
    const [late] = await log.append([
      describeErasure("H29.01", { purpose, before: "2999-01-01T00:00:00.000Z" }),
    ]);
    expect(await verify()).toMatchObject({ sound: false, entry: late });
  });
});
