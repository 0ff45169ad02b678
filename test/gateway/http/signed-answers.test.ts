import { createHash, createHmac } from "node:crypto";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonicalize } from "../../../schema/canonical-json.ts";
import type { Json } from "../../../schema/canonical-json.ts";
import { asAdmin } from "../../support/database.ts";
import { certificate, evidenceOf, lan, startSignedAnswers } from "../../support/signed-answers.ts";
import type { SignedAnswers } from "../../support/signed-answers.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { Answer } from "../../support/gateway.ts";

let room: SignedAnswers;
beforeAll(async () => {
  // Nobody listens there: civil-status is down.
  room = await startSignedAnswers({ CIVIL_STATUS_URL: "http://127.0.0.1:9/graphql" });
});
afterAll(() => room?.stop());

describe("An answer that was asked for with x-evidence", () => {
  test("is a document as it came: anyone with the gateway's keys can verify it", async () => {
    const { status, json } = await room.ask();
    expect(status).toBe(200);
    expect(json.data).toEqual({ citizen: { pin: lan, fullName: "Nguyễn Thị Lan", sex: "FEMALE" } });
    const { id } = evidenceOf(json);
    expect(Buffer.from(id, "base64url")).toHaveLength(16);
    expect(await room.verify(json)).toMatchObject({
      kind: "genuine",
      record: {
        id,
        agency: "ubnd-00004",
        sources: [{ name: "population", status: expect.any(String), asOf: expect.any(String) }],
        people: [expect.any(String)],
      },
    });
  });

  test("bears the hash of the query as it was planned, the same for every person", async () => {
    const [first, second] = await Promise.all([
      room.ask(`{ citizen(pin: "${lan}") { sex } }`, {}),
      room.ask(`{ citizen(pin: "001199054321") { sex } }`, {}),
    ]);
    const records = await Promise.all([room.verify(first.json), room.verify(second.json)]);
    const hash = createHash("sha256")
      .update("query ($literal0: PIN!) {\n  citizen(pin: $literal0) {\n    sex\n  }\n}")
      .digest("base64url");
    for (const record of records) expect(record).toMatchObject({ record: { operation: hash } });
  });

  test("is signed with what is lost in it: without the error it would say that there is none", async () => {
    const { json } = await room.ask(
      "query ($pin: PIN!) { citizen(pin: $pin) { sex maritalHistory { date } } }",
    );
    expect(json.data).toEqual({ citizen: { sex: "FEMALE", maritalHistory: null } });
    expect(json.errors).toMatchObject([{ path: ["citizen", "maritalHistory"] }]);
    expect(await room.verify(json)).toMatchObject({ kind: "genuine" });
    const { errors: _, ...silent } = json;
    expect(await room.verify(silent)).toMatchObject({ fault: "OTHER_ANSWER" });
  });

  test("is not genuine with anything else in it", async () => {
    const { json } = await room.ask();
    const saved = JSON.stringify(json);
    const { salt } = evidenceOf(json);
    const other = evidenceOf((await room.ask()).json);
    for (const [from, to, fault] of [
      ["FEMALE", "MALE", "OTHER_ANSWER"],
      [`"citizen":{"pin":"${lan}"`, `"citizen":{"pin":"001199054321"`, "OTHER_ANSWER"],
      [`"people":["${lan}"]`, `"people":["001199054321"]`, "OTHER_PEOPLE"],
      [`"variables":{"pin":"${lan}"}`, `"variables":{"pin":"001199054321"}`, "OTHER_QUESTION"],
      ["fullName\\n", "fullName @include(if: true)\\n", "OTHER_QUESTION"],
      [salt, other.salt, "OTHER_PEOPLE"],
      [salt, "", "OTHER_PEOPLE"],
      [evidenceOf(json).id, other.id, "OTHER_RECORD"],
      [evidenceOf(json).jws, other.jws, "OTHER_RECORD"],
      ['"status":', '"state":', "OTHER_ANSWER"],
    ] as const) {
      const changed = saved.replace(from, to);
      expect(changed, from).not.toBe(saved);
      expect(await room.verify(changed), from).toEqual({ kind: "false", fault });
    }
    expect(await room.verify(saved)).toMatchObject({ kind: "genuine" });
  });

  test("cannot be shown again for another answer, person or question", async () => {
    const first = (await room.ask()).json;
    const second = (await room.ask(certificate, { pin: "001199054321" })).json;
    const evidence = first.extensions?.["evidence"];
    const replayed = { ...second, extensions: { ...second.extensions, evidence } };
    expect(await room.verify(replayed)).toEqual({ kind: "false", fault: "OTHER_ANSWER" });
  });

  test("lets nobody guess what it says: no salt is kept, and equal answers have nothing in common", async () => {
    const answers = await Promise.all([room.ask(), room.ask()]);
    const secrets = answers.flatMap(({ json }) => [evidenceOf(json).salt]);
    const dump = await dumpTables();
    expect(dump).toContain(evidenceOf(answers[0].json).id);
    for (const secret of [...secrets, lan, "Lan", "FEMALE"]) expect(dump).not.toContain(secret);
    const commitments = answers.flatMap(({ json }) => {
      const payload = evidenceOf(json).jws.split(".")[1] ?? "";
      const record = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
        question: string;
        answer: string;
        people: string[];
      };
      return [record.question, record.answer, ...record.people];
    });
    expect(new Set(commitments).size).toBe(6);
  });

  test("hides a sex from whoever tries both under all that is public of it", async () => {
    const { json } = await room.ask();
    const { id, jws, salt } = evidenceOf(json);
    const [header = "", payload = "", signature = ""] = jws.split(".");
    const record = JSON.parse(Buffer.from(payload, "base64url").toString()) as { answer: string };
    const { evidence: _, ...extensions } = json.extensions ?? {};
    const tries = (key: Buffer) =>
      ["FEMALE", "MALE"].map((sex) => {
        const answer = { ...json, data: { citizen: { ...citizenOf(json), sex } }, extensions };
        return createHmac("sha256", key)
          .update(canonicalize({ answer } as Json))
          .digest("base64url");
      });
    const known = [id, jws, header, payload, signature, ""].flatMap((text) => [
      Buffer.from(text),
      Buffer.from(text, "base64url"),
      createHash("sha256").update(text).digest(),
    ]);
    for (const key of [...known, Buffer.alloc(32)]) expect(tries(key)).not.toContain(record.answer);
    // With the salt it is found at once, so the trying was right.
    expect(tries(Buffer.from(salt, "base64url"))[0]).toBe(record.answer);
  });

  test("is told to no log of the gateway", async () => {
    const { salt, jws } = evidenceOf((await room.ask()).json);
    const logged = room.gateway.logged.join("");
    expect(logged).toContain('"msg":"request"');
    for (const secret of [salt, jws, lan]) expect(logged).not.toContain(secret);
  });
});

