import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { healthy } from "../../support/faulty-source.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, dung } from "../../support/ministries.ts";
import type { FederatedGateway } from "../../support/federated-gateway.ts";

const { ministries, startAnother, heal, close } = await startMinistriesGateway();
const { population } = ministries.sources;
const query = `query ($pin: PIN!) { citizen(pin: $pin) { fullName enrolments { grade } } }`;
/** Questions of which none can share an answer with another. */
const unlike = (index: number) =>
  `query ($pin: PIN!) { citizen(pin: $pin) { a${index}: fullName } }`;

let gateway: FederatedGateway;
beforeEach(async () => {
  // Only the day's clock is moved by hand: what is under way takes real time.
  vi.useFakeTimers({ now: Date.parse("2026-03-02T08:00:00Z"), toFake: ["Date"] });
  gateway = await startAnother({
    timeoutMs: 20_000,
    opensAt: { size: 20, minimumNumberOfCalls: 5, threshold: 0.49 },
    terms: { population: { timeoutMs: 500, cacheSeconds: 60, staleSeconds: 900 } },
  });
});
afterEach(async () => {
  await gateway.close();
  vi.useRealTimers();
  heal();
});
afterAll(close);

const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

/** Asks about people whom nothing is kept of, until the line opens. */
async function breakLine(): Promise<void> {
  population.fault = { kind: "says", status: 500, type: "text/plain", body: "" };
  for (let time = 0; time < 5; time++) await gateway.ask(query, { pin: dung });
}

/** How a source is reported of which what it said when the clock began is told. */
const staleSinceThen = {
  name: "population",
  status: "STALE",
  asOf: "2026-03-02T08:00:00.000Z",
  records: expect.any(Number),
};

describe("while a source does not answer", () => {
  test("it is not asked, its fields are lost within milliseconds and say when to ask again, and the others answer", async () => {
    await breakLine();
    const asked = population.requests.length;
    const answers = [];
    const took = [];
    for (let time = 0; time < 20; time++) {
      const started = performance.now();
      answers.push(await gateway.ask(query, { pin: binh }));
      took.push(performance.now() - started);
    }
    expect(population.requests.length).toBe(asked);
    for (const { data, errors } of answers) {
      expect(data.citizen.fullName).toBeNull();
      expect(data.citizen.enrolments).toEqual(expect.any(Array));
      expect(errors).toMatchObject([
        { path: ["citizen", "fullName"], extensions: { code: "SOURCE_UNAVAILABLE" } },
      ]);
      const { retryAt } = errors[0]!.extensions as { retryAt: string };
      const wait = Date.parse(retryAt) - Date.now();
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(1_000);
    }
    // Whatever else the machine does, some of them get its time; what all had to wait for, these would too.
    expect(Math.min(...took)).toBeLessThan(20);
  });

  test("what it said before is told where its terms allow, marked with its age", async () => {
    const before = await gateway.ask(query, { pin: an });
    await breakLine();
    later(120);
    const answer = await gateway.ask(query, { pin: an });
    expect(answer.data).toEqual(before.data);
    expect(answer.errors).toEqual([]);
    expect(answer.sources).toContainEqual({
      name: "population",
      status: "STALE",
      asOf: "2026-03-02T08:00:00.000Z",
      // This question tried the line.
      records: 1,
    });
    later(900);
    const older = await gateway.ask(query, { pin: an });
    expect(older.data.citizen.fullName).toBeNull();
    expect(older.errors).toHaveLength(1);
  });

  test("where a part of what it is asked for was kept, the report tells of that part, and errors of the rest", async () => {
    const couple = `query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName maritalHistory { spouse { sex } } } }`;
    await gateway.ask(couple, { pins: [an] });
    await breakLine();
    later(120);
    const { data, errors, sources } = await gateway.ask(couple, { pins: [an, dung] });
    expect(data.citizens).toMatchObject([
      { fullName: "Nguyễn Văn An", maritalHistory: [{ spouse: { sex: "FEMALE" } }] },
      { fullName: null },
    ]);
    expect(errors.map(({ path }) => path)).toEqual([["citizens", 1, "fullName"]]);
    expect(sources).toContainEqual(staleSinceThen);
  });

  test("where one of two questions to it was kept, the report tells of that one", async () => {
    const couple = `query ($pin: PIN!) { citizen(pin: $pin) { maritalHistory { spouse { fullName } } } }`;
    const name = `query ($pin: PIN!) { citizen(pin: $pin) { sex maritalHistory { spouse { fullName } } } }`;
    await gateway.ask(couple, { pin: an });
    await breakLine();
    later(120);
    const { data, errors, sources } = await gateway.ask(name, { pin: an });
    expect(data.citizen).toMatchObject({
      sex: null,
      maritalHistory: [{ spouse: { fullName: "Trần Thị Bình" } }],
    });
    expect(errors.map(({ path }) => path)).toEqual([["citizen", "sex"]]);
    expect(sources).toContainEqual(staleSinceThen);
  });

  test("the log says so once, and once that it answers again", async () => {
    await breakLine();
    const asked = population.requests.length;
    for (let tried = 0; tried < 5; tried++) {
      later(31);
      for (let time = 0; time < 3; time++) await gateway.ask(query, { pin: binh });
    }
    expect(population.requests.length).toBe(asked + 5);
    heal();
    later(31);
    expect((await gateway.ask(query, { pin: binh })).errors).toEqual([]);
    expect(gateway.log.map(({ fields, message }) => [message, fields])).toEqual([
      ["a source lost something", expect.objectContaining({ reasons: ["HTTP 500"] })],
      [
        "a source does not answer and is asked no more until it is tried again",
        { source: "population", retryAt: expect.stringMatching(/^2026-03-02T08:00:0[01]/) },
      ],
      ["a source answers again", { source: "population", downSince: "2026-03-02T08:00:00.000Z" }],
    ]);
  });
});

test("a source that has just come back gets one call at a time, not all that have gathered", async () => {
  await breakLine();
  heal();
  later(2);
  await gateway.ask(query, { pin: binh });
  const before = population.requests.length;
  population.fault = { kind: "silent" };
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => gateway.ask(unlike(index), { pin: dung })),
  );
  // On a busy machine some of those who wait see the first two run out of their time.
  expect(population.requests.length - before).toBeLessThanOrEqual(4);
});

test("a source of which every second server is dead loses nothing, since each call is repeated", async () => {
  population.fault = { kind: "in-turn", faults: [{ kind: "reset" }, healthy] };
  for (let index = 0; index < 30; index++) {
    const { data, errors } = await gateway.ask(unlike(index), { pin: an });
    expect({ data, errors }, `request ${index}`).toMatchObject({
      data: { citizen: { [`a${index}`]: expect.any(String) } },
      errors: [],
    });
  }
  expect(gateway.log.filter(({ message }) => /does not answer/.test(message))).toEqual([]);
});

test("a source of which nothing comes, not even when it is asked again, is found out by five calls", async () => {
  const before = population.requests.length;
  population.fault = { kind: "reset" };
  for (let index = 0; index < 30; index++) await gateway.ask(unlike(index), { pin: an });
  expect(population.requests.length).toBe(before + 10);
});
