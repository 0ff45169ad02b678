import Fastify from "fastify";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { forgetKeys } from "../../../subgraphs/population/meter-book.ts";
import { registerMeterDoors } from "../../../subgraphs/population/meter-doors.ts";
import { readMeterSettings } from "../../../subgraphs/population/meter-settings.ts";
import { makePopulation } from "../../../subgraphs/population/server.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaPin, khoiPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { Answer, SectorUnderTest } from "../../support/sector.ts";

let sector: SectorUnderTest<DB>;

const perDay = 100;

beforeAll(async () => {
  sector = await startSectorUnderTest(makePopulation({ perDay }));
  await insertRows(sector.database, tranThiHoa.population);
});
afterAll(() => sector?.stop());

/** The day on which each test begins, at noon in Hanoi; each has a day of its own. */
let day = "2026-06-14";
beforeEach(async () => {
  const noon = Date.parse(`${day}T05:00:00Z`) + 86_400_000;
  day = new Date(noon).toISOString().slice(0, 10);
  await setOwnerClock(`${day}T05:00:00Z`);
});

/** Stops the owner's clock at an instant. */
async function setOwnerClock(instant: string): Promise<void> {
  await sql`
    create or replace function meter_now() returns timestamptz language sql volatile
      return ${sql.lit(instant)}::timestamptz
  `.execute(sector.database);
}

interface CallOptions {
  readonly key?: string;
  readonly extensions?: object;
}

interface Metered {
  readonly status: number;
  readonly day: string | null;
  readonly records: string | null;
  readonly date: string | null;
  readonly code: string | undefined;
  readonly body: Answer;
}

/** Sends a query as a gateway does. */
async function call(
  query: string,
  variables: object = {},
  { key, extensions }: CallOptions = {},
): Promise<Metered> {
  const response = await fetch(sector.url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key && { "idempotency-key": key }) },
    body: JSON.stringify({ query, variables, extensions }),
  });
  const body = (await response.json()) as Answer;
  return {
    status: response.status,
    day: response.headers.get("meter-day"),
    records: response.headers.get("meter-records"),
    date: response.headers.get("date"),
    code: body.errors?.[0]?.extensions.code,
    body,
  };
}

