import Fastify from "fastify";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askerAddress } from "../../../gateway/http/asker-address.ts";
import { registerEvidence } from "../../../gateway/http/evidence.ts";
import { runCommand } from "../../support/command-line.ts";
import { evidenceOf, startSignedAnswers } from "../../support/signed-answers.ts";
import type { AnswerEvidence, SignedAnswers } from "../../support/signed-answers.ts";

let room: SignedAnswers;
let evidence: AnswerEvidence;
let revoked: AnswerEvidence;
beforeAll(async () => {
  room = await startSignedAnswers();
  evidence = evidenceOf((await room.ask()).json);
  revoked = evidenceOf((await room.ask()).json);
  await revoke(revoked.id, "--reason", "Wrong person", "--by", "Trần Văn Bình");
});
afterAll(() => room?.stop());

const revoke = (id: string, ...args: string[]) =>
  runCommand(["evidence", "revoke", id, ...args, "--json"], {
    env: { GATEWAY_DATABASE_URL: room.database.url },
  });

/** The first key of evidence that the folder holds. */
async function signingKey() {
  return (await room.keys.list()).find((key) => "kind" in key && key.kind === "evidence")!;
}

const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

/** All that an answer says, but for the time of day. */
async function readAll(response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => name !== "date");
  return JSON.stringify([response.status, headers, await response.text()]);
}

async function run(sql: string, values: readonly string[]): Promise<unknown[]> {
  const client = new Client({ connectionString: room.database.url });
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe("A record", () => {
  test("is told to anyone: that it is genuine, its day, agency and key, and nothing personal", async () => {
    const response = await room.check(evidence.id);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      genuine: true,
      id: evidence.id,
      day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      agency: "ubnd-00004",
      keyId: await signingKey().then(({ kid }) => kid),
      jws: evidence.jws,
      treeHead: null,
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "no-store",
      "content-type": "application/json; charset=utf-8",
      vary: "accept",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
  });

  test("is a page to a browser, with all that the page needs in it", async () => {
    const response = await room.check(evidence.id, browser);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "no-store",
      "content-type": "text/html; charset=utf-8",
      vary: "accept",
    });
    const page = await response.text();
    expect(page).toContain(evidence.jws);
    expect(page).not.toContain(evidence.salt);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toContain("connect-src");
    expect(policy).toContain("default-src 'none'");
    for (const [, path] of page.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      const file = await fetch(`${room.gateway.url}${path}`);
      expect(file.status, path).toBe(200);
    }
  });

  test("is JSON to a program that would take a page too", async () => {
    const response = await room.check(evidence.id, { accept: "application/json, text/html;q=0.5" });
    expect(await response.json()).toMatchObject({ genuine: true });
  });

  test("puts nothing of itself into the page as markup, whatever it bears", async () => {
    const hostile = `"></main><script>alert('&quot;')</script>`;
    const app = Fastify();
    registerEvidence(app, {
      find: (id) =>
        Promise.resolve({ id, day: "", agency: hostile, keyId: "", jws: hostile, treeHead: null }),
      publicKeys: () => ({ keys: [] }),
      checksPerMinute: 1000,
      monotonic: () => 0,
      page: new URL("../../../gateway/verifier/dist/", import.meta.url),
      onFailure: () => undefined,
    });
    const { body } = await app.inject({
      url: `/evidence/${encodeURIComponent(hostile)}`,
      headers: browser,
    });
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body.match(/<\/main>/g)).toHaveLength(1);
    await app.close();
  });

  test("is told to programs where the page was not built", async () => {
    const app = Fastify();
    registerEvidence(app, {
      find: () => Promise.resolve(undefined),
      publicKeys: () => ({ keys: [] }),
      checksPerMinute: 1000,
      monotonic: () => 0,
      page: new URL("./no-such-folder/", import.meta.url),
      onFailure: () => undefined,
    });
    const page = await app.inject({ url: "/evidence/a", headers: browser });
    expect([page.statusCode, page.body]).toEqual([
      404,
      "The page has not been built. Run `npm run prepare`, then start the gateway again; programs are answered all the same.\n",
    ]);
    expect((await app.inject("/evidence/a")).json()).toMatchObject({ genuine: false });
    await app.close();
  });

  test("is read by GET and HEAD alone", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"])
      expect((await fetch(`${room.gateway.url}/evidence/${evidence.id}`, { method })).status).toBe(
        404,
      );
  });
});

