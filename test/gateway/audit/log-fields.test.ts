import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { hashLeaf } from "../../../gateway/audit/merkle.ts";
import { verifyInclusion } from "../../../gateway/audit/merkle-proof.ts";
import { writeLeaf } from "../../../gateway/audit/entry.ts";
import { readHeadsBy } from "../../../gateway/audit/tree-head.ts";
import { openSigningKeys } from "../../../gateway/identity/signing-keys.ts";
import type { Answer, TestGateway } from "../../support/gateway.ts";
import { serveCountry } from "../../support/miniature.ts";
import { codesOf, factsOf, openRecordingPlace } from "../../support/recording-gateway.ts";
import type { RecordingPlace } from "../../support/recording-gateway.ts";
import { accessTo } from "./access.ts";
import { connectTo, startLog } from "./log-database.ts";

const lan = "001199012345";
const country = await serveCountry({ [lan]: { fullName: "Nguyễn Thị Lan" } });
afterAll(async () => {
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

const lookUp = (pin: string) => ({
  query: "query ($pin: PIN!) { citizen(pin: $pin) { fullName } }",
  variables: { pin },
});

async function asAuditor(
  place: RecordingPlace,
  gateway: TestGateway,
  query: string,
  variables = {},
) {
  const headers = await place.headersOf({
    role: "auditor",
    sub: "auditor-mai",
    agency: "thanh-tra-01",
  });
  const { json } = await gateway.ask(
    { query, variables },
    { headers: { ...headers, "x-purpose": "", "x-case": "" } },
  );
  return json;
}

async function asCitizen(place: RecordingPlace, gateway: TestGateway, query: string) {
  const headers = await place.headersOf({
    role: "citizen",
    sub: "citizen-lan",
    pin: lan,
    acr: "2",
  });
  const { json } = await gateway.ask(
    { query },
    { headers: { ...headers, "x-purpose": "own-data", "x-case": "" } },
  );
  return json;
}

// An answer's shape is the query's.
// oxlint-disable-next-line typescript/no-explicit-any
const dataOf = ({ data }: Answer): any => data;

async function readHeadOf(place: RecordingPlace, jws: string) {
  const folder = place.places.signingKeysDir;
  const keys = await openSigningKeys({ folder, now: Date.now, onFailure: () => {} });
  keys.stop();
  return await readHeadsBy(keys.publicKeys().keys)(jws);
}

describe("An auditor", () => {
  test("searches the log by person, officer, case, agency and purpose, and each search is an entry", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    await gateway.ask(lookUp(lan));
    await gateway.ask(lookUp("001199000001"), {
      headers: await place.headersOf({ sub: "officer-minh", agency: "ubnd-00007" }),
    });
    const search = async (by: string) => {
      const { auditLog } = dataOf(
        await asAuditor(
          place,
          gateway,
          `{ auditLog(kind: "access", ${by}) { entries { index } more } }`,
        ),
      );
      return (auditLog.entries as { index: number }[]).map(({ index }) => index);
    };
    expect(await search(`pin: "${lan}"`)).toEqual([0]);
    expect(await search(`pin: "001 199 000001"`)).toEqual([1]);
    expect(await search(`subject: "officer-minh"`)).toEqual([1]);
    expect(await search(`agency: "ubnd-00004"`)).toEqual([0]);
    expect(await search(`case: "HS-17/2026"`)).toEqual([1, 0]);
    expect(await search(`purpose: "own-data"`)).toEqual([]);
    expect(await search(`from: "2126-01-01T00:00:00Z"`)).toEqual([]);
    expect(await search(`first: 1`)).toEqual([1]);
    expect(await search(`first: 1, after: 1`)).toEqual([0]);
    const searches = await place.readLog({ kind: "search" });
    expect(searches).toHaveLength(9);
    expect(searches[0]!.detail).toMatchObject({ subject: "auditor-mai" });
    const text = JSON.stringify(searches.map(({ detail }) => detail!.more));
    expect(text).not.toContain(lan);
    const [row] = await place.readLog({ kind: "access" });
    expect(searches[0]!.detail!.pin).toEqual(row!.detail!.pin);
  });

  test("reads what an entry tells", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    await gateway.ask(lookUp(lan));
    const { auditLog } = dataOf(
      await asAuditor(
        place,
        gateway,
        `{ auditLog(kind: "access") { more entries { index at kind agency purpose outcome units { source lane day units } subject case person requestId operation fields sources { name status asOf } erased } } }`,
      ),
    );
    expect(auditLog).toEqual({
      more: false,
      entries: [
        {
          ...{ index: 0, kind: "access", agency: "ubnd-00004", subject: "officer-lan" },
          ...{ purpose: "marital-status-certificate", case: "HS-17/2026", outcome: "answered" },
          units: [{ source: "population", lane: "counter", day: expect.any(String), units: 1 }],
          at: expect.any(String),
          person: expect.stringMatching(/^\d{4}:[\w-]{43}$/),
          requestId: expect.any(String),
          operation: expect.stringMatching(/^[0-9a-f]{64}$/),
          fields: ["Citizen.fullName", "Query.citizen"],
          sources: [{ name: "population", status: "FRESH", asOf: expect.any(String) }],
          erased: false,
        },
      ],
    });
  });

  test("gets proofs that hold against a signed head", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    await gateway.ask(lookUp(lan));
    await gateway.ask(lookUp(lan));
    const json = await asAuditor(
      place,
      gateway,
      "{ inclusionProof(index: 1) { index path head { size rootHash jws } } consistencyProof(from: 1, to: 2) { path } treeHead { size at rootHash jws } }",
    );
    const { inclusionProof: proof, treeHead, consistencyProof } = dataOf(json);
    const head = await readHeadOf(place, proof.head.jws as string);
    const [, second] = await place.readLog();
    const leaf = hashLeaf(writeLeaf(second!.entry!));
    const path = (proof.path as string[]).map((hash) => Buffer.from(hash, "base64url"));
    expect(head!.size).toBe(2);
    expect(verifyInclusion(leaf, 1, head!.size, path, head!.root)).toBe(true);
    expect(treeHead.jws).toBe(proof.head.jws);
    expect(consistencyProof.path).toHaveLength(1);
    const beyond = await asAuditor(place, gateway, "{ inclusionProof(index: 99) { index } }");
    expect(codesOf(beyond)).toEqual(["BAD_USER_INPUT"]);
  });

  test("alone does", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    for (const role of ["counter-officer", "operator", "integrator"]) {
      const headers = { ...(await place.headersOf({ role })), "x-purpose": "", "x-case": "" };
      for (const field of [
        "auditLog { more }",
        "treeHead { size }",
        "alerts { kind }",
        "inclusionProof(index: 0) { index }",
        "consistencyProof(from: 0, to: 0) { path }",
      ]) {
        const { json } = await gateway.ask({ query: `{ ${field} }` }, { headers });
        expect(codesOf(json), `${role} ${field}`).toEqual(["FORBIDDEN"]);
      }
    }
    expect(await place.readLog({ kind: "search" })).toEqual([]);
  });

  test("reads alerts of unusual use", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    for (let n = 0; n < 12; n++)
      await gateway.ask(lookUp(`0011990001${String(n).padStart(2, "0")}`), {
        headers: { "x-case": `HS-${n}/2026` },
      });
    // What a case may open is limited; more were confirmed.
    const log = startLog(connectTo(place));
    for (let n = 0; n < 9; n++) await log.append([accessTo(n, { caseNumber: "HS-77/2026" })]);
    const { alerts } = dataOf(
      await asAuditor(place, gateway, "{ alerts { kind subject agency case count } }"),
    );
    const kinds = (alerts as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(["SERIAL_NUMBERS", "MANY_NOT_FOUND", "MANY_IN_ONE_CASE"]),
    );
    expect(alerts).toContainEqual({
      ...{ kind: "MANY_IN_ONE_CASE", subject: null, agency: "H29.01" },
      ...{ case: "HS-77/2026", count: 9 },
    });
  });
});