const representationsOf = (pins: readonly string[]) => ({
  representations: pins.map((pin) => ({ __typename: "Citizen", pin })),
});
const entities = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Citizen { pin fullName } }
}`;
const ask = (pins: readonly string[], options: CallOptions = {}) =>
  call(entities, representationsOf(pins), options);

/** So many numbers that nobody bears: an owner counts what is asked, found or not. */
const numbers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `0010990${String(from + i).padStart(5, "0")}`);

const door = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(sector.url.replace("/graphql", path), {
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: response.status, body: (await response.json()) as any };
};
const settle = async (...keys: string[]) => (await door("/meter/settle", { keys })).body.keys;
const close = async (lease: string) => (await door("/meter/close", { lease })).body.keys;
const readMeter = async (of = day) => (await door(`/meter?day=${of}`)).body;
const countedToday = async () => (await readMeter()).records as number;

describe("What is counted", () => {
  test("are representations, found or not, equal ones once; the answer says how many and on which day", async () => {
    const answer = await ask([hoaPin, ...numbers(2), hoaPin]);
    expect(answer).toMatchObject({ status: 200, day, records: "3" });
    expect(answer.date).toMatch(/GMT$/);
    expect(answer.body.data._entities[3]).toEqual({ pin: hoaPin, fullName: "Trần Thị Hoa" });
    expect(await readMeter()).toEqual({ day, records: 3, consumers: { unknown: 3 } });
  });

  test("are the keys of all look-ups and batches of an operation, by whatever alias", async () => {
    const [one, two, three] = numbers(3);
    const { records } = await call(
      `query ($representations: [_Any!]!) {
        a: _entities(representations: $representations) { __typename }
        b: _entities(representations: $representations) { __typename }
        c: citizen(pin: "${two}") { pin }
        d: citizens(pins: ["${three}", "${hoaPin}"]) { pin }
        e: citizen(pin: "${khoiPin}") @skip(if: true) { pin }
      }`,
      representationsOf([one!, two!]),
    );
    expect(records).toBe("4");
    expect(await countedToday()).toBe(4);
  });

  test.each([
    ["introspection", "{ __schema { types { name } } }", 200],
    ["the schema's text", "{ _service { sdl } }", 200],
    ["a query that is none", "{ citizen(pin:", 400],
    ["a field that is not there", "{ nobody }", 400],
    ["a number that is none", `{ citizen(pin: "12") { pin } }`, 400],
  ])("is not %s", async (_, query, status) => {
    expect(await call(query, {}, { key: "free.1" })).toMatchObject({ status, day: null });
    expect(await countedToday()).toBe(0);
    expect(await settle("free.1")).toEqual({ "free.1": { state: "void" } });
    await sql`delete from meter_key where key = 'free.1'`.execute(sector.database);
  });

  test("is no call with more keys than the terms allow, and no question about health", async () => {
    expect(await ask(Array.from({ length: 1_001 }, () => hoaPin))).toMatchObject({
      status: 400,
      day: null,
      code: "BAD_USER_INPUT",
    });
    await door("/health");
    await door("/ready");
    expect(await countedToday()).toBe(0);
  });

  test("is charged to the first agency that asks for a row, and to nobody known without one", async () => {
    const askers = [
      { agency: "HN-01", purpose: "pupil-enrolment" },
      { agency: "DN-01", purpose: "data-cleaning" },
    ];
    await ask(numbers(3), { key: "who.1", extensions: { askers, rows: [0, [1, 0], 1] } });
    await ask(numbers(2), { extensions: { askers: askers.slice(0, 1), rows: [0, 0] } });
    await ask(numbers(1));
    expect(await readMeter()).toEqual({
      day,
      records: 6,
      consumers: { "HN-01": 3, "DN-01": 2, unknown: 1 },
    });
  });

  test("is each call without a key, however often it comes", async () => {
    for (const records of ["2", "2"]) expect((await ask(numbers(2))).records).toBe(records);
    expect(await countedToday()).toBe(4);
  });
});

describe("A key", () => {
  test("counts once, and its repeat is answered for nothing", async () => {
    const first = await ask([hoaPin], { key: "repeat.1" });
    const second = await ask([hoaPin], { key: "repeat.1" });
    expect(first).toMatchObject({ status: 200, day, records: "1" });
    expect(second).toMatchObject({ status: 200, day, records: "0" });
    expect(second.body).toEqual(first.body);
    expect(await countedToday()).toBe(1);
  });

  test("counts once when copies of it arrive at the same time", async () => {
    const copies = await Promise.all(
      Array.from({ length: 20 }, () => ask([hoaPin, khoiPin], { key: "copies.1" })),
    );
    expect(copies.map(({ records }) => records).toSorted()).toEqual([...Array(19).fill("0"), "2"]);
    for (const { body } of copies) expect(body.data._entities).toHaveLength(2);
    expect(await countedToday()).toBe(2);
  });

  test.each(["meet.1", "meet-without-lease"])(
    "counts once when its copy meets it before it is entered for good: %s",
    async (key) => {
      const { copies } = await sector.database.transaction().execute(async (holder) => {
        await sql`insert into meter_day values (${day}, 0)`.execute(holder);
        const copies = [1, 2].map(() => ask([hoaPin], { key }));
        await waitForLocks(2);
        return { copies };
      });
      const answers = await Promise.all(copies);
      expect(answers.map(({ records }) => records).toSorted()).toEqual(["0", "1"]);
      expect(await countedToday()).toBe(1);
    },
  );

  test("pays for no other question", async () => {
    await ask(numbers(1), { key: "other.1" });
    expect(await ask(numbers(50), { key: "other.1" })).toMatchObject({
      status: 200,
      records: "0",
      code: "KEY_REFUSED",
    });
    expect(await countedToday()).toBe(1);
    expect(await settle("other.1")).toEqual({ "other.1": { state: "counted", records: 1, day } });
  });

  test("need not belong to a lease", async () => {
    expect(await ask(numbers(1), { key: "5f0c" })).toMatchObject({ records: "1" });
    expect(await ask(numbers(1), { key: "5f0c" })).toMatchObject({ records: "0" });
  });

  test.each([
    ["with a space", "a b.1"],
    ["too long", "x".repeat(201)],
  ])("%s is refused before any work", async (_, key) => {
    const answer = await ask([hoaPin], { key });
    expect(answer).toMatchObject({ status: 400, records: "0", code: "BAD_USER_INPUT" });
    expect(answer.body.data).toBeUndefined();
    expect(answer.body.errors?.[0]?.message).toContain("idempotency-key");
    expect(await countedToday()).toBe(0);
  });

  test("leaves when it came, by the owner's clock", async () => {
    await ask(numbers(1), { key: "when.1" });
    const { arrived_at } = await sector.database
      .selectFrom("meter_key")
      .select("arrived_at")
      .where("key", "=", "when.1")
      .executeTakeFirstOrThrow();
    expect(arrived_at.toISOString()).toBe(`${day}T05:00:00.000Z`);
  });
});

/** Waits until so many sessions of the sector's database wait for a lock. */
async function waitForLocks(count: number): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
      `.execute(sector.database);
      return rows[0]?.waiting;
    })
    .toBe(count);
}