describe("An id that is unknown, malformed or revoked", () => {
  const last = (id: string) => (id.endsWith("A") ? "Q" : "A");
  const ids = () => [
    revoked.id,
    // The right one, but for a letter.
    ...Array.from({ length: 22 }, (_, at) => {
      const letter = evidence.id[at] === "x" ? "y" : "x";
      return evidence.id.slice(0, at) + letter + evidence.id.slice(at + 1);
    }),
    evidence.id.slice(0, -1) + last(evidence.id),
    ...["A".repeat(22), "", "a", "page", "a/b", ".", "..%2f", "%00", "%ZZ", "%FF", "%", "%25"],
    ...[`${evidence.id}=`, `${evidence.id}/`, `${evidence.id}%20`, `${evidence.id}%00`],
    ...["x".repeat(5000), "%F0%9F%94%91", "'%20or%20''='", "null", "__proto__", "*"],
  ];

  test.each([
    ["a program", { accept: "application/json" }, 404],
    ["a browser", browser, 404],
  ])("is answered alike to %s, byte for byte", async (_, headers, status) => {
    const answers = await Promise.all(
      ids().map(async (id) => readAll(await room.check(id, headers))),
    );
    expect((JSON.parse(answers[0]!) as unknown[])[0]).toBe(status);
    expect(answers.length).toBeGreaterThan(40);
    expect(new Set(answers).size).toBe(1);
  });

  test("takes alike long", async () => {
    const kinds = { unknown: "B".repeat(22), malformed: "no-id", revoked: revoked.id };
    const took: Record<string, number[]> = { unknown: [], malformed: [], revoked: [] };
    for (let round = 0; round < 150; round++)
      for (const [kind, id] of Object.entries(kinds)) {
        const began = performance.now();
        await (await room.check(id)).text();
        took[kind]!.push(performance.now() - began);
      }
    const medians = Object.values(took).map((each) => each.toSorted((a, b) => a - b)[75]!);
    const [least, most] = [Math.min(...medians), Math.max(...medians)];
    expect(most - least).toBeLessThan(least / 2);
  });

  test("is no record that somebody has put another's signature, or content, under", async () => {
    const [first, second] = (await Promise.all([room.ask(), room.ask()])).map(({ json }) =>
      evidenceOf(json),
    ) as [AnswerEvidence, AnswerEvidence];
    const unknown = await readAll(await room.check("B".repeat(22)));
    const [header, payload = "", signature] = first.jws.split(".");
    const text = Buffer.from(payload, "base64url").toString();
    const other = Buffer.from(text.replace("ubnd-00004", "ubnd-00005")).toString("base64url");
    for (const jws of [second.jws, [header, other, signature].join("."), "", "a.b.c"]) {
      await run("update evidence set jws = $2 where id = $1", [first.id, jws]);
      expect(await readAll(await room.check(first.id))).toBe(unknown);
    }
    expect(room.gateway.logged.join("")).toContain("is not as the gateway signed it");
    await run("update evidence set jws = $2 where id = $1", [first.id, first.jws]);
    expect((await room.check(first.id)).status).toBe(200);
  });
});

