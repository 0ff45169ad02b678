import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { hoaPin, khoiPin } from "../../lives/tran-thi-hoa.ts";
import { citizens, nobodies, startMeteredPopulation } from "../../support/metered-population.ts";
import type { MeteredPopulation } from "../../support/metered-population.ts";

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

describe("What is counted", () => {
  test("are representations, found or not, equal ones once; the answer says how many and on which day", async () => {
    const answer = await population.ask([hoaPin, ...nobodies(2), hoaPin]);
    expect(answer).toMatchObject({ status: 200, day, records: "3" });
    expect(answer.date).toMatch(/GMT$/);
    expect(answer.body.data._entities[3]).toEqual({ pin: hoaPin, fullName: "Trần Thị Hoa" });
    expect(await population.readDay(day)).toEqual({ day, records: 3, consumers: { unknown: 3 } });
  });

  test("are the keys of all look-ups and batches of an operation, by whatever alias", async () => {
    const [one, two, three] = nobodies(3);
    const { records } = await population.call(
      `query ($representations: [_Any!]!) {
        a: _entities(representations: $representations) { __typename }
        b: _entities(representations: $representations) { __typename }
        c: citizen(pin: "${two}") { pin }
        d: citizens(pins: ["${three}", "${hoaPin}"]) { pin }
        e: citizen(pin: "${khoiPin}") @skip(if: true) { pin }
      }`,
      { representations: citizens([one!, two!]) },
    );
    expect(records).toBe("4");
    expect((await population.readDay(day)).records).toBe(4);
  });

  test.each([
    ["introspection", "{ __schema { types { name } } }", 200],
    ["the schema's text", "{ _service { sdl } }", 200],
    ["a query that is none", "{ citizen(pin:", 400],
    ["a field that is not there", "{ nobody }", 400],
    ["a number that is none", `{ citizen(pin: "12") { pin } }`, 400],
  ])("is not %s", async (_, query, status) => {
    expect(await population.call(query, {}, { key: "free.1" })).toMatchObject({
      status,
      day: null,
    });
    expect((await population.readDay(day)).records).toBe(0);
    expect(await population.settle("free.1")).toEqual({ "free.1": { state: "void" } });
    await sql`delete from meter_key where key = 'free.1'`.execute(population.database);
  });

  test("is no call with more keys than the terms allow, and no question about health", async () => {
    expect(await population.ask(Array.from({ length: 1_001 }, () => hoaPin))).toMatchObject({
      status: 400,
      day: null,
      code: "BAD_USER_INPUT",
    });
    await population.knock("/health");
    await population.knock("/ready");
    expect((await population.readDay(day)).records).toBe(0);
  });

  test("is charged to the first agency that asks for a row, and to nobody known without one", async () => {
    const askers = [
      { agency: "HN-01", purpose: "pupil-enrolment" },
      { agency: "DN-01", purpose: "data-cleaning" },
    ];
    await population.ask(nobodies(3), {
      key: "who.1",
      extensions: { askers, rows: [0, [1, 0], 1] },
    });
    await population.ask(nobodies(2), { extensions: { askers: askers.slice(0, 1), rows: [0, 0] } });
    await population.ask(nobodies(1));
    expect(await population.readDay(day)).toEqual({
      day,
      records: 6,
      consumers: { "HN-01": 3, "DN-01": 2, unknown: 1 },
    });
  });

  test("is each call without a key, however often it comes", async () => {
    for (const records of ["2", "2"])
      expect((await population.ask(nobodies(2))).records).toBe(records);
    expect((await population.readDay(day)).records).toBe(4);
  });
});

describe("A key", () => {
  test("counts once, and its repeat is answered for nothing", async () => {
    const first = await population.ask([hoaPin], { key: "repeat.1" });
    const second = await population.ask([hoaPin], { key: "repeat.1" });
    expect(first).toMatchObject({ status: 200, day, records: "1" });
    expect(second).toMatchObject({ status: 200, day, records: "0" });
    expect(second.body).toEqual(first.body);
    expect((await population.readDay(day)).records).toBe(1);
  });

  test("counts once when copies of it arrive at the same time", async () => {
    const copies = await Promise.all(
      Array.from({ length: 20 }, () => population.ask([hoaPin, khoiPin], { key: "copies.1" })),
    );
    expect(copies.map(({ records }) => records).toSorted()).toEqual([...Array(19).fill("0"), "2"]);
    for (const { body } of copies) expect(body.data._entities).toHaveLength(2);
    expect((await population.readDay(day)).records).toBe(2);
  });

  test.each(["meet.1", "meet-without-lease"])(
    "counts once when its copy meets it before it is entered for good: %s",
    async (key) => {
      const { copies } = await population.holdDay(day, async () => {
        const copies = [1, 2].map(() => population.ask([hoaPin], { key }));
        await population.waitForLocks(2);
        return { copies };
      });
      const answers = await Promise.all(copies);
      expect(answers.map(({ records }) => records).toSorted()).toEqual(["0", "1"]);
      expect((await population.readDay(day)).records).toBe(1);
    },
  );

  test("pays for no other question", async () => {
    await population.ask(nobodies(1), { key: "other.1" });
    expect(await population.ask(nobodies(50), { key: "other.1" })).toMatchObject({
      status: 200,
      records: "0",
      code: "KEY_REFUSED",
    });
    expect((await population.readDay(day)).records).toBe(1);
    expect(await population.settle("other.1")).toEqual({
      "other.1": { state: "counted", records: 1, day },
    });
  });

  test("need not belong to a lease", async () => {
    expect(await population.ask(nobodies(1), { key: "5f0c" })).toMatchObject({ records: "1" });
    expect(await population.ask(nobodies(1), { key: "5f0c" })).toMatchObject({ records: "0" });
  });

  test.each([
    ["with a space", "a b.1"],
    ["too long", "x".repeat(201)],
  ])("%s is refused before any work", async (_, key) => {
    const answer = await population.ask([hoaPin], { key });
    expect(answer).toMatchObject({ status: 400, records: "0", code: "BAD_USER_INPUT" });
    expect(answer.body.data).toBeUndefined();
    expect(answer.body.errors?.[0]?.message).toContain("idempotency-key");
    expect((await population.readDay(day)).records).toBe(0);
  });

  test("leaves when it came, by the owner's clock", async () => {
    await population.ask(nobodies(1), { key: "when.1" });
    const { arrived_at } = await population.database
      .selectFrom("meter_key")
      .select("arrived_at")
      .where("key", "=", "when.1")
      .executeTakeFirstOrThrow();
    expect(arrived_at.toISOString()).toBe(`${day}T05:00:00.000Z`);
  });
});