describe("The header x-evidence", () => {
  test("is not needed: without it nothing is signed", async () => {
    const { json } = await room.gateway.ask({ query: certificate, variables: { pin: lan } });
    expect(json.data).toBeTruthy();
    expect(json.extensions).not.toHaveProperty("evidence");
  });

  test.each(["yes", "REQUIRED", "", "required, required"])("is refused as %j", async (value) => {
    const { status, json } = await room.gateway.ask(
      { query: certificate, variables: { pin: lan } },
      { headers: { "x-evidence": value } },
    );
    expect(status).toBe(400);
    expect(json).toEqual({
      errors: [
        {
          message: "The header x-evidence must be `required`; without it the answer is not signed.",
          extensions: { code: "BAD_USER_INPUT" },
        },
      ],
    });
  });

  test("may stand once", async () => {
    const sent = request(`${room.gateway.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-evidence": ["required", "required"] },
    });
    const answered = new Promise<string>((resolve, reject) => {
      sent.once("error", reject).once("response", (response) => resolve(text(response)));
    });
    sent.end(JSON.stringify({ query: "{ __typename }" }));
    expect(await answered).toContain("The header x-evidence may stand in a request once.");
  });

  test("signs no refusal", async () => {
    const { status, json } = await room.ask("{ nonsense }", {});
    expect(status).toBe(400);
    expect(json).not.toHaveProperty("data");
    expect(JSON.stringify(json)).not.toContain("evidence");
  });
});

describe("Where nothing can be signed", () => {
  const asked = () => room.country["population"]!.asked.length;

  const refused = (message: unknown) => ({
    errors: [{ message, extensions: { code: "EVIDENCE_UNAVAILABLE" } }],
  });
  const notNow = "The answer cannot be signed now, so it is not given. Ask again in a moment.";

  test("by an open gateway, it says so, and asks no ministry in vain", async () => {
    const gateway = await startTestGateway(room.country, {}, { open: true });
    const before = asked();
    const { status, json } = await gateway.ask(
      { query: certificate, variables: { pin: lan } },
      { headers: { "x-evidence": "required" } },
    );
    expect(status).toBe(503);
    expect(json).toEqual(refused(expect.stringContaining("This gateway signs no answers")));
    expect(asked()).toBe(before);
    expect((await fetch(`${gateway.url}/evidence/${"A".repeat(22)}`)).status).toBe(404);
    await gateway.stop();
  });

  test("since its record cannot be kept, the answer is not given", async () => {
    await runSql("alter table evidence rename to elsewhere");
    const { status, json } = await room.ask();
    await runSql("alter table elsewhere rename to evidence");
    expect([status, json]).toEqual([503, refused(notNow)]);
    expect(await room.verify((await room.ask()).json)).toMatchObject({ kind: "genuine" });
  });

  test("since the database is gone, nothing is told, and all is again when it is back", async () => {
    const name = new URL(room.database.url).pathname.slice(1);
    await asAdmin(async (admin) => {
      await admin.query(`alter database ${name} allow_connections false`);
      await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
        [name],
      );
    });
    const { status, json } = await room.ask();
    expect(status).toBe(503);
    expect(json).toEqual({
      errors: [
        {
          message: expect.stringMatching(/^[A-Z].+\. Ask again in a moment\.$/),
          extensions: { code: expect.stringMatching(/^(EVIDENCE|AUDIT)_UNAVAILABLE$/) },
        },
      ],
    });
    const checks = await Promise.all(
      ["A".repeat(22), "no%20id", "%ZZ"].map((id) => room.check(id)),
    );
    const told = await Promise.all(checks.map(async (each) => [each.status, await each.text()]));
    expect(told[0]).toEqual([
      503,
      JSON.stringify({
        message:
          "Nothing can be checked at the moment, which says nothing about the document. Ask again later.",
      }),
    ]);
    expect(new Set(told.map(String)).size).toBe(1);

    await asAdmin((admin) => admin.query(`alter database ${name} allow_connections true`));
    await expect
      .poll(async () => await room.verify((await room.ask()).json).catch(() => ({})))
      .toMatchObject({ kind: "genuine" });
  });
});

const citizenOf = ({ data }: Answer) => data?.["citizen"] as object;

/** Every row of the database's tables of evidence, as text. */
async function dumpTables(): Promise<string> {
  const rows = await runSql(
    "select row_to_json(e)::text as row from evidence e union all select row_to_json(r)::text from evidence_revocation r",
  );
  return JSON.stringify(rows);
}

/** Runs SQL in the gateway's database. */
async function runSql(sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: room.database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}
