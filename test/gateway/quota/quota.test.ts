import { describe, expect, test } from "vitest";
import { openDay } from "../../../gateway/quota/accounts.ts";
import { readSpending } from "../../../gateway/quota/spending.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { answer, askFor, openCountry, reserved, unitsOf } from "./processes.ts";
import { within } from "./within.ts";

describe("A call", () => {
  test("asks the ledger for the first units, and finds the next ones at hand", async () => {
    const { start, owner } = await openCountry({ perDay: 200_000 });
    const process = start();
    for (let round = 0; round < 4; round++) answer(owner, reserved(await process.reserve(10)));
    let atOnce = 0;
    for (let round = 0; round < 20; round++) {
      const given = process.reserve(1);
      if (!(given instanceof Promise)) atOnce += 1;
      answer(owner, reserved(await given));
    }
    expect(atOnce).toBeGreaterThanOrEqual(18);
  });

  test("that is settled is spent, on the owner's day and for its agencies; settling twice does nothing", async () => {
    const { start, owner, account, failures } = await openCountry({ perDay: 100 });
    const process = start();
    const reservation = reserved(await process.source.reserve(askFor({ hue: 3, "da-nang": 4 })));
    answer(owner, reservation);
    reservation.settle({ kind: "doubt" });
    await process.close();
    expect(failures).toEqual([]);
    expect(await account()).toEqual({ limit: 100, free: 93, leased: 0, doubt: 0, spent: 7 });
  });

  test("that never left gives its units back; one without an answer leaves them in doubt", async () => {
    const { start, account } = await openCountry({ perDay: 100 });
    const process = start();
    reserved(await process.reserve(5)).settle({ kind: "returned", ownerDate: null });
    reserved(await process.reserve(7)).settle({ kind: "doubt" });
    await process.close();
    expect(await account()).toEqual({ limit: 100, free: 93, leased: 0, doubt: 7, spent: 0 });
  });

  test("whose caller goes away while the ledger is asked is refused, and its units go back", async () => {
    const { start, account, clock } = await openCountry({ perDay: 10 });
    const process = start();
    const gone = new AbortController();
    const asked = process.source.reserve({ ...askFor({ hue: 5 }), signal: gone.signal });
    gone.abort();
    expect(await asked).toMatchObject({ kind: "unavailable" });
    await clock.pass(10);
    await process.close();
    expect(await account()).toMatchObject({ free: 10, leased: 0 });
  });

  test("bears a key that no other call bears", async () => {
    const { start } = await openCountry({ perDay: 1_000 });
    const [one, other] = [start(), start()];
    const given = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        Promise.resolve((index % 2 ? one : other).reserve(2)),
      ),
    );
    const keys = given.map((each) => reserved(each).key);
    expect(new Set(keys).size).toBe(30);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f-]{36}\.[1-9][0-9]*$/);
  });

  test("costs one unit, whatever it carries, where the owner counts calls", async () => {
    const { start, account } = await openCountry({ perDay: 10, unit: "CALL" });
    const process = start();
    const reservation = reserved(await process.source.reserve(askFor({ hue: 300, "da-nang": 4 })));
    expect(unitsOf(reservation)).toBe(304);
    reservation.settle({ kind: "spent", ownerDate: null, countedDay: "2026-07-24" });
    await process.close();
    expect(await account()).toMatchObject({ free: 9, spent: 1 });
  });
});

describe("Near the limit", () => {
  test("a batch gets what is left, and the rest of it is refused until the next day", async () => {
    const { start, clock, account, owner } = await openCountry({ perDay: 10 });
    const process = start();
    answer(owner, reserved(await process.reserve(7)));
    const rest = reserved(await within(clock, process.reserve(7)));
    expect(unitsOf(rest)).toBe(3);
    answer(owner, rest);
    expect(await within(clock, process.reserve(4))).toEqual({
      kind: "exhausted",
      lane: "counter",
      resetsAt: "2026-07-24T17:00:00.000Z",
    });
    expect(process.reserve(1)).toMatchObject({ kind: "exhausted" });
    expect(await account()).toMatchObject({ free: 0, spent: 10 });
  });

  test("two processes use the limit to the unit, and never pass it", async () => {
    const { start, clock, owner, account } = await openCountry({ perDay: 101 });
    const processes = [start(), start()];
    for (let round = 0; round < 60; round++) {
      const given = await Promise.all(
        processes.map((process) => within(clock, process.reserve(3))),
      );
      for (const each of given)
        if (each.kind === "reserved") expect(answer(owner, each)).toBe(true);
      if (given.every(({ kind }) => kind === "exhausted")) break;
      await Promise.all(processes.map((process) => process.step()));
    }
    await Promise.all(processes.map((process) => process.close()));
    expect(await account()).toEqual({ limit: 101, free: 0, leased: 0, doubt: 0, spent: 101 });
    expect(owner.counted("2026-07-24")).toBe(101);
  });

  test("what another process does not use is called back before anyone is refused", async () => {
    const { start, clock, owner } = await openCountry({ perDay: 100 });
    const [idle, busy] = [start(), start()];
    reserved(await idle.reserve(60)).settle({ kind: "returned", ownerDate: null });
    answer(owner, reserved(await busy.reserve(40)));
    const asked = busy.reserve(10);
    await clock.pass(300);
    await idle.step();
    expect(unitsOf(await within(clock, asked))).toBe(10);
  });

  test("units unused for a second go back", async () => {
    const { start, clock, account } = await openCountry({ perDay: 100 });
    const process = start();
    reserved(await process.reserve(60)).settle({ kind: "returned", ownerDate: null });
    await clock.pass(900);
    await process.step();
    expect(await account()).toMatchObject({ leased: 60 });
    await clock.pass(200);
    await process.step();
    expect(await account()).toEqual({ limit: 100, free: 100, leased: 0, doubt: 0, spent: 0 });
  });
});

