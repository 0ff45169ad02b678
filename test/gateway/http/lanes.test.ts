import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { supergraphFile } from "../../../schema/compose.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { Asked, TestGateway } from "../../support/gateway.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, chi, dung } from "../../support/ministries.ts";

const { ministries, close } = await startMinistriesGateway();
const { population } = ministries.sources;
const folder = mkdtempSync(join(tmpdir(), "terms-"));
const query = `query ($pin: PIN!) { citizen(pin: $pin) { fullName enrolments { grade } } }`;

/** A gateway that is open to the agreement's supergraph, by terms of the test's own for population. */
async function startUnderTerms(terms: object): Promise<TestGateway> {
  const file = join(folder, "terms.json");
  writeFileSync(file, JSON.stringify({ population: terms }));
  return await startTestGateway(
    ministries.sources,
    {},
    { open: true, supergraph: fileURLToPath(supergraphFile), terms: file },
  );
}

afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

const errorsOf = ({ json }: Asked) =>
  (json.errors ?? []).map(({ path, extensions }) => ({ path, ...extensions }));

describe("an owner who lets three records a day be asked", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startUnderTerms({
      perDay: 3,
      lanes: { counter: { floor: 1 } },
      cacheSeconds: 600,
    });
  });
  afterAll(() => gateway.stop());
  const ask = (pin: string, lane: string) =>
    gateway.ask({ query, variables: { pin } }, { headers: { "x-lane": lane } });

  test("is asked for no more, and what the counter has for itself is nobody else's", async () => {
    const before = population.requests.length;
    for (const pin of [an, binh]) expect(errorsOf(await ask(pin, "bulk"))).toEqual([]);
    const refused = await ask(chi, "bulk");
    expect(refused.status).toBe(200);
    expect(refused.json.data?.["citizen"]).toMatchObject({ fullName: null });
    expect(errorsOf(refused)).toMatchObject([
      {
        path: ["citizen", "fullName"],
        code: "QUOTA_EXHAUSTED",
        source: "population",
        lane: "bulk",
        resetsAt: expect.stringMatching(/T17:00:00(\.000)?Z$/),
        nextStep: expect.stringContaining("resetsAt"),
      },
    ]);
    expect(errorsOf(await ask(chi, "counter"))).toEqual([]);
    expect(errorsOf(await ask(dung, "counter"))).toMatchObject([
      { code: "QUOTA_EXHAUSTED", lane: "counter" },
    ]);
    expect(population.requests.length - before).toBe(3);
  });

  test("is seen by whoever asks how much is left, lane by lane", async () => {
    const { json } = await gateway.ask({
      query: "{ quota { source lane limit used reserved resetsAt } }",
    });
    expect(json.errors).toBeUndefined();
    expect(json.data?.["quota"]).toMatchObject([
      { source: "population", lane: "counter", limit: 1, used: 1, reserved: 0 },
      { source: "population", lane: "case", limit: 0, used: 0, reserved: 0 },
      { source: "population", lane: "bulk", limit: 2, used: 2, reserved: 0 },
    ]);
  });

  test("is watched by the operator's monitoring", async () => {
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('lienthong_quota_remaining{source="population",lane="counter"} 0');
    expect(metrics).toContain('lienthong_quota_remaining{source="population",lane="bulk"} 0');
    expect(metrics).toMatch(/lienthong_cache_total\{source="population",result="miss"\} [1-9]/);
  });

  test("is not asked again for what it said a moment ago", async () => {
    const again = await ask(an, "counter");
    expect(errorsOf(again)).toEqual([]);
    expect(again.json.extensions?.["sources"]).toContainEqual(
      expect.objectContaining({ name: "population", status: "CACHED", records: 0 }),
    );
  });
});

test("a lane that there is not is refused with a sentence", async () => {
  const gateway = await startUnderTerms({ perDay: 100 });
  const { status, json } = await gateway.ask(
    { query, variables: { pin: an } },
    { headers: { "x-lane": "express" } },
  );
  await gateway.stop();
  expect(status).toBe(400);
  expect(json.errors?.[0]?.message).toBe(
    "The header x-lane must be one of counter, case, bulk; without it a request travels as counter.",
  );
});