describe("Revoking", () => {
  test("is recorded, with who did it and why, and once", async () => {
    const again = await revoke(revoked.id, "--reason", "Another reason");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({
      id: revoked.id,
      reason: "Wrong person",
      revokedBy: "Trần Văn Bình",
      revokedAt: expect.stringMatching(/Z$/),
    });
    const listed = await runCommand(["evidence", "revocations", "--json"], {
      env: { GATEWAY_DATABASE_URL: room.database.url },
    });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id: revoked.id, reason: "Wrong person" }]);
    // What was signed stays on record, for whoever must explain it.
    expect(await run("select jws from evidence_revocation where id = $1", [revoked.id])).toEqual([
      { jws: revoked.jws },
    ]);
  });

  test.each([
    [["nonsense", "--reason", "a"], 2, /^The id of the record must follow first/],
    [["A".repeat(22)], 2, /^--reason must be given/],
    [["A".repeat(22), "--reason", " "], 2, /^--reason must say why/],
    [[`-${"A".repeat(21)}`, "--reason", "a"], 1, /^There is no record -A+ in this gateway's/],
  ])("says of %j what is wrong", async ([id, ...args], code, sentence) => {
    const ran = await revoke(id!, ...args);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(sentence);
  });
});

describe("Keys", () => {
  test("change, and what was signed before stays genuine, even where its key signs no more", async () => {
    const old = (await room.ask()).json;
    const before = await signingKey();
    const { kid, file } = await room.keys.add("evidence", Date.now() - 1000);
    await room.restart();
    const fresh = (await room.ask()).json;
    expect(await room.verify(fresh)).toMatchObject({ kind: "genuine", kid });
    expect(await room.verify(old)).toMatchObject({ kind: "genuine", kid: before.kid });
    const told = await (await room.check(evidenceOf(old).id)).json();
    expect(told).toMatchObject({ genuine: true, keyId: before.kid });

    const { d: _, ...verifyingOnly } = before;
    await room.keys.write(`evidence-${before.kid}.jwk`, verifyingOnly);
    await room.restart();
    expect(await room.verify(old)).toMatchObject({ kind: "genuine" });
    expect((await room.check(evidenceOf(old).id)).status).toBe(200);
    expect(file).toContain(kid);
  });

  test("that sign other things prove no record", async () => {
    const page = (await (await fetch(`${room.gateway.url}/.well-known/jwks.json`)).json()) as {
      keys: { kind: string; d?: string }[];
    };
    expect(new Set(page.keys.map(({ kind }) => kind))).toEqual(
      new Set(["service", "head", "evidence"]),
    );
    for (const key of page.keys) expect(key).not.toHaveProperty("d");
  });
});

describe("Who asks too often", () => {
  test("is told to wait, by address, whatever is asked for", async () => {
    await room.restart({ EVIDENCE_CHECKS_PER_MINUTE: "6", TRUSTED_PROXIES: "loopback" });
    const from = (address: string, id = evidence.id, headers = {}) =>
      room.check(id, { "x-forwarded-for": address, ...headers });
    expect((await from("203.0.113.1")).status).toBe(200);
    expect((await from("203.0.113.1", "no id")).status).toBe(404);
    const refused = await from("203.0.113.1");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toEqual({
      message: "Too many checks came from your address. Wait, and ask again.",
    });
    expect(await readAll(await from("203.0.113.1", revoked.id, browser))).toBe(
      await readAll(await from("203.0.113.1", evidence.id, browser)),
    );
    expect((await from("203.0.113.2")).status).toBe(200);
    expect((await from("203.0.113.9, 203.0.113.1")).status).toBe(429);
  });

  test("is no other for what he says of himself, where no proxy is trusted", async () => {
    await room.restart({ EVIDENCE_CHECKS_PER_MINUTE: "6" });
    const states: number[] = [];
    for (const address of ["203.0.113.1", "203.0.113.2", "203.0.113.3"])
      states.push((await room.check(evidence.id, { "x-forwarded-for": address })).status);
    expect(states).toEqual([200, 200, 429]);
  });

  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:0DB8:0001:0002::6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
  ])("and comes from %s counts as %s", (ip, counted) => {
    expect(askerAddress(ip)).toBe(counted);
  });
});