describe("The day's limit", () => {
  test("is reached to the record, and what goes beyond is refused without data, uncounted", async () => {
    expect((await ask(numbers(perDay - 1))).records).toBe(String(perDay - 1));
    const beyond = await ask(numbers(2), { key: "limit.1" });
    expect(beyond).toMatchObject({ status: 200, day, records: "0", code: "QUOTA_EXHAUSTED" });
    expect(beyond.body.data).toBeUndefined();
    expect((await ask(numbers(1))).records).toBe("1");
    expect((await ask(numbers(1))).code).toBe("QUOTA_EXHAUSTED");
    expect(await readMeter()).toMatchObject({ records: perDay });
  });

  test("holds against a single call that is larger than a whole day", async () => {
    expect(await ask(numbers(perDay + 1))).toMatchObject({ code: "QUOTA_EXHAUSTED" });
    expect(await countedToday()).toBe(0);
  });

  test("is never passed by many at once, and all of it is used", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ask(numbers(7, i * 7), { key: `crowd-${i % 5}.${i}` })),
    );
    const counted = answers.filter(({ code }) => code === undefined);
    expect(counted).toHaveLength(Math.floor(perDay / 7));
    expect(new Set(answers.map(({ code }) => code))).toEqual(
      new Set([undefined, "QUOTA_EXHAUSTED"]),
    );
    for (const { body } of counted) expect(body.data._entities).toHaveLength(7);
    expect(await countedToday()).toBe(7 * counted.length);
    const keys = Object.values<{ state: string }>(
      await settle(...answers.map((_, i) => `crowd-${i % 5}.${i}`)),
    );
    expect(keys.filter(({ state }) => state === "counted")).toHaveLength(counted.length);
  });

  test("makes the key void that it refused: a late copy is refused on the next day too", async () => {
    await ask(numbers(perDay));
    expect((await ask(numbers(1), { key: "late.1" })).code).toBe("QUOTA_EXHAUSTED");
    await setOwnerClock(`${day}T17:30:00Z`);
    expect(await ask(numbers(1), { key: "late.1" })).toMatchObject({
      status: 200,
      records: "0",
      code: "KEY_REFUSED",
    });
  });

  test("ends at midnight in Hanoi, by the owner's clock", async () => {
    const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    await setOwnerClock(`${day}T16:59:59.999Z`);
    expect(await ask(numbers(perDay), { key: "night.1" })).toMatchObject({ day });
    expect(await ask(numbers(1), { key: "night.2" })).toMatchObject({ code: "QUOTA_EXHAUSTED" });
    await setOwnerClock(`${day}T17:00:00Z`);
    expect(await ask(numbers(1), { key: "night.3" })).toMatchObject({ day: next, records: "1" });
    // The repeat is told the day on which it was counted.
    expect(await ask(numbers(perDay), { key: "night.1" })).toMatchObject({ day, records: "0" });
    expect(await readMeter()).toMatchObject({ records: perDay });
    expect(await readMeter(next)).toMatchObject({ day: next, records: 1 });
    day = next;
  });
});

