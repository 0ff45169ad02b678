import { readdir } from "node:fs/promises";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { hashPin } from "../../../gateway/audit/pin-hash.ts";
import { readPinKeys } from "../../../gateway/audit/pin-keys.ts";
import { parsePin } from "../../../schema/values/pin.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, nobody } from "../../support/ministries.ts";
import { codesOf, factsOf, moreOf, openRecordingPlace } from "../../support/recording-gateway.ts";
import type { RecordingPlace } from "../../support/recording-gateway.ts";

const { ministries, heal, close } = await startMinistriesGateway();
afterEach(heal);
afterAll(close);

const aboutOne = {
  query: "query Ask($pin: PIN!) { citizen(pin: $pin) { fullName birthDate } }",
  variables: { pin: an },
};
const aboutMany = (...pins: string[]) => ({
  query: "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName } }",
  variables: { pins },
});

async function ofCitizen({ headersOf }: RecordingPlace, pin: string) {
  const headers = await headersOf({ role: "citizen", sub: "citizen-1", pin, acr: "2" });
  return { ...headers, "x-purpose": "own-data", "x-case": "" };
}

/** What `/ready` says. */
async function askReady(url: string) {
  const response = await fetch(`${url}/ready`);
  return {
    status: response.status,
    body: (await response.json()) as { status: string; log: Record<string, unknown> },
  };
}

describe("A request", () => {
  test("leaves an entry that says who asked about whom, why, what came of it and when", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const gateway = await place.start();
    const { json, headers } = await gateway.ask(aboutOne);
    expect(json.data).toEqual({
      citizen: { fullName: "Nguyễn Văn An", birthDate: "1985-03-02" },
    });
    const [row, ...others] = await place.readLog();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      index: 0,
      entry: { kind: "access", agency: "ubnd-00004", purpose: "marital-status-certificate" },
      detail: { subject: "officer-lan", caseNumber: "HS-17/2026" },
    });
    expect(factsOf(row!)).toMatchObject({ outcome: "answered" });
    expect(moreOf(row!)).toEqual({
      requestId: headers.get("x-request-id"),
      operation: expect.stringMatching(/^[0-9a-f]{64}$/),
      fields: ["Citizen.birthDate", "Citizen.fullName", "Query.citizen"],
      sources: [{ name: "population", status: "FRESH", asOf: expect.any(String) }],
    });
    const [key] = await readPinKeys(place.places.pinKeysDir);
    expect(row!.detail!.pin).toEqual({
      key: key!.id,
      hash: Buffer.from(hashPin(key!, parsePin(an)).hash),
    });
  });

  test("leaves one for each person whom it names, each with what came of it", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const gateway = await place.start();
    const headers = { "x-purpose": "marriage-registration" };
    await gateway.ask(aboutMany(an, nobody, binh, an), { headers });
    const rows = await place.readLog();
    // Who is named twice is one person; the list has more items then, and no outcome of their own.
    expect(rows).toHaveLength(3);
    await gateway.ask(aboutMany(an, nobody, binh), { headers });
    const more = (await place.readLog()).slice(3);
    expect(more.map(factsOf).map(({ outcome }) => outcome)).toEqual([
      "answered",
      "not-found",
      "answered",
    ]);
    expect(new Set(more.map(({ detail }) => detail!.pin!.hash.toString())).size).toBe(3);
    expect(new Set(more.map((row) => moreOf(row)["requestId"])).size).toBe(1);
  });

  test("that is answered out of the cache leaves one too", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const gateway = await place.start();
    await gateway.ask(aboutOne);
    await gateway.ask(aboutOne);
    const statuses = (await place.readLog()).map((row) => moreOf(row)["sources"]);
    expect(statuses).toMatchObject([[{ status: "FRESH" }], [{ status: "CACHED" }]]);
  });

  test("says of a question about a closed field what was asked", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const gateway = await place.start();
    await gateway.ask(
      {
        query: `query ($pin: PIN!) { citizen(pin: $pin) { residesIn(unit: "00004", on: "2026-01-01") } }`,
        variables: { pin: an },
      },
      { headers: { "x-purpose": "utility-supply" } },
    );
    const [row] = await place.readLog();
    expect(moreOf(row!)["predicates"]).toEqual([
      { field: "Citizen.residesIn", arguments: `{"unit":"00004","on":"2026-01-01"}` },
    ]);
  });

  test("about the gateway itself leaves none", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const gateway = await place.start();
    await gateway.ask({ query: "{ sources { name } __typename }" });
    expect(await place.readLog()).toEqual([]);
  });

  test("that lost a ministry's part, or found nobody, says so", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const gateway = await place.start();
    ministries.sources["health-insurance"].fault = { kind: "cut" };
    await gateway.ask(
      {
        query:
          "query ($pin: PIN!) { citizen(pin: $pin) { fullName healthInsurance { cardNumber } } }",
        variables: { pin: an },
      },
      { headers: await ofCitizen(place, an) },
    );
    await gateway.ask({ ...aboutOne, variables: { pin: nobody } });
    expect((await place.readLog()).map(factsOf).map(({ outcome }) => outcome)).toEqual([
      "partial",
      "not-found",
    ]);
  });
});

