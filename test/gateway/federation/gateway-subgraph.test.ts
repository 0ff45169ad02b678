import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an } from "../../support/ministries.ts";

const { ministries, heal, close } = await startMinistriesGateway();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway(ministries.sources, {});
});
afterEach(heal);
afterAll(async () => {
  await gateway.stop();
  await close();
});

interface Source {
  readonly name: string;
  readonly owner: string;
  readonly state: string;
  readonly since: string;
  readonly retryAt: string | null;
}

async function askSources(): Promise<Source[]> {
  const { json } = await gateway.ask({ query: "{ sources { name owner state since retryAt } }" });
  expect(json.errors).toBeUndefined();
  return json.data?.["sources"] as Source[];
}

test("whoever asks is told of each source who owns it, whether it answers, and since when", async () => {
  const sources = await askSources();
  expect(sources.map(({ name }) => name)).toEqual([
    "civil-status",
    "education",
    "health-insurance",
    "population",
  ]);
  expect(sources.at(-1)).toEqual({
    name: "population",
    owner: "Bộ Công an",
    state: "UP",
    since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    retryAt: null,
  });
});

test("a source that stopped answering is told as down, with the time when it will be tried again", async () => {
  const [before] = (await askSources()).toReversed();
  ministries.sources.population.fault = { kind: "says", status: 500, type: "text/plain", body: "" };
  for (let time = 0; time < 5; time++)
    await gateway.ask({ query: `{ citizen(pin: "${an}") { a${time}: fullName } }` });
  const [population, ...others] = (await askSources()).toReversed();
  expect(population).toMatchObject({ state: "DOWN", retryAt: expect.any(String) });
  expect(Date.parse(population!.since)).toBeGreaterThan(Date.parse(before!.since));
  expect(Date.parse(population!.retryAt!)).toBeGreaterThan(Date.parse(population!.since));
  for (const { state } of others) expect(state).toBe("UP");
});

test("it is asked beside citizens, in one request", async () => {
  const { json } = await gateway.ask(
    { query: `{ sources { state } citizen(pin: "${an}") { enrolments { grade } } }` },
    { headers: await gateway.asCitizen(an) },
  );
  expect(json.data).toMatchObject({
    sources: expect.any(Array),
    citizen: { enrolments: [{ grade: 1 }] },
  });
});
