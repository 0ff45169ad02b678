import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openOwnerLine } from "../../../gateway/quota/owner-line.ts";
import { reconcile } from "../../../gateway/quota/reconcile.ts";
import { answer, openCountry, reserved, unitsOf } from "./processes.ts";
import { within } from "./within.ts";

const fetchOwner = openOwnerLine();

const friday = "2026-07-24";
const saturday = "2026-07-25";

describe("Around the owner's midnight", () => {
  test("a call has a unit of both days, and keeps the one of the day that counted it", async () => {
    const { start, account, owner, clock } = await openCountry(
      { perDay: 100 },
      "2026-07-24T23:59:57+07:00",
    );
    const process = start();
    const before = reserved(await process.reserve(10));
    expect(await account(friday)).toMatchObject({ leased: 10, free: 90 });
    expect(await account(saturday)).toMatchObject({ leased: 10, free: 90 });
    answer(owner, before);
    await clock.pass(4_000);
    const after = reserved(await within(clock, process.reserve(10)));
    answer(owner, after);
    await process.close();
    expect(await account(friday)).toMatchObject({ leased: 0, spent: 10, free: 90 });
    expect(await account(saturday)).toMatchObject({ leased: 0, spent: 10, free: 90 });
  });

  test("a day that is used up refuses until the owner can count on it no more", async () => {
    const { start, owner, clock } = await openCountry({ perDay: 10 }, "2026-07-24T23:59:50+07:00");
    const process = start();
    answer(owner, reserved(await process.reserve(10)));
    await clock.pass(11_000);
    expect(await within(clock, process.reserve(5))).toEqual({
      kind: "exhausted",
      lane: "counter",
      resetsAt: "2026-07-24T17:00:05.000Z",
    });
    await clock.pass(4_000);
    expect(unitsOf(await within(clock, process.reserve(5)))).toBe(5);
  });

  test("no unit is spent past the limit of either day, with the owner's clock 2 s off", async () => {
    for (const clockOff of [-2_000, 0, 2_000]) {
      const { start, owner, clock, account } = await openCountry(
        { perDay: 60 },
        "2026-07-24T23:59:52+07:00",
      );
      owner.clockOff = clockOff;
      const process = start();
      for (let call = 0; call < 45; call++) {
        const given = await within(clock, process.reserve(4));
        if (given.kind === "reserved") expect(answer(owner, given)).toBe(true);
        await clock.pass(300);
        await process.step();
      }
      await process.close();
      for (const day of [friday, saturday]) {
        expect(await account(day)).toMatchObject({
          leased: 0,
          doubt: 0,
          spent: owner.counted(day),
        });
        expect(owner.counted(day)).toBeGreaterThan(0);
      }
    }
  });

  test("calls that are long under way pass no limit and lose no unit, whatever the owner's clock (any history)", async () => {
    const call = fc.record({
      process: fc.nat(1),
      pause: fc.constantFrom(0, 150, 400, 900),
      units: fc.integer({ min: 1, max: 12 }),
      there: fc.constantFrom(0, 20, 900, 1_950),
      answered: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 15, maxLength: 30 }),
        fc.constantFrom(-2_000, -700, 0, 700, 2_000),
        async (calls, clockOff) => {
          const country = await openCountry({ perDay: 60 }, "2026-07-24T23:59:53+07:00");
          const { clock, owner, database, terms } = country;
          owner.clockOff = clockOff;
          const processes = [country.start(), country.start()];
          for (const { process, pause, units, there, answered } of calls) {
            const given = await within(clock, processes[process]!.reserve(units));
            if (given.kind === "reserved")
              clock.after(there, () => {
                if (answered) return void answer(owner, given);
                owner.count(given.key, unitsOf(given));
                given.settle({ kind: "doubt" });
              });
            await clock.pass(pause);
            await processes[process]!.step();
          }
          await clock.pass(3_000);
          await Promise.all(processes.map((process) => process.close()));
          await clock.pass(10_000);
          await reconcile({ database, source: "population", terms, fetchOwner });
          expect(owner.overrun).toBe(0);
          for (const day of [friday, saturday]) {
            const spent = owner.counted(day);
            const sums = { limit: 60, free: 60 - spent, leased: 0, doubt: 0, spent };
            if (spent > 0 || (await country.account(day)))
              expect(await country.account(day)).toEqual(sums);
          }
          await country.end();
        },
      ),
      { numRuns: 10, endOnFailure: true },
    );
  }, 120_000);

  test("a lease ends with its day", async () => {
    const { start, account, clock } = await openCountry(
      { perDay: 100 },
      "2026-07-24T23:59:54.500+07:00",
    );
    const process = start();
    reserved(await process.reserve(10)).settle({ kind: "returned", ownerDate: null });
    await clock.pass(1_000);
    reserved(await within(clock, process.reserve(10)));
    expect(await account(friday)).toMatchObject({ leased: 10 });
    expect(await account(saturday)).toMatchObject({ leased: 10 });
  });
});

describe("Clocks", () => {
  test("of a server that jump change nothing, forward or back", async () => {
    const { start, account, owner, clock } = await openCountry({ perDay: 100 });
    const process = start();
    for (const jump of [0, 86_400_000, -3 * 86_400_000]) {
      clock.jump(jump);
      answer(owner, reserved(await process.reserve(5)));
      clock.jump(-jump);
    }
    await process.close();
    expect(await account(friday)).toMatchObject({ spent: 15 });
    expect(await account(saturday)).toBeUndefined();
  });

  test("of the ledger that jump a day ahead open no day that the owner does not know", async () => {
    const { start, account, owner, clock } = await openCountry({ perDay: 100 });
    const jumped = await clock.jumpLedger(86_400_000).then(() => start());
    expect(await within(clock, jumped.reserve(5))).toMatchObject({
      kind: "unavailable",
      reason: "OWNER_CLOCK",
    });
    expect(await account(saturday)).toBeUndefined();
    await clock.jumpLedger(-86_400_000);
    await clock.pass(1_001);
    const righted = start();
    answer(owner, reserved(await within(clock, righted.reserve(5))));
    await righted.close();
    expect(await account(friday)).toMatchObject({ spent: 5 });
  });

  test("of the ledger that go back do not take back a day that was opened", async () => {
    const { start, account, owner, clock } = await openCountry(
      { perDay: 100 },
      "2026-07-25T00:00:10+07:00",
    );
    const first = start();
    answer(owner, reserved(await first.reserve(5)));
    await first.close();
    await clock.jumpLedger(-60_000);
    const second = start();
    answer(owner, reserved(await within(clock, second.reserve(5))));
    await second.close();
    expect(await account(saturday)).toMatchObject({ spent: 10 });
  });

  test("of an owner that are more than 2 s off open no new day, until they are set right", async () => {
    const { start, owner, clock } = await openCountry({ perDay: 100 });
    owner.clockOff = 10_000;
    const process = start();
    expect(await within(clock, process.reserve(1))).toMatchObject({ reason: "OWNER_CLOCK" });
    owner.clockOff = 0;
    await clock.pass(1_001);
    expect(unitsOf(await within(clock, process.reserve(1)))).toBe(1);
  });

  test("cannot be compared with an owner who does not answer", async () => {
    const { start, owner, clock } = await openCountry({ perDay: 100 });
    owner.silent = true;
    const process = start();
    expect(await within(clock, process.reserve(1))).toMatchObject({ reason: "OWNER_CLOCK" });
  });
});
