import Fastify from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { forgetKeys } from "../../../subgraphs/population/meter-book.ts";
import { registerMeterDoors } from "../../../subgraphs/population/meter-doors.ts";
import { readMeterSettings } from "../../../subgraphs/population/meter-settings.ts";
import { makePopulation } from "../../../subgraphs/population/server.ts";
import { hoaPin } from "../../lives/tran-thi-hoa.ts";
import { nobodies, startMeteredPopulation } from "../../support/metered-population.ts";
import type { MeteredPopulation } from "../../support/metered-population.ts";
import { startSectorUnderTest } from "../../support/sector.ts";

let population: MeteredPopulation;

const perDay = 100;

beforeAll(async () => {
  population = await startMeteredPopulation(perDay);
});
afterAll(() => population?.stop());

/** Each test has a day of its own, and begins at noon in Hanoi. */
let day: string;
beforeEach(async () => {
  day = await population.beginDay();
});

describe("Settling", () => {
  test("tells what was counted and makes void what never came, so that it is refused if it still comes", async () => {
    await population.ask(nobodies(3), { key: "settle.1" });
    const states = {
      "settle.1": { state: "counted", records: 3, day },
      "settle.2": { state: "void" },
    };
    expect(await population.settle("settle.1", "settle.2", "settle.2")).toEqual(states);
    const late = await population.ask([hoaPin], { key: "settle.2" });
    expect(late).toMatchObject({ status: 200, records: "0", code: "KEY_REFUSED" });
    expect(late.body.data).toBeUndefined();
    expect(await population.settle("settle.1", "settle.2")).toEqual(states);
    expect((await population.readDay(day)).records).toBe(3);
    // Others of its lease go on.
    expect((await population.ask(nobodies(1), { key: "settle.3" })).records).toBe("1");
  });

  test("waits for the call under way whose key it asks for", async () => {
    const { calling, settling } = await population.holdDay(day, async () => {
      const calling = population.ask(nobodies(2), { key: "under.1" });
      await population.waitForLocks(1);
      const settling = population.settle("under.1");
      await population.waitForLocks(2);
      return { calling, settling };
    });
    expect(await calling).toMatchObject({ records: "2" });
    expect(await settling).toEqual({ "under.1": { state: "counted", records: 2, day } });
  });

  test("and calling at random leave each key in one state that both sides know", async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `race.${i}`);
    const [answers, states] = await Promise.all([
      Promise.all(keys.map((key) => population.ask(nobodies(1), { key }))),
      Promise.all(
        keys.toReversed().map(async (key) => Object.entries(await population.settle(key))[0]!),
      ),
    ]);
    const state = new Map(states) as Map<string, { state: string }>;
    for (const [i, key] of keys.entries())
      expect(answers[i]!.code, key).toBe(
        state.get(key)!.state === "counted" ? undefined : "KEY_REFUSED",
      );
    expect((await population.readDay(day)).records).toBe(
      answers.filter(({ code }) => code === undefined).length,
    );
  });
});

describe("Closing a lease", () => {
  test("tells all that was counted of it and refuses whatever still comes", async () => {
    await population.ask(nobodies(2), { key: "lease.1.1" });
    await population.ask(nobodies(1), { key: "lease.1.2" });
    await population.ask(nobodies(4), { key: "lease.10.1" });
    await population.settle("lease.1.3");
    const counted = {
      "lease.1.1": { state: "counted", records: 2, day },
      "lease.1.2": { state: "counted", records: 1, day },
    };
    expect(await population.close("lease.1")).toEqual(counted);
    for (const key of ["lease.1.2", "lease.1.4"])
      expect(await population.ask([hoaPin], { key })).toMatchObject({
        status: 200,
        records: "0",
        code: "KEY_REFUSED",
      });
    expect(await population.close("lease.1")).toEqual(counted);
    expect((await population.ask(nobodies(1), { key: "lease.10.2" })).records).toBe("1");
    expect((await population.readDay(day)).records).toBe(8);
  });

  test("of which nothing ever came refuses all of it", async () => {
    expect(await population.close("never")).toEqual({});
    expect((await population.ask([hoaPin], { key: "never.1" })).code).toBe("KEY_REFUSED");
    expect((await population.readDay(day)).records).toBe(0);
  });

  test("waits for what is under way, so that nothing is counted that it does not tell", async () => {
    const { calling, closing } = await population.holdDay(day, async () => {
      const calling = population.ask(nobodies(2), { key: "dying.1" });
      await population.waitForLocks(1);
      const closing = population.close("dying");
      await population.waitForLocks(2);
      return { calling, closing };
    });
    expect(await calling).toMatchObject({ records: "2" });
    expect(await closing).toEqual({ "dying.1": { state: "counted", records: 2, day } });
  });

  test("while it is used tells exactly what was answered", async () => {
    const calls = Array.from({ length: 30 }, (_, i) =>
      population.ask(nobodies(1, i), { key: `storm.${i}` }),
    );
    const counted = await population.close("storm");
    const answers = await Promise.all(calls);
    const answered = answers.flatMap(({ code }, i) => (code === undefined ? [`storm.${i}`] : []));
    expect(Object.keys(counted).toSorted()).toEqual(answered.toSorted());
    expect((await population.readDay(day)).records).toBe(answered.length);
  });
});