describe("A limit that its owner changes within a day", () => {
  const day = parseCivilDate("2026-07-24");

  test.each([
    [200, { limit: 200, free: 193, spent: 7 }],
    [5, { limit: 7, free: 0, spent: 7 }],
  ])("is %d from the next process on, and never less than what is used", async (limit, sums) => {
    const country = await openCountry({ perDay: 100 });
    const first = country.start();
    answer(country.owner, reserved(await first.reserve(7)));
    await first.close();
    const second = country.start({ ...country.terms, perDay: limit });
    const given = await within(country.clock, second.reserve(1));
    if (given.kind === "reserved") given.settle({ kind: "returned", ownerDate: null });
    await second.close();
    expect(await country.account(day)).toMatchObject({ ...sums, leased: 0 });
  });

  test("leaves its account as it was where it is opened again", async () => {
    const { database, terms, account } = await openCountry({ perDay: 100 });
    await openDay(database, "population", day, terms);
    await openDay(database, "population", day, { ...terms, perDay: 50 });
    expect(await account()).toMatchObject({ limit: 100, free: 100 });
  });
});

describe("A lane's floor", () => {
  test("is there for the counter when data cleaning has taken all that it may", async () => {
    const terms = { perDay: 100, lanes: { counter: { floor: 30 }, case: { floor: 10 } } };
    const { start, clock, owner } = await openCountry(terms);
    const process = start();
    const bulk = reserved(await within(clock, process.reserve(1_000, "bulk")));
    expect(unitsOf(bulk)).toBe(60);
    answer(owner, bulk);
    expect(await within(clock, process.reserve(1, "bulk"))).toMatchObject({
      kind: "exhausted",
      lane: "bulk",
    });
    expect(unitsOf(await within(clock, process.reserve(30)))).toBe(30);
  });

  test("of files is everybody's from its hour on", async () => {
    const lanes = { counter: { floor: 30 }, case: { floor: 10, lendFrom: "15:00" } };
    const { start, clock } = await openCountry({ perDay: 100, lanes }, "2026-07-24T15:00:00+07:00");
    expect(unitsOf(await within(clock, start().reserve(1_000, "bulk")))).toBe(70);
  });
});

describe("A source", () => {
  test("without a limit is counted, and needs no ledger", async () => {
    const { start, database } = await openCountry({ perDay: null });
    const process = start();
    const reservation = process.reserve(5, "bulk", "da-nang");
    reserved(await reservation).settle({ kind: "spent", ownerDate: null, countedDay: null });
    expect(reservation).not.toBeInstanceOf(Promise);
    await process.step();
    const day = parseCivilDate("2026-07-24");
    expect(await readSpending(database, "population", day)).toEqual([
      { day, lane: "bulk", agency: "da-nang", units: 5 },
    ]);
  });

  test("that is measured refuses nobody and counts beyond its limit", async () => {
    const { start, database, account } = await openCountry({ perDay: 3, mode: "measure" });
    const process = start();
    for (let call = 0; call < 5; call++)
      reserved(await process.reserve(2)).settle({ kind: "doubt" });
    await process.close();
    expect(await database.selectFrom("agency_day").select("spent").execute()).toEqual([
      { spent: 10 },
    ]);
    expect(await account()).toBeUndefined();
  });

  test("that is off leaves no trace", async () => {
    const { start, database } = await openCountry({ perDay: 3, mode: "off" });
    const process = start();
    reserved(await process.reserve(9)).settle({ kind: "doubt" });
    await process.close();
    expect(await database.selectFrom("agency_day").selectAll().execute()).toEqual([]);
  });
});

describe("Without the ledger's database", () => {
  test("leases are used up, then the source is unavailable and never exhausted", async () => {
    const { start, clock, owner, cutLedger, mendLedger } = await openCountry({ perDay: 1_000 });
    const process = start();
    answer(owner, reserved(await process.reserve(20)));
    answer(owner, reserved(await process.reserve(20)));
    reserved(await process.reserve(35)).settle({ kind: "returned", ownerDate: null });
    await cutLedger();
    expect(unitsOf(await process.reserve(30))).toBe(30);
    expect(unitsOf(await process.reserve(30))).toBeLessThan(30);
    const refusal = {
      kind: "unavailable",
      reason: "LEDGER_UNAVAILABLE",
      retryAt: "2026-07-24T03:00:01.000Z",
    };
    expect(await process.reserve(30)).toEqual(refusal);
    expect(process.reserve(30)).toEqual(refusal);
    await process.step();
    await mendLedger();
    await clock.pass(1_000);
    expect(unitsOf(await process.reserve(30))).toBe(30);
  });
});
