import { describe, expect, test } from "vitest";
import { compareWithMeter } from "../../../gateway/quota/comparison.ts";
import { reconcile } from "../../../gateway/quota/reconcile.ts";
import { openOwnerLine } from "../../../gateway/quota/owner-line.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { openCountry, reserved, unitsOf } from "./processes.ts";
import type { Country } from "./processes.ts";

const fetchOwner = openOwnerLine();

const friday = parseCivilDate("2026-07-24");

function optionsOf({ database, terms }: Country) {
  return { database, source: "population", terms, fetchOwner };
}

describe("Reconciliation", () => {
  test("settles a call without an answer by the owner's word, and tells of what was counted", async () => {
    const country = await openCountry({ perDay: 100 });
    const process = country.start();
    const [counted, lost] = [
      reserved(await process.reserve(7, "counter", "da-nang")),
      reserved(await process.reserve(5)),
    ];
    country.owner.count(counted.key, 7);
    counted.settle({ kind: "doubt" });
    lost.settle({ kind: "doubt" });
    await process.close();
    expect(await country.account()).toMatchObject({ doubt: 12, free: 88 });

    expect(await reconcile(optionsOf(country))).toEqual([
      {
        ...{ key: counted.key, source: "population", lane: "counter" },
        ...{ day: friday, records: 7, agencies: { "da-nang": 7 } },
      },
    ]);
    expect(await country.account()).toMatchObject({ doubt: 0, spent: 7, free: 93 });
    expect(country.owner.count(lost.key, 5)).toMatchObject({ counted: false });
    expect(await reconcile(optionsOf(country))).toEqual([]);
  });

  test("closes a dead process's lease when its time is over, and not before", async () => {
    const country = await openCountry({ perDay: 100 });
    const dead = country.start();
    country.owner.count(reserved(await dead.reserve(7)).key, 7);
    for (const counted of [reserved(await dead.reserve(2)), reserved(await dead.reserve(1))])
      country.owner.count(counted.key, unitsOf(counted));
    const onTheWay = reserved(await dead.reserve(5));
    await reconcile(optionsOf(country));
    expect(await country.account()).toMatchObject({ doubt: 0, spent: 0 });

    await country.clock.pass(8_001);
    const told = await reconcile(optionsOf(country));
    expect(told.map(({ records }) => records).toSorted()).toEqual([1, 2, 7]);
    expect(await country.account()).toMatchObject({ leased: 0, spent: 10, free: 90 });
    expect(country.owner.count(onTheWay.key, 5)).toMatchObject({ counted: false });
  });

  test("lets a process that wakes after its lease was closed book nothing", async () => {
    const country = await openCountry({ perDay: 100 });
    const paused = country.start();
    const sent = reserved(await paused.reserve(7));
    country.owner.count(sent.key, 7);
    await country.clock.pass(8_001);
    await reconcile(optionsOf(country));
    sent.settle({ kind: "spent", ownerDate: null, countedDay: friday });
    await paused.close();
    expect(await country.account()).toMatchObject({ leased: 0, spent: 7, free: 93 });
  });

  test("leaves a fenced lease to its owner's word, though its process wakes before that is heard", async () => {
    const country = await openCountry({ perDay: 100 });
    const paused = country.start();
    const sent = reserved(await paused.reserve(7));
    country.owner.count(sent.key, 7);
    await country.clock.pass(8_001);
    country.owner.silent = true;
    await expect(reconcile(optionsOf(country))).rejects.toThrow(/socket|closed/i);
    sent.settle({ kind: "returned", ownerDate: null });
    await paused.close();
    expect(await country.account()).toMatchObject({ leased: 7, spent: 0 });
    country.owner.silent = false;
    await reconcile(optionsOf(country));
    expect(await country.account()).toMatchObject({ leased: 0, spent: 7, free: 93 });
  });

  test("books a call on the day on which its owner counted it, though it was charged to another", async () => {
    const country = await openCountry({ perDay: 100 }, "2026-07-24T23:59:50+07:00");
    const process = country.start();
    const late = reserved(await process.reserve(7));
    await country.clock.pass(20_000);
    country.owner.count(late.key, 7);
    late.settle({ kind: "doubt" });
    await process.close();
    await reconcile(optionsOf(country));
    expect(await country.account("2026-07-24")).toMatchObject({ free: 100 });
    expect(await country.account("2026-07-25")).toMatchObject({ spent: 7, free: 93 });
  });

  test("forgets processes that ended a day ago, and none that still holds a lease", async () => {
    const country = await openCountry({ perDay: 100 });
    const processes = () =>
      country.database.selectFrom("gateway_process").select("id").orderBy("seen_at").execute();
    const ended = country.start();
    reserved(await ended.reserve(7)).settle({ kind: "returned", ownerDate: null });
    await ended.close();
    const dead = country.start();
    reserved(await dead.reserve(5));
    const [first, second] = await processes();
    await reconcile(optionsOf(country));
    expect(await processes()).toEqual([first, second]);

    await country.clock.pass(24 * 3_600_000 + 1);
    country.owner.silent = true;
    await expect(reconcile(optionsOf(country))).rejects.toThrow(/socket|closed/i);
    expect(await processes()).toEqual([second]);
    country.owner.silent = false;
    await reconcile(optionsOf(country));
    await reconcile(optionsOf(country));
    expect(await processes()).toEqual([]);
  });

  test("leaves doubt as it is while the meter is silent, and goes on later", async () => {
    const country = await openCountry({ perDay: 100 });
    const process = country.start();
    reserved(await process.reserve(7)).settle({ kind: "doubt" });
    await process.close();
    country.owner.silent = true;
    await expect(reconcile(optionsOf(country))).rejects.toThrow(/socket|closed/i);
    expect(await country.account()).toMatchObject({ doubt: 7 });
    country.owner.silent = false;
    await reconcile(optionsOf(country));
    expect(await country.account()).toMatchObject({ doubt: 0, free: 100 });
  });

  test("without a meter lets doubt last until its day ends, and takes it for spent then", async () => {
    const country = await openCountry({ perDay: 100, meter: null });
    const process = country.start();
    reserved(await process.reserve(7)).settle({ kind: "doubt" });
    await process.close();
    const dead = country.start();
    reserved(await dead.reserve(5));
    await country.clock.pass(8_001);
    await reconcile(optionsOf(country));
    expect(await country.account()).toMatchObject({ leased: 0, doubt: 12, spent: 0 });
    await country.clock.pass(14 * 3_600_000);
    await reconcile(optionsOf(country));
    expect(await country.account()).toMatchObject({ doubt: 0, spent: 12, free: 88 });
  });
});

describe("Ledger and meter", () => {
  test("are equal when nothing is under way or in doubt, and both counted the same", async () => {
    const country = await openCountry({ perDay: 100 });
    const process = country.start();
    const call = reserved(await process.reserve(7));
    country.owner.count(call.key, 7);
    const compare = () => compareWithMeter(optionsOf(country), friday);
    expect(await compare()).toMatchObject({ leased: 7, spent: 0, meter: 7, equal: false });
    call.settle({ kind: "spent", ownerDate: null, countedDay: friday });
    await process.close();
    expect(await compare()).toMatchObject({ leased: 0, spent: 7, meter: 7, equal: true });
    country.owner.count("somebody-else.1", 3);
    expect(await compare()).toMatchObject({ spent: 7, meter: 10, equal: false });
  });
});