describe("The doors", () => {
  test.each([
    ["/meter/settle", {}, '"keys" must be a list'],
    ["/meter/settle", { keys: ["fine.1", "not fine.2"] }, "number 2 is none"],
    ["/meter/settle", { keys: [7] }, "number 1 is none"],
    [
      "/meter/settle",
      { keys: Array.from({ length: 10_001 }, (_, i) => `k.${i}`) },
      "at most 10000",
    ],
    ["/meter/settle", null, '"keys" must be a list'],
    ["/meter/close", { lease: "" }, '"lease" must be'],
    ["/meter/close", [], '"lease" must be'],
    ["/meter", undefined, "Say which of the owner's days"],
    ["/meter?day=2026-02-30", undefined, "2026-02 has days 01 to 28"],
    ["/meter?day=today", undefined, "YYYY-MM-DD"],
  ])("%s refuses what it cannot mean: %j", async (path, body, sentence) => {
    const answer = await population.knock(path, body);
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ message: expect.stringContaining(sentence) }] },
    });
  });

  test("settle nothing for nothing", async () => {
    expect(await population.settle()).toEqual({});
  });

  test("open to the meter's secret alone where there is one", async () => {
    const guarded = await startSectorUnderTest(makePopulation({ token: "a-drum-of-bronze" }));
    onTestFinished(() => guarded.stop());
    const knock = async (path: string, authorization?: string) => {
      const response = await fetch(guarded.url.replace("/graphql", path), {
        ...(path !== "/meter?day=2026-06-15" && {
          method: "POST",
          body: '{"keys":[],"lease":"a"}',
        }),
        headers: {
          "content-type": "application/json",
          ...(authorization !== undefined && { authorization }),
        },
      });
      return { status: response.status, body: await response.text() };
    };
    for (const path of ["/meter/settle", "/meter/close", "/meter?day=2026-06-15"]) {
      for (const authorization of [undefined, "Bearer", "Bearer a-drum", "a-drum-of-bronze"]) {
        const refused = await knock(path, authorization);
        expect(refused.status, path).toBe(401);
        expect(refused.body).toContain("METER_TOKEN");
      }
      expect((await knock(path, "Bearer a-drum-of-bronze")).status, path).toBe(200);
    }
    expect((await guarded.ask("{ __typename }")).data).toEqual({ __typename: "Query" });
  });

  test.each([
    ["10.0.0.7", 403],
    ["::ffff:10.127.0.1", 403],
    ["fe80::1", 403],
    ["127.0.0.1", 400],
    ["::1", 400],
    ["::ffff:127.0.0.1", 400],
  ])("are, without a secret, for this machine alone: from %s comes %i", async (address, status) => {
    const app = Fastify();
    onTestFinished(() => app.close());
    registerMeterDoors(app, population.database, undefined);
    const answer = await app.inject({ url: "/meter", remoteAddress: address });
    expect(answer.statusCode).toBe(status);
    if (status === 403) expect(answer.body).toContain("Set METER_TOKEN");
  });
});

test("Keys are forgotten after eight days, and what a day had never", async () => {
  const first = day;
  await population.ask(nobodies(1), { key: "old.1" });
  await population.setClock(
    new Date(Date.parse(`${first}T05:00:01Z`) + 7 * 86_400_000).toISOString(),
  );
  await forgetKeys(population.database, 8);
  expect(await population.settle("old.1")).toEqual({
    "old.1": { state: "counted", records: 1, day: first },
  });
  // The first call of a later day does it.
  day = new Date(Date.parse(`${first}T05:00:01Z`) + 8 * 86_400_000).toISOString().slice(0, 10);
  await population.setClock(`${day}T05:00:01Z`);
  await population.ask(nobodies(1), { key: "young.1" });
  const kept = () => population.database.selectFrom("meter_key").select("key").execute();
  await expect.poll(kept).toEqual([{ key: "young.1" }]);
  await expect
    .poll(() => population.database.selectFrom("meter_lease").select("lease").execute())
    .toEqual([{ lease: "young" }]);
  expect(await population.readDay(first)).toMatchObject({ records: 1 });
});

describe("The environment", () => {
  test("sets the day's limit and the secret", () => {
    expect(readMeterSettings({})).toEqual({});
    expect(readMeterSettings({ POPULATION_PER_DAY: "0", METER_TOKEN: "a" })).toEqual({
      perDay: 0,
      token: "a",
    });
    expect(readMeterSettings({ POPULATION_PER_DAY: "none", METER_TOKEN: "" })).toEqual({
      perDay: null,
    });
  });

  test("takes no secret that a header cannot carry", () => {
    for (const token of ["a b", "trống"])
      expect(() => readMeterSettings({ METER_TOKEN: token })).toThrow(/METER_TOKEN must/);
  });

  test.each(["-1", "1.5", "many", "1000000001"])("takes no limit of %s", (text) => {
    expect(() => readMeterSettings({ POPULATION_PER_DAY: text })).toThrow(
      /POPULATION_PER_DAY must/,
    );
  });
});
