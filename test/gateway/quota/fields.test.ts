import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPool } from "../../../gateway/database/pool.ts";
import { supergraphFile } from "../../../schema/compose.ts";
import { addDays, todayInVietnam } from "../../../schema/values/date.ts";
import { createGatewayDatabase } from "../../support/database.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { Asked, TestGateway } from "../../support/gateway.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, chi, dung, nobody } from "../../support/ministries.ts";

const { ministries, close } = await startMinistriesGateway();
const folder = mkdtempSync(join(tmpdir(), "terms-"));
const file = join(folder, "terms.json");
const place = await createGatewayDatabase();
const database = openPool(place.url);
const open = { open: true, supergraph: fileURLToPath(supergraphFile) } as const;
let gateway: TestGateway;

/** Six records a day, of which the counter has one for itself. */
beforeAll(async () => {
  const terms = { perDay: 6, lanes: { counter: { floor: 1 } }, cacheSeconds: 0 };
  writeFileSync(file, JSON.stringify({ population: terms }));
  const env = { GATEWAY_DATABASE_URL: place.url };
  gateway = await startTestGateway(ministries.sources, env, { ...open, terms: file });
});
afterAll(async () => {
  await gateway.stop();
  await database.destroy();
  await place.drop();
  await close();
  rmSync(folder, { recursive: true });
});

const today = todayInVietnam(new Date());

const mutation = `mutation ($agency: String!, $source: String!, $records: Int!, $from: Date!, $until: Date!, $reason: String!) {
  grantQuota(agency: $agency, source: $source, records: $records, from: $from, until: $until, reason: $reason) {
    id agency source records from until reason grantedBy heldToday
  }
}`;

const pupils = {
  ...{ agency: "open", source: "population", records: 2, from: today, until: today },
  reason: "56,000 pupils wait",
};

const grant = (changed: object = {}) =>
  gateway.ask({ query: mutation, variables: { ...pupils, ...changed } });

const countGrants = async () =>
  (await database.selectFrom("quota_grant").select("id").execute()).length;

const errorsOf = ({ json }: Asked) =>
  (json.errors ?? []).map(({ message, path, extensions }) => ({ message, path, ...extensions }));

describe("A grant that is asked for by query", () => {
  test("is answered with what is recorded, and with who gave it", async () => {
    const { status, json } = await grant();
    expect(status).toBe(200);
    expect(json.errors).toBeUndefined();
    expect(json.data).toEqual({
      grantQuota: { ...pupils, id: "1", grantedBy: "open", heldToday: null },
    });
    expect(await countGrants()).toBe(1);
  });

  test("is given as often as it is asked for, each time once and in order", async () => {
    const twice = `mutation {
      first: grantQuota(agency: "hue", source: "population", records: 1, from: "${today}", until: "${today}", reason: "a") { id agency }
      second: grantQuota(agency: "hue", source: "population", records: 3, from: "${today}", until: "${today}", reason: "b") { id }
    }`;
    const asked = await gateway.ask({ query: twice });
    expect(asked.json.data).toEqual({ first: { id: "2", agency: "hue" }, second: null });
    expect(errorsOf(asked)).toEqual([
      {
        message: `Of population's 6 records a day, floors hold 1 and other grants up to 3; at most 2 can be granted from ${today} until ${today}, not 3.`,
        path: ["second"],
        code: "BAD_USER_INPUT",
      },
    ]);
    const tomorrow = addDays(today, 1);
    const days = { agency: "hue", records: 1, from: tomorrow, until: tomorrow };
    const answers = await Promise.all(Array.from({ length: 7 }, () => grant(days)));
    expect(answers.map(({ json }) => json.data?.["grantQuota"] !== null).toSorted()).toEqual([
      ...[false, false, true, true, true, true, true],
    ]);
    expect(await countGrants()).toBe(2 + 5);
  });

  test.each<[string, object, string, object]>([
    [
      "a past day",
      { from: addDays(today, -1) },
      `A grant begins on ${today}, which is today for population's owner, or later; not on ${addDays(today, -1)}.`,
      {},
    ],
    [
      "a last day before its first",
      { from: addDays(today, 2), until: addDays(today, 1) },
      `A grant ends on or after its first day, ${addDays(today, 2)}, not on ${addDays(today, 1)}.`,
      {},
    ],
    [
      "a source that there is not",
      { source: "police" },
      `"police" is no source whose owner's terms are known here; those are: population.`,
      { argument: "source" },
    ],
    ["no record", { records: 0 }, "A grant has a whole number of records from 1, not 0.", {}],
    ["no reason", { reason: " " }, "A grant says its reason; it was left empty.", {}],
    [
      "an agency of two lines",
      { agency: "hue\nx" },
      "The agency of a grant is one line of at most 1000 characters.",
      {},
    ],
  ])("for %s is refused with a sentence", async (_what, changed, message, details) => {
    const before = await countGrants();
    const refused = await grant(changed);
    expect(refused.json.data).toEqual({ grantQuota: null });
    expect(errorsOf(refused)).toEqual([
      { message, path: ["grantQuota"], code: "BAD_USER_INPUT", ...details },
    ]);
    expect(await countGrants()).toBe(before);
  });

  test("for a day that no calendar has is refused at the door", async () => {
    const refused = await grant({ until: "2026-02-30" });
    expect(refused.status).toBe(400);
    expect(errorsOf(refused)).toMatchObject([
      {
        message:
          "Argument grantQuota(until:), variable $until: Month 2026-02 has days 01 to 28; position 9 says 30.",
        code: "BAD_USER_INPUT",
      },
    ]);
  });

  test("gives its agency records when the common rest is spent, and leaves others theirs", async () => {
    const query = `query ($pin: PIN!) { citizen(pin: $pin) { fullName } }`;
    const ask = (pin: string) =>
      gateway.ask({ query, variables: { pin } }, { headers: { "x-lane": "bulk" } });
    for (const pin of [an, binh, chi, dung]) expect(errorsOf(await ask(pin))).toEqual([]);
    // The two that are left are the counter's and Hue's.
    expect(errorsOf(await ask(nobody))).toMatchObject([{ code: "QUOTA_EXHAUSTED" }]);
  });

  test("is listed with what it has used today, as long as it is in force", async () => {
    const query = `query ($source: String) { grants(source: $source) { id agency records usedToday } }`;
    await expect
      .poll(async () => (await gateway.ask({ query, variables: { source: "population" } })).json)
      .toMatchObject({
        data: {
          grants: [
            { id: "1", agency: "open", records: 2, usedToday: 2 },
            { id: "2", agency: "hue", records: 1, usedToday: 0 },
            ...Array.from({ length: 5 }, () => ({ agency: "hue", usedToday: null })),
          ],
        },
      });
    const all = await gateway.ask({ query });
    expect(all.json.data?.["grants"]).toHaveLength(7);
    expect(errorsOf(await gateway.ask({ query, variables: { source: "police" } }))).toMatchObject([
      { path: ["grants"], code: "BAD_USER_INPUT", argument: "source" },
    ]);
  });
});