describe("The day's limit", () => {
  test("is reached to the record, and what goes beyond is refused without data, uncounted", async () => {
    expect((await population.ask(nobodies(perDay - 1))).records).toBe(String(perDay - 1));
    const beyond = await population.ask(nobodies(2), { key: "limit.1" });
    expect(beyond).toMatchObject({ status: 200, day, records: "0", code: "QUOTA_EXHAUSTED" });
    expect(beyond.body.data).toBeUndefined();
    expect((await population.ask(nobodies(1))).records).toBe("1");
    expect((await population.ask(nobodies(1))).code).toBe("QUOTA_EXHAUSTED");
    expect(await population.readDay(day)).toMatchObject({ records: perDay });
  });

  test("holds against a single call that is larger than a whole day", async () => {
    expect(await population.ask(nobodies(perDay + 1))).toMatchObject({ code: "QUOTA_EXHAUSTED" });
    expect((await population.readDay(day)).records).toBe(0);
  });

  test("is never passed by many at once, and all of it is used", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        population.ask(nobodies(7, i * 7), { key: `crowd-${i % 5}.${i}` }),
      ),
    );
    const counted = answers.filter(({ code }) => code === undefined);
    expect(counted).toHaveLength(Math.floor(perDay / 7));
    expect(new Set(answers.map(({ code }) => code))).toEqual(
      new Set([undefined, "QUOTA_EXHAUSTED"]),
    );
    for (const { body } of counted) expect(body.data._entities).toHaveLength(7);
    expect((await population.readDay(day)).records).toBe(7 * counted.length);
    const keys = Object.values<{ state: string }>(
      await population.settle(...answers.map((_, i) => `crowd-${i % 5}.${i}`)),
    );
    expect(keys.filter(({ state }) => state === "counted")).toHaveLength(counted.length);
  });

  test("makes the key void that it refused: a late copy is refused on the next day too", async () => {
    await population.ask(nobodies(perDay));
    expect((await population.ask(nobodies(1), { key: "late.1" })).code).toBe("QUOTA_EXHAUSTED");
    await population.setClock(`${day}T17:30:00Z`);
    expect(await population.ask(nobodies(1), { key: "late.1" })).toMatchObject({
      status: 200,
      records: "0",
      code: "KEY_REFUSED",
    });
  });

  test("ends at midnight in Hanoi, by the owner's clock", async () => {
    const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    await population.setClock(`${day}T16:59:59.999Z`);
    expect(await population.ask(nobodies(perDay), { key: "night.1" })).toMatchObject({ day });
    expect(await population.ask(nobodies(1), { key: "night.2" })).toMatchObject({
      code: "QUOTA_EXHAUSTED",
    });
    await population.setClock(`${day}T17:00:00Z`);
    expect(await population.ask(nobodies(1), { key: "night.3" })).toMatchObject({
      day: next,
      records: "1",
    });
    // The repeat is told the day on which it was counted.
    expect(await population.ask(nobodies(perDay), { key: "night.1" })).toMatchObject({
      day,
      records: "0",
    });
    expect(await population.readDay(day)).toMatchObject({ records: perDay });
    expect(await population.readDay(next)).toMatchObject({ day: next, records: 1 });
    // What the next day had is no other test's.
    await population.beginDay();
  });
});

test("A meter whose database is gone lets nobody in, and says nothing of why", async () => {
  await sql`alter table meter_day rename to meter_day_away`.execute(population.database);
  const answer = await population.ask([hoaPin], { key: "gone.1" });
  await sql`alter table meter_day_away rename to meter_day`.execute(population.database);
  expect(answer).toMatchObject({ status: 500, code: "SOURCE_ERROR" });
  expect(answer.body.errors?.[0]?.message).toBe("The register could not answer this.");
  // Nothing of it was entered, so the same key still counts.
  expect(await population.ask([hoaPin], { key: "gone.1" })).toMatchObject({ records: "1" });
});

test("Without a limit every call is counted", async () => {
  const open = await startMeteredPopulation(null);
  onTestFinished(() => open.stop());
  const today = await open.beginDay();
  expect(await open.ask(nobodies(1_000))).toMatchObject({ day: today, records: "1000" });
  expect(await open.readDay(today)).toMatchObject({ records: 1_000 });
});