describe("Settling", () => {
  test("tells what was counted and makes void what never came, so that it is refused if it still comes", async () => {
    await ask(numbers(3), { key: "settle.1" });
    const states = {
      "settle.1": { state: "counted", records: 3, day },
      "settle.2": { state: "void" },
    };
    expect(await settle("settle.1", "settle.2", "settle.2")).toEqual(states);
    const late = await ask([hoaPin], { key: "settle.2" });
    expect(late).toMatchObject({ status: 200, records: "0", code: "KEY_REFUSED" });
    expect(late.body.data).toBeUndefined();
    expect(await settle("settle.1", "settle.2")).toEqual(states);
    expect(await countedToday()).toBe(3);
    // Others of its lease go on.
    expect((await ask(numbers(1), { key: "settle.3" })).records).toBe("1");
  });

  test("waits for the call under way whose key it asks for", async () => {
    const { calling, settling } = await sector.database.transaction().execute(async (holder) => {
      await sql`insert into meter_day values (${day}, 0)`.execute(holder);
      const calling = ask(numbers(2), { key: "under.1" });
      await waitForLocks(1);
      const settling = settle("under.1");
      await waitForLocks(2);
      return { calling, settling };
    });
    expect(await calling).toMatchObject({ records: "2" });
    expect(await settling).toEqual({ "under.1": { state: "counted", records: 2, day } });
  });

  test("and calling at random leave each key in one state that both sides know", async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `race.${i}`);
    const [answers, states] = await Promise.all([
      Promise.all(keys.map((key) => ask(numbers(1), { key }))),
      Promise.all(keys.toReversed().map(async (key) => Object.entries(await settle(key))[0]!)),
    ]);
    const state = new Map(states) as Map<string, { state: string }>;
    for (const [i, key] of keys.entries())
      expect(answers[i]!.code, key).toBe(
        state.get(key)!.state === "counted" ? undefined : "KEY_REFUSED",
      );
    expect(await countedToday()).toBe(answers.filter(({ code }) => code === undefined).length);
  });
});