test("A forecast that is asked for by query tells when jobs end, also under another limit", async () => {
  const query = `query ($jobs: [QuotaJob!]!, $usual: [UsualSpending!], $limit: Int) {
    forecast(source: "population", jobs: $jobs, usual: $usual, limit: $limit) {
      name lane records endsAt endsAtWithLimit
    }
  }`;
  const jobs = [
    { name: "pupils", lane: "bulk", records: 7 },
    { name: "cleaning", lane: "bulk", records: 5 },
  ];
  const { json } = await gateway.ask({ query, variables: { jobs, limit: 100 } });
  expect(json.errors).toBeUndefined();
  const midnight = (days: number) =>
    new Date(`${addDays(today, days)}T00:00:00+07:00`).toISOString();
  // Tomorrow all of the common rest is granted; from then on five a day are left.
  expect(json.data?.["forecast"]).toEqual([
    { ...jobs[0], endsAt: midnight(3), endsAtWithLimit: expect.any(String) },
    { ...jobs[1], endsAt: midnight(4), endsAtWithLimit: expect.any(String) },
  ]);
  const usual = [{ lane: "case", records: 3 }];
  const beside = await gateway.ask({ query, variables: { jobs: [jobs[1]], usual } });
  expect(beside.json.data?.["forecast"]).toEqual([
    { ...jobs[1], endsAt: midnight(4), endsAtWithLimit: null },
  ]);
  const refused = await gateway.ask({ query, variables: { jobs: [] } });
  expect(errorsOf(refused)).toEqual([
    {
      message: "A forecast is of 1 to 100 jobs, not of 0.",
      path: ["forecast"],
      code: "BAD_USER_INPUT",
    },
  ]);
});

test("Without terms nothing is granted, and the refusal says so", async () => {
  const without = await startTestGateway(ministries.sources, {}, open);
  const asked = await without.ask({ query: mutation, variables: pupils });
  expect(errorsOf(asked)).toMatchObject([
    {
      message: `"population" is no source whose owner's terms are known here; those are: none.`,
      code: "BAD_USER_INPUT",
    },
  ]);
  const { json } = await without.ask({ query: "{ quota { source } grants { id } }" });
  expect(json.data).toEqual({ quota: [], grants: [] });
  await without.stop();
});

test("Where the ledger does not answer, nobody is told that nothing was granted", async () => {
  const env = { GATEWAY_DATABASE_URL: "postgres://nobody@127.0.0.1:1/gone" };
  const without = await startTestGateway(ministries.sources, env, { ...open, terms: file });
  const asked = await without.ask({ query: mutation, variables: pupils });
  expect(errorsOf(asked)).toEqual([
    {
      message:
        "The account of the owners' units did not answer in time, so it is not known whether the grant is recorded; ask `grants` before granting again.",
      path: ["grantQuota"],
      ...{ code: "SOURCE_UNAVAILABLE", reason: "LEDGER_UNAVAILABLE" },
    },
  ]);
  await without.stop();
});