describe("Where the log's database is gone", () => {
  test("nothing personal leaves, health says so, and it recovers by itself", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const gateway = await place.start();
    await gateway.ask(aboutOne);
    expect((await askReady(gateway.url)).status).toBe(200);
    await place.cutOff();
    const { status, json } = await gateway.ask(aboutOne);
    expect(status).toBe(503);
    expect(codesOf(json)).toEqual(["AUDIT_UNAVAILABLE"]);
    expect(JSON.stringify(json)).not.toContain("An");
    expect(json).not.toHaveProperty("data");
    expect(json).not.toHaveProperty("extensions");
    expect(json.errors![0]!.extensions).toEqual({ code: "AUDIT_UNAVAILABLE" });
    expect((await gateway.ask({ query: "{ sources { name } }" })).status).toBe(200);
    await expect
      .poll(async () => (await askReady(gateway.url)).body, { timeout: 10_000 })
      .toMatchObject({ status: "not recording", log: { status: "NOT_RECORDING" } });
    expect((await fetch(`${gateway.url}/ready`)).status).toBe(503);
    await place.restore();
    await expect
      .poll(async () => codesOf((await gateway.ask(aboutOne)).json), { timeout: 10_000 })
      .toEqual([]);
    await expect
      .poll(async () => (await askReady(gateway.url)).status, { timeout: 10_000 })
      .toBe(200);
  });

  test("from the start on, the gateway starts all the same", async () => {
    const place = await openRecordingPlace(ministries.sources);
    await place.cutOff();
    const gateway = await place.start();
    expect(codesOf((await gateway.ask(aboutOne)).json)).toEqual(["AUDIT_UNAVAILABLE"]);
    await place.restore();
    await expect
      .poll(async () => codesOf((await gateway.ask(aboutOne)).json), { timeout: 10_000 })
      .toEqual([]);
  });
});

describe("Tree heads", () => {
  test("are published at the interval and at a stop, where entries came since", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const heads = () => readdir(place.places.headsDir);
    const gateway = await place.start({ TREE_HEADS_EVERY_SECONDS: "1" });
    await gateway.ask(aboutOne);
    await expect.poll(heads, { timeout: 10_000 }).toEqual(["0000000000000001.jws"]);
    await gateway.ask(aboutMany(an, binh));
    await gateway.stop();
    expect(await heads()).toEqual(["0000000000000001.jws", "0000000000000003.jws"]);
  });

  test("show before a gateway opens that its database was restored from an older backup", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const first = await place.start();
    await first.ask(aboutOne);
    await first.stop();
    const backup = await place.copy();
    const second = await place.start();
    await second.ask(aboutOne);
    await second.stop();
    await expect(place.start({ GATEWAY_DATABASE_URL: backup })).rejects.toThrow(
      "says that the log has 2 entries, and the database holds 1: it was restored from an older copy",
    );
    const third = await place.start();
    expect(codesOf((await third.ask(aboutOne)).json)).toEqual([]);
  });

  test("show it also where the database could not be reached at the start", async () => {
    const place = await openRecordingPlace(ministries.sources);
    const first = await place.start();
    await first.ask(aboutOne);
    await first.stop();
    await place.cutOff();
    const gateway = await place.start();
    await place.restore();
    await place.empty();
    expect(codesOf((await gateway.ask(aboutOne)).json)).toEqual(["AUDIT_UNAVAILABLE"]);
    const { body } = await askReady(gateway.url);
    expect(body.log["reason"]).toContain("it was restored from an older copy");
  });
});

describe("A gateway does not start", () => {
  test.each(["SIGNING_KEYS_DIR", "PIN_KEYS_DIR"])("without %s", async (variable) => {
    const place = await openRecordingPlace(ministries.sources);
    await expect(place.start({ [variable]: "" })).rejects.toThrow(`${variable} is not set.`);
  });
});