describe("Closing a lease", () => {
  test("tells all that was counted of it and refuses whatever still comes", async () => {
    await ask(numbers(2), { key: "lease.1.1" });
    await ask(numbers(1), { key: "lease.1.2" });
    await ask(numbers(4), { key: "lease.10.1" });
    await settle("lease.1.3");
    const counted = {
      "lease.1.1": { state: "counted", records: 2, day },
      "lease.1.2": { state: "counted", records: 1, day },
    };
    expect(await close("lease.1")).toEqual(counted);
    for (const key of ["lease.1.2", "lease.1.4"])
      expect(await ask([hoaPin], { key })).toMatchObject({
        status: 200,
        records: "0",
        code: "KEY_REFUSED",
      });
    expect(await close("lease.1")).toEqual(counted);
    expect((await ask(numbers(1), { key: "lease.10.2" })).records).toBe("1");
    expect(await countedToday()).toBe(8);
  });

  test("of which nothing ever came refuses all of it", async () => {
    expect(await close("never")).toEqual({});
    expect((await ask([hoaPin], { key: "never.1" })).code).toBe("KEY_REFUSED");
    expect(await countedToday()).toBe(0);
  });

  test("waits for what is under way, so that nothing is counted that it does not tell", async () => {
    const { calling, closing } = await sector.database.transaction().execute(async (holder) => {
      await sql`insert into meter_day values (${day}, 0)`.execute(holder);
      const calling = ask(numbers(2), { key: "dying.1" });
      await waitForLocks(1);
      const closing = close("dying");
      await waitForLocks(2);
      return { calling, closing };
    });
    expect(await calling).toMatchObject({ records: "2" });
    expect(await closing).toEqual({ "dying.1": { state: "counted", records: 2, day } });
  });

  test("while it is used tells exactly what was answered", async () => {
    const calls = Array.from({ length: 30 }, (_, i) => ask(numbers(1, i), { key: `storm.${i}` }));
    const counted = await close("storm");
    const answers = await Promise.all(calls);
    const answered = answers.flatMap(({ code }, i) => (code === undefined ? [`storm.${i}`] : []));
    expect(Object.keys(counted).toSorted()).toEqual(answered.toSorted());
    expect(await countedToday()).toBe(answered.length);
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
    const answer = await door(path, body);
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ message: expect.stringContaining(sentence) }] },
    });
  });

  test("settle nothing for nothing", async () => {
    expect(await settle()).toEqual({});
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
    registerMeterDoors(app, sector.database, undefined);
    const answer = await app.inject({ url: "/meter", remoteAddress: address });
    expect(answer.statusCode).toBe(status);
    if (status === 403) expect(answer.body).toContain("Set METER_TOKEN");
  });
});

test("A meter whose database is gone lets nobody in, and says nothing of why", async () => {
  await sql`alter table meter_day rename to meter_day_away`.execute(sector.database);
  const answer = await ask([hoaPin], { key: "gone.1" });
  await sql`alter table meter_day_away rename to meter_day`.execute(sector.database);
  expect(answer).toMatchObject({ status: 500, code: "SOURCE_ERROR" });
  expect(answer.body.errors?.[0]?.message).toBe("The register could not answer this.");
  // Nothing of it was entered, so the same key still counts.
  expect(await ask([hoaPin], { key: "gone.1" })).toMatchObject({ records: "1" });
});

test("Keys are forgotten after eight days, and what a day had never", async () => {
  const first = day;
  await ask(numbers(1), { key: "old.1" });
  await setOwnerClock(new Date(Date.parse(`${first}T05:00:01Z`) + 7 * 86_400_000).toISOString());
  await forgetKeys(sector.database, 8);
  expect(await settle("old.1")).toEqual({ "old.1": { state: "counted", records: 1, day: first } });
  // The first call of a later day does it.
  day = new Date(Date.parse(`${first}T05:00:01Z`) + 8 * 86_400_000).toISOString().slice(0, 10);
  await setOwnerClock(`${day}T05:00:01Z`);
  await ask(numbers(1), { key: "young.1" });
  const kept = () => sector.database.selectFrom("meter_key").select("key").execute();
  await expect.poll(kept).toEqual([{ key: "young.1" }]);
  await expect
    .poll(() => sector.database.selectFrom("meter_lease").select("lease").execute())
    .toEqual([{ lease: "young" }]);
  expect(await readMeter(first)).toMatchObject({ records: 1 });
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

test("Without a limit every call is counted", async () => {
  const open = await startSectorUnderTest(makePopulation({ perDay: null }));
  onTestFinished(() => open.stop());
  await open.askEntities("{ pin }", representationsOf(numbers(1_000)).representations);
  const { rows } = await sql<{ records: number }>`select records from meter_day`.execute(
    open.database,
  );
  expect(rows).toEqual([{ records: 1_000 }]);
});
