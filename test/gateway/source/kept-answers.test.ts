import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rowOf } from "../../support/held-source.ts";
import type { HeldCall } from "../../support/held-source.ts";
import { startRowAskers } from "../../support/row-askers.ts";
import type { AskOptions, RowAskers } from "../../support/row-askers.ts";

const an = "001085000001";
const binh = "001188000002";
const opened = "2026-03-02T08:00:00.000Z";

let now: number;
let askers: RowAskers;
beforeEach(async () => {
  now = Date.parse(opened);
  askers = await startRowAskers({ cacheSeconds: 60, staleSeconds: 900 }, () => now);
});
afterEach(() => askers.close());

const pass = (seconds: number) => (now += seconds * 1000);

/** Asks, and lets the source do something where it is called for that. */
async function ask(
  pins: readonly string[],
  behave: (call: HeldCall) => void = (call) => call.answer(),
  options: AskOptions = {},
) {
  const { source } = askers;
  const before = source.calls.length;
  const asked = askers.ask(pins, options);
  let answered = false;
  const done = asked.finally(() => (answered = true));
  const serve = async () => {
    for (let number = before; !answered; number++) {
      const call = await source.call(number);
      if (!answered) behave(call);
    }
  };
  void serve();
  const { names, report, losses } = await done;
  return {
    names,
    report,
    codes: losses.map(({ code }) => code),
    calls: source.calls.length - before,
  };
}
const unavailable = (call: HeldCall) => call.refuse(503);

describe("a second equal request", () => {
  test("costs the source nothing for the terms' cacheSeconds, and says when the source said so", async () => {
    const first = await ask([an]);
    expect(first.report).toEqual({
      name: "population",
      status: "FRESH",
      asOf: opened,
      records: 1,
    });
    pass(59);
    expect(await ask([an])).toMatchObject({
      names: [`Name ${an}`],
      report: { status: "CACHED", asOf: opened, records: 0 },
      calls: 0,
    });
    pass(1);
    expect(await ask([an])).toMatchObject({
      report: { status: "FRESH", asOf: "2026-03-02T08:01:00.000Z", records: 1 },
      calls: 1,
    });
  });

  test("is told the older time where only a part of it is kept, and charged for the rest", async () => {
    await ask([an]);
    pass(30);
    expect(await ask([an, binh])).toMatchObject({
      names: [`Name ${an}`, `Name ${binh}`],
      report: { status: "CACHED", asOf: opened, records: 1 },
    });
    expect(askers.source.calls[1]!.keys).toEqual([binh]);
  });

  test("of another agency, or for another purpose, is asked anew; in another lane it is not", async () => {
    await ask([an]);
    expect(await ask([an], undefined, { agency: "G01" })).toMatchObject({ calls: 1 });
    expect(await ask([an], undefined, { purpose: "other" })).toMatchObject({ calls: 1 });
    expect(await ask([an], undefined, { lane: "bulk" })).toMatchObject({ calls: 0 });
  });

  test("is asked anew where the owner's terms say nothing of keeping", async () => {
    await askers.close();
    askers = await startRowAskers({}, () => now);
    await ask([an]);
    expect(await ask([an])).toMatchObject({ report: { status: "FRESH" }, calls: 1 });
    expect(await ask([an], unavailable)).toMatchObject({ codes: ["SOURCE_UNAVAILABLE"] });
  });

  test("is told that there is nobody, as the source said", async () => {
    await ask([an], (call) => call.answer([null]));
    expect(await ask([an])).toMatchObject({
      names: [null],
      codes: [],
      report: { status: "CACHED" },
      calls: 0,
    });
  });
});

describe("when the source is silent", () => {
  test.each([
    ["not available", unavailable],
    ["cut off", (call: HeldCall) => call.cut()],
  ])("(%s) an older answer stands in for it, marked with its age", async (_, behave) => {
    await ask([an]);
    pass(899);
    const answer = await ask([an], behave);
    expect(answer).toMatchObject({
      names: [`Name ${an}`],
      codes: [],
      report: { status: "STALE", asOf: opened },
    });
  });

  test("an answer older than the terms' staleSeconds does not", async () => {
    await ask([an]);
    pass(900);
    expect(await ask([an], unavailable)).toMatchObject({
      names: [null],
      codes: ["SOURCE_UNAVAILABLE"],
      report: { status: "UNAVAILABLE", asOf: null },
    });
  });

  test("another agency's answer does not", async () => {
    await ask([an]);
    pass(61);
    expect(await ask([an], unavailable, { agency: "G01" })).toMatchObject({
      codes: ["SOURCE_UNAVAILABLE"],
    });
  });

  test("a request that was told older answers asks it no more", async () => {
    await ask([an]);
    await ask([binh]);
    pass(61);
    const request = {};
    expect(await ask([an], unavailable, { request })).toMatchObject({ calls: 1 });
    expect(await ask([binh], unavailable, { request })).toMatchObject({
      names: [`Name ${binh}`],
      report: { status: "STALE", records: 0 },
      calls: 0,
    });
  });
});

describe("an older yes", () => {
  test.each<[string, (call: HeldCall) => void, string[]]>([
    [
      "an error about the row",
      (call) => call.answer([null], [{ message: "no", path: ["_entities", 0] }]),
      ["SOURCE_ERROR"],
    ],
    [
      "an error about a field of it",
      (call) =>
        call.answer(
          [{ ...rowOf(an), fullName: null }],
          [{ message: "no", path: ["_entities", 0, "fullName"] }],
        ),
      ["SOURCE_ERROR"],
    ],
    ["that there is nobody", (call) => call.answer([null]), []],
    ["another person's row", (call) => call.answer([rowOf(binh)]), ["SOURCE_ERROR"]],
  ])("does not outlive that the source said %s", async (_, behave, codes) => {
    await ask([an]);
    pass(61);
    expect(await ask([an], behave)).toMatchObject({ names: [null], codes });
    pass(61);
    const answer = await ask([an], unavailable);
    expect(answer.names).toEqual([null]);
    expect(answer.report.asOf).not.toBe(opened);
  });
});
