import { createHash, createHmac, createPrivateKey, randomBytes, sign } from "node:crypto";
import fc from "fast-check";
import type { JWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { signAnswer } from "../../../gateway/evidence/sign.ts";
import type { Answer, Evidence } from "../../../gateway/evidence/sign.ts";
import { verifyDocument, verifyRecord } from "../../../gateway/evidence/verify.ts";
import type { EvidenceDocument, EvidenceTrust } from "../../../gateway/evidence/verify.ts";
import type { Json } from "../../../schema/canonical-json.ts";
import { hoaPin } from "../../lives/tran-thi-hoa.ts";
import { listTrackedFiles, parseModule } from "../../support/house/modules.ts";
import { startSigningGateway } from "../../support/signing-gateway.ts";
import type { SigningGateway } from "../../support/signing-gateway.ts";

const now = Date.UTC(2026, 10, 25, 8, 30);
let clock = now;
let gateway: SigningGateway;
let evidence: Evidence;
let document: EvidenceDocument;

beforeAll(async () => {
  gateway = await startSigningGateway(() => clock);
});
afterAll(() => gateway?.stop());

const citizen = { pin: hoaPin, fullName: "Trần Thị Hoa", sex: "FEMALE", unmarriedOn: true };
const extensions = { sources: [{ name: "population", status: "FRESH", records: 1 }] };
const said = (changed: Json) => ({ data: { citizen: changed }, extensions });
const result = said(citizen);
const operation = "query Certificate($pin: PIN!, $on: Date!) { … }";
const question = { operation, variables: { pin: hoaPin, on: "2026-11-25" } };

const answer: Answer = {
  at: now,
  agency: "ubnd-00004",
  question,
  sources: [
    { name: "population", status: "FRESH", asOf: "2026-11-25T08:29:59.000Z" },
    { name: "education", status: "UNAVAILABLE", asOf: null },
  ],
  entries: [41],
  people: [hoaPin],
  answer: result,
};

const means = { sign: (text: string) => gateway.signJws("evidence", text), random: randomBytes };
const trust = (more: Partial<EvidenceTrust> = {}): EvidenceTrust => ({
  keys: gateway.publicKeys(),
  isRevoked: () => false,
  ...more,
});
const isFalse = (fault: string) => ({ kind: "false", fault });

beforeEach(async () => {
  clock = now;
  evidence = signAnswer(answer, means);
  document = { ...evidence, people: [hoaPin], question, answer: result };
});

/** The record of a JWS, or the JWS of a changed one by whichever key. */
const read = (jws: string) =>
  JSON.parse(Buffer.from(jws.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;
function forge(payload: string, header: object, jwk: JWK): string {
  const signed = [JSON.stringify(header), payload]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

describe("a document", () => {
  test("is genuine to whoever has it and the gateway's public keys", async () => {
    expect(await verifyDocument(document, trust())).toEqual({
      kind: "genuine",
      kid: gateway.key("evidence").kid,
      record: {
        id: evidence.id,
        signedAt: "2026-11-25T08:30:00.000Z",
        agency: "ubnd-00004",
        operation: createHash("sha256").update(operation).digest("base64url"),
        question: expect.any(String),
        sources: answer.sources,
        entries: [41],
        people: [expect.any(String)],
        answer: expect.any(String),
      },
    });
  });

  test("may say the same in another order of its fields", async () => {
    const reversed = said(Object.fromEntries(Object.entries(citizen).toReversed()));
    expect(await verifyDocument({ ...document, answer: reversed }, trust())).toMatchObject({
      kind: "genuine",
    });
  });

  test.each([
    ["a yes made a no", said({ ...citizen, unmarriedOn: false })],
    ["a field left out", said({ pin: hoaPin, fullName: "Trần Thị Hoa", sex: "FEMALE" })],
    ["a field put in", said({ ...citizen, note: null })],
    [
      "a name in another form of Unicode",
      said({ ...citizen, fullName: "Trần Thị Hoa".normalize("NFD") }),
    ],
    ["an error put in", { ...result, errors: [] }],
    ["another source", { ...result, extensions: {} }],
    ["nothing", null],
  ])("is false with %s", async (_, changed: Json) => {
    expect(await verifyDocument({ ...document, answer: changed }, trust())).toEqual(
      isFalse("OTHER_ANSWER"),
    );
  });

  test.each([
    ["another day", { ...question, variables: { pin: hoaPin, on: "2020-01-01" } }],
    ["another operation", { ...question, operation: operation.replace("Certificate", "Other") }],
    ["nothing", { operation: "", variables: {} }],
  ])("is false for %s that was asked for", async (_, changed) => {
    expect(await verifyDocument({ ...document, question: changed }, trust())).toEqual(
      isFalse("OTHER_QUESTION"),
    );
  });

  test("is false under the number of another record", async () => {
    const { id } = signAnswer(answer, means);
    expect(await verifyDocument({ ...document, id }, trust())).toEqual(isFalse("OTHER_RECORD"));
  });

  test.each([
    ["another person", ["001090000012"]],
    ["nobody", []],
    ["one person more", [hoaPin, "001090000012"]],
    ["the same person twice", [hoaPin, hoaPin]],
  ])("is false about %s", async (_, people) => {
    expect(await verifyDocument({ ...document, people }, trust())).toEqual(isFalse("OTHER_PEOPLE"));
  });

  test("is false with another salt, or none", async () => {
    for (const salt of [randomBytes(32).toString("base64url"), "", "A".repeat(44)])
      expect(await verifyDocument({ ...document, salt }, trust())).toEqual(isFalse("OTHER_PEOPLE"));
  });

  test("is false with the record of another answer", async () => {
    const other = signAnswer({ ...answer, answer: said(null) }, means);
    const { id, jws } = other;
    expect(await verifyDocument({ ...document, jws }, trust())).toEqual(isFalse("OTHER_RECORD"));
    expect(await verifyDocument({ ...document, id, jws }, trust())).toEqual(
      isFalse("OTHER_PEOPLE"),
    );
    expect(await verifyDocument({ ...document, ...other }, trust())).toEqual(
      isFalse("OTHER_ANSWER"),
    );
  });

  test("is about everybody whom the answer is about, in any order", async () => {
    const people = [hoaPin, "001090000012"];
    const both = {
      ...document,
      ...signAnswer({ ...answer, people, entries: [7, 8] }, means),
      people: people.toReversed(),
    };
    expect(await verifyDocument(both, trust())).toMatchObject({ kind: "genuine" });
    expect(await verifyDocument({ ...both, people: [hoaPin] }, trust())).toEqual(
      isFalse("OTHER_PEOPLE"),
    );
  });

  test("is false once its record is revoked", async () => {
    const isRevoked = (id: string) => id === evidence.id;
    expect(await verifyDocument(document, trust({ isRevoked }))).toEqual(isFalse("REVOKED"));
  });

  test("stays genuine when keys have changed, and is false where its key is no longer known", async () => {
    const old = gateway.key("evidence").kid;
    const { kid } = await gateway.addKey("evidence", now + 60_000);
    clock = now + 60_000;
    expect(gateway.key("evidence").kid).toBe(kid);
    expect(await verifyDocument(document, trust())).toMatchObject({ kind: "genuine", kid: old });
    const keys = { keys: gateway.publicKeys().keys.filter((key) => key.kid !== old) };
    expect(await verifyDocument(document, trust({ keys }))).toEqual(isFalse("UNKNOWN_KEY"));
  });
});

describe("a record", () => {
  test("is genuine by itself, and names no person", async () => {
    expect(await verifyRecord(evidence.jws, trust())).toMatchObject({ kind: "genuine" });
    const text = JSON.stringify(read(evidence.jws));
    for (const secret of [hoaPin, "Hoa", "FEMALE", evidence.salt])
      expect(text).not.toContain(secret);
  });

  test("commits by HMAC-SHA-256 of canonical JSON under the salt", () => {
    const key = Buffer.from(evidence.salt, "base64url");
    const hmac = (text: string) => createHmac("sha256", key).update(text).digest("base64url");
    expect(key).toHaveLength(32);
    const text = `{"data":{"citizen":{"fullName":"Trần Thị Hoa","pin":"${hoaPin}","sex":"FEMALE","unmarriedOn":true}},"extensions":{"sources":[{"name":"population","records":1,"status":"FRESH"}]}}`;
    expect(read(evidence.jws)).toMatchObject({
      people: [hmac(`{"pin":"${hoaPin}"}`)],
      question: hmac(
        `{"question":{"operation":"${operation}","variables":{"on":"2026-11-25","pin":"${hoaPin}"}}}`,
      ),
      answer: hmac(`{"answer":${text}}`),
    });
  });

  test("hashes no text that might hold a personal number, since all of them can be tried", async () => {
    const named = { ...question, operation: `{ p${hoaPin}: citizen(pin: $literal0) { sex } }` };
    const { jws } = signAnswer({ ...answer, question: named }, means);
    expect(read(jws)).toMatchObject({ operation: null, question: expect.any(String) });
    expect(await verifyRecord(jws, trust())).toMatchObject({ kind: "genuine" });
  });

  test("says so where the gateway kept no log, and where nobody is in it", async () => {
    for (const [entries, signed] of [
      [undefined, null],
      [[], []],
    ] as const) {
      const { jws } = signAnswer({ ...answer, entries }, means);
      expect(read(jws)).toMatchObject({ entries: signed });
      expect(await verifyRecord(jws, trust())).toMatchObject({ kind: "genuine" });
    }
  });

  test("of the same answer is another each time, so that none can be guessed or told to be the same", async () => {
    const again = signAnswer(answer, means);
    const [first, second] = [read(evidence.jws), read(again.jws)];
    expect(second["id"]).not.toBe(first["id"]);
    expect(second["answer"]).not.toBe(first["answer"]);
    expect(second["question"]).not.toBe(first["question"]);
    expect(second["people"]).not.toEqual(first["people"]);
    expect(again.salt).not.toBe(evidence.salt);
    expect(Buffer.from(again.id, "base64url")).toHaveLength(16);
  });

  test.each([
    ["by the service key", "service", {}, "UNKNOWN_KEY"],
    ["by the head's key", "head", {}, "UNKNOWN_KEY"],
    [
      "by the service key under the evidence key's name",
      "service",
      { kid: "evidence" },
      "NOT_SIGNED",
    ],
    ["of a service token's type", "evidence", { typ: "lien-thong-service+jwt" }, "NOT_SIGNED"],
    ["of no type", "evidence", { typ: undefined }, "NOT_SIGNED"],
    ["without an algorithm", "evidence", { alg: "none" }, "NOT_SIGNED"],
    ["with a shared secret's algorithm", "evidence", { alg: "HS256" }, "NOT_SIGNED"],
  ] as const)("is false %s", async (_, kind, header, fault) => {
    const key = gateway.key(kind);
    const said = { alg: "ES256", typ: "lien-thong-evidence+jws", kid: key.kid, ...header };
    const kid = said.kid === "evidence" ? gateway.key("evidence").kid : said.kid;
    const payload = Buffer.from(evidence.jws.split(".")[1]!, "base64url").toString();
    expect(await verifyRecord(forge(payload, { ...said, kid }, key), trust())).toEqual(
      isFalse(fault),
    );
  });

  test("is false where its key signed something that is no record, or one in two ways", async () => {
    const key = gateway.key("evidence");
    const header = { alg: "ES256", typ: "lien-thong-evidence+jws", kid: key.kid };
    const text = Buffer.from(evidence.jws.split(".")[1]!, "base64url").toString();
    expect(await verifyRecord(forge(text, header, key), trust())).toMatchObject({
      kind: "genuine",
    });
    for (const spoilt of [
      "",
      "{}",
      "[]",
      ` ${text}`,
      text.replace("{", '{"agency":"a",'),
      text.replace("{", '{"a":1,'),
      text.replace('"entries":[41]', '"entries":[-1]'),
      text.replace('"entries":[41]', '"entries":["41"]'),
      text.replace('"signedAt":"2026', '"signedAt":"yesterday'),
      text.replace('"signedAt":"2026-11-25', '"signedAt":"2026-13-25'),
    ])
      expect(await verifyRecord(forge(spoilt, header, key), trust())).toEqual(
        isFalse("NOT_SIGNED"),
      );
  });

  test("is false with any of its characters changed", async () => {
    const { jws } = evidence;
    const places = fc.integer({ min: 0, max: jws.length - 1 });
    const letters = fc.constantFrom(
      ...Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
    );
    await fc.assert(
      fc.asyncProperty(places, letters, async (place, letter) => {
        // The last letter has bits that say nothing.
        fc.pre(jws[place] !== letter && place !== jws.length - 1);
        const changed = jws.slice(0, place) + letter + jws.slice(place + 1);
        expect(await verifyRecord(changed, trust())).toMatchObject({ kind: "false" });
      }),
      { numRuns: 200 },
    );
  });
});

test("Verifying needs neither Node nor what signs, so that a page of the reader's own can do it", () => {
  const modules = new Map(
    listTrackedFiles()
      .filter(({ path }) => /^(gateway\/evidence|schema)\/[^/]+\.ts$/.test(path))
      .map((file) => [file.path, parseModule(file)]),
  );
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { target, kind, typeOnly } of modules.get(path)?.imports ?? []) {
      if (typeOnly) continue;
      if (kind === "project") visit(target);
      else reached.add(target);
    }
  };
  visit("gateway/evidence/document.ts");
  visit("gateway/evidence/verify.ts");
  expect([...reached].toSorted()).toEqual([
    "gateway/evidence/commitment.ts",
    "gateway/evidence/document.ts",
    "gateway/evidence/record.ts",
    "gateway/evidence/verify.ts",
    "jose",
    "schema/canonical-json.ts",
    "schema/repeated-key.ts",
    "schema/signatures.ts",
  ]);
});