describe("A citizen", () => {
  test("sees who looked, when, why and at what, each with a proof", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    await gateway.ask(lookUp(lan));
    await gateway.ask(lookUp("001199000001"));
    const json = await asCitizen(
      place,
      gateway,
      "{ me { accessLog { at agency purpose case fields proof { index path head { jws } } } } }",
    );
    expect(json.errors).toBeUndefined();
    const [look, ...others] = dataOf(json).me.accessLog;
    expect(others).toEqual([]);
    expect(look).toMatchObject({
      ...{ agency: "ubnd-00004", purpose: "marital-status-certificate", case: "HS-17/2026" },
      fields: ["Citizen.fullName", "Query.citizen"],
    });
    const head = await readHeadOf(place, look.proof.head.jws as string);
    const [first] = await place.readLog();
    const path = (look.proof.path as string[]).map((hash) => Buffer.from(hash, "base64url"));
    const leaf = hashLeaf(writeLeaf(first!.entry!));
    expect(verifyInclusion(leaf, 0, head!.size, path, head!.root)).toBe(true);
    // That he looked is an entry about him, too.
    const again = await asCitizen(place, gateway, "{ me { accessLog { purpose } } }");
    expect(dataOf(again).me.accessLog).toEqual([
      { purpose: "own-data" },
      { purpose: "marital-status-certificate" },
    ]);
  });

  test("alone does, and under own data", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    const query = "{ me { accessLog { at } } }";
    const { json } = await gateway.ask({ query });
    expect(codesOf(json)).toEqual(expect.arrayContaining(["FORBIDDEN"]));
    expect(json.data).toBeUndefined();
  });
});

describe("A refusal", () => {
  test("is an entry apart, with who, why and which fields, and not more than so many of one subject", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    for (let n = 0; n < 15; n++)
      await gateway.ask({
        query: "query ($pin: PIN!) { citizen(pin: $pin) { healthInsurance { cardNumber } } }",
        variables: { pin: lan },
      });
    await gateway.ask(lookUp(lan), { headers: { authorization: `Bearer ${randomUUID()}` } });
    await expect.poll(async () => (await place.readLog({ kind: "refusal" })).length).toBe(11);
    const rows = await place.readLog({ kind: "refusal" });
    expect(factsOf(rows[0]!)).toEqual({ codes: ["FORBIDDEN"], left: 0 });
    expect(rows[0]!.detail!.subject).toBe("officer-lan");
    expect(rows[0]!.detail!.more).toContain("Citizen.healthInsurance");
    expect(factsOf(rows.at(-1)!)).toEqual({ codes: ["UNAUTHENTICATED"], left: 0 });
    expect(rows.at(-1)!.detail!.subject).toBeNull();
    expect(await place.readLog({ kind: "access" })).toEqual([]);
  });
});
