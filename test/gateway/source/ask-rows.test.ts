import { afterEach, describe, expect, test, vi } from "vitest";
import { lostMark } from "../../../gateway/source/loss.ts";
import { rowOf } from "../../support/held-source.ts";
import { startRowAskers } from "../../support/row-askers.ts";
import type { RowAskers } from "../../support/row-askers.ts";

const an = "001085000001";
const binh = "001188000002";
const chi = "001199000003";
const dung = "001090000004";

let opened: RowAskers | undefined;
afterEach(() => opened?.close());
async function open(...given: Parameters<typeof startRowAskers>): Promise<RowAskers> {
  return (opened = await startRowAskers(...given));
}

/** Waits for nobody but the call in flight. */
const patient = { batchWindowMs: 1_000_000 };

/** A client that can go away. */
function client() {
  const controller = new AbortController();
  return { signal: controller.signal, leave: () => controller.abort() };
}

describe("rows of many requests", () => {
  test("share a call, whatever their agencies, and the call says for each row whose it is", async () => {
    const { ask, source } = await open();
    const asked = [
      ask([an, binh], { agency: "H26", purpose: "residence-check", caseNumber: "12/2026" }),
      ask([binh, chi], { agency: "G01", purpose: "marriage-registration" }),
      ask([chi], { agency: "H26", purpose: "marriage-registration" }),
    ];
    const call = await source.call(0);
    expect(call.keys).toEqual([an, binh, chi]);
    expect(call.extensions).toEqual({
      askers: [
        {
          agency: "H26",
          purpose: "residence-check",
          lane: "counter",
          requestId: "request-1",
          case: "12/2026",
        },
        {
          agency: "G01",
          purpose: "marriage-registration",
          lane: "counter",
          requestId: "request-2",
        },
        {
          agency: "H26",
          purpose: "marriage-registration",
          lane: "counter",
          requestId: "request-3",
        },
      ],
      rows: [0, [0, 1], [1, 2]],
    });
    call.answer();
    const got = await Promise.all(asked);
    expect(got.map(({ names }) => names)).toEqual([
      [`Name ${an}`, `Name ${binh}`],
      [`Name ${binh}`, `Name ${chi}`],
      [`Name ${chi}`],
    ]);
    expect(source.calls).toHaveLength(1);
  });

  test("name each request that waits for them, and none that has gone", async () => {
    const { ask, source } = await open({ batchWindowMs: 1_000 });
    const first = ask([chi]);
    await source.call(0);
    // The next batch leaves when the call that is under way ends.
    const gone = client();
    const leaves = ask([an], { signal: gone.signal, caseNumber: "1/2026" });
    const others = [
      ask([an], { caseNumber: "2/2026" }),
      ask([an, binh], { caseNumber: "3/2026" }),
      ask([dung], { signal: gone.signal }),
    ];
    gone.leave();
    await leaves;
    source.calls[0]!.answer();
    const call = await source.call(1);
    expect(call.keys).toEqual([an, binh]);
    expect(call.extensions).toMatchObject({
      askers: [
        { requestId: "request-3", case: "2/2026" },
        { requestId: "request-4", case: "3/2026" },
      ],
      rows: [[0, 1], 1],
    });
    call.answer();
    await Promise.all([first, ...others]);
  });

  test("are charged to the first who asked, and to no other", async () => {
    const { ask, source } = await open();
    const asked = [
      ask([an, binh, an]),
      ask([binh, chi]),
      ask([chi, an], { agency: "G01" }),
      ask([chi], { purpose: "other" }),
    ];
    (await source.call(0)).answer();
    const records = (await Promise.all(asked)).map(({ report }) => report.records);
    expect(records).toEqual([2, 1, 0, 0]);
    expect(source.calls[0]!.keys).toHaveLength(3);
  });

  test("travel apart where the owner's terms forbid that agencies share a call", async () => {
    const { ask, source } = await open({ joinAgencies: false });
    void ask([an], { agency: "H26" });
    void ask([binh], { agency: "G01" });
    void ask([chi], { agency: "G01" });
    void ask([chi], { agency: "G01", purpose: "other" });
    await source.call(2);
    expect(source.calls.map(({ keys }) => keys).toSorted()).toEqual([[an], [binh, chi], [chi]]);
    for (const { extensions } of source.calls) {
      const askers = extensions!["askers"] as { agency: string; purpose: string }[];
      expect(new Set(askers.map(({ agency, purpose }) => `${agency} ${purpose}`)).size).toBe(1);
    }
  });

  test("travel apart where the owner's terms switch batching off, and those of one request together", async () => {
    const { ask, source } = await open({ batchWindowMs: 0 });
    const asked = [ask([an, binh]), ask([chi]), ask([an, chi], { agency: "G01" })];
    await source.call(2);
    expect(source.calls.map(({ keys }) => keys).toSorted()).toEqual([[an, binh], [an, chi], [chi]]);
    const later = ask(["001090000004"]);
    // It waits for none of them to end.
    await source.call(3);
    for (const call of source.calls) call.answer();
    const got = await Promise.all([...asked, later]);
    expect(got.map(({ report }) => report.records)).toEqual([2, 1, 2, 1]);
    expect(source.calls).toHaveLength(4);
  });

  test("travel apart by lane, the same row too: whoever waits at a counter waits for no job", async () => {
    const { ask, source } = await open();
    const cleaned = ask([an], { lane: "bulk" });
    await source.call(0);
    const waiting = ask([an], { lane: "counter" });
    (await source.call(1)).answer();
    expect((await waiting).names).toEqual([`Name ${an}`]);
    source.calls[0]!.answer();
    expect((await cleaned).names).toEqual([`Name ${an}`]);
  });

  test("travel apart by the values of variables", async () => {
    const { ask, source } = await open();
    const fields = `residesIn(unit:"01",on:$on)`;
    const on = (day: string) =>
      ask([an], { fields, defined: "$on:Date!", variables: { on: day, unused: day } });
    const asked = [on("2020-01-01"), on("2021-01-01"), on("2020-01-01")];
    await source.call(1);
    for (const { variables, answer } of source.calls) {
      expect(Object.keys(variables)).toEqual(["representations", "on"]);
      answer([{ __lt_key_Citizen_pin: an, residesIn: variables["on"] === "2020-01-01" }]);
    }
    const got = await Promise.all(asked);
    expect(got.map(({ rows }) => rows[0]!["residesIn"])).toEqual([true, false, true]);
    expect(source.calls).toHaveLength(2);
  });

  test("never go in a call larger than the source takes", async () => {
    const { ask, source } = await open({ largestBatch: 2 });
    const asked = [ask([an, binh, chi]), ask([chi]), ask(["001090000004"], { agency: "G01" })];
    await source.call(1);
    expect(source.calls.map(({ keys }) => keys.length)).toEqual([2, 2]);
    for (const call of source.calls) call.answer();
    expect((await Promise.all(asked)).flatMap(({ names }) => names)).not.toContain(null);
  });

  test("bring each request a row of its own, objects inside of it too", async () => {
    const { ask, source } = await open({ cacheSeconds: 60 });
    const options = { fields: "birthDate formerPins" };
    const asked = [
      ask([an, an], options),
      ask([an], options),
      ask([an], { ...options, agency: "G01" }),
    ];
    (await source.call(0)).answer([
      {
        __lt_key_Citizen_pin: an,
        birthDate: { of: { a: ["scalar"] } },
        formerPins: ["001085000009"],
      },
    ]);
    const before = [...(await Promise.all(asked)), await ask([an], options)].flatMap(
      ({ rows }) => rows,
    ) as { birthDate: { of: { a: string[] } }; formerPins: string[] }[];
    for (const [at, row] of before.entries()) {
      row.birthDate.of.a.push(`written by ${at}`);
      row.formerPins.push(`written by ${at}`);
      Object.assign(row, { [lostMark]: {} });
    }
    for (const [at, row] of before.entries()) {
      expect(row.birthDate).toEqual({ of: { a: ["scalar", `written by ${at}`] } });
      expect(row.formerPins).toEqual(["001085000009", `written by ${at}`]);
    }
    expect((await ask([an], options)).rows).toEqual([
      { birthDate: { of: { a: ["scalar"] } }, formerPins: ["001085000009"] },
    ]);
    expect(source.calls).toHaveLength(1);
  });
});

describe("errors and losses of a shared call", () => {
  test("reach only those who asked for the row that they stand at", async () => {
    const { ask, source } = await open();
    const options = { fields: "fullName nationality" };
    const asked = [
      ask([an], options),
      ask([binh], options),
      ask([chi, an], options),
      ask([binh], { ...options, agency: "G01" }),
    ];
    // Every row has a null that any error about it could be meant to explain.
    const rowWithNull = (pin: string) => ({ ...rowOf(pin), nationality: null });
    const call = await source.call(0);
    call.answer(
      [rowWithNull(an), null, { ...rowWithNull(chi), fullName: null }],
      [
        { message: "no", path: ["_entities", 1], extensions: { code: "NOT_RECORDED" } },
        { message: "no", path: ["_entities", 2, "fullName"] },
      ],
    );
    const got = await Promise.all(asked);
    expect(got.map(({ losses }) => losses.map(({ code }) => code))).toEqual([
      [],
      ["NOT_RECORDED"],
      ["SOURCE_ERROR"],
      ["NOT_RECORDED"],
    ]);
    expect(got.map(({ report }) => report.status)).toEqual([
      "FRESH",
      "UNAVAILABLE",
      "FRESH",
      "UNAVAILABLE",
    ]);
  });

  test("reach all of them where the source said nothing", async () => {
    const { ask, source } = await open();
    const asked = [ask([an]), ask([binh])];
    (await source.call(0)).refuse(500);
    const got = await Promise.all(asked);
    for (const { losses, report } of got) {
      expect(losses).toMatchObject([{ code: "SOURCE_ERROR" }]);
      expect(report).toMatchObject({ status: "UNAVAILABLE", asOf: null });
    }
    expect(got.map(({ report }) => report.records)).toEqual([1, 1]);
  });
});

describe("a client who goes away", () => {
  test("is answered at once, and costs the others nothing", async () => {
    const { ask, source } = await open();
    const gone = client();
    const left = ask([an, binh], { signal: gone.signal });
    const stays = ask([binh, chi]);
    const call = await source.call(0);
    gone.leave();
    expect((await left).losses.map(({ code }) => code)).toEqual([
      "SOURCE_UNAVAILABLE",
      "SOURCE_UNAVAILABLE",
    ]);
    call.answer();
    expect((await stays).names).toEqual([`Name ${binh}`, `Name ${chi}`]);
    expect(call.hungUp).toBe(false);
  });

  test("breaks the call off when it is the last, and not before", async () => {
    const { ask, source } = await open();
    const clients = [client(), client(), client()];
    const asked = clients.map(({ signal }, at) => ask([[an, binh, an][at]!], { signal }));
    const call = await source.call(0);
    clients[0]!.leave();
    clients[1]!.leave();
    await Promise.all([asked[0], asked[1]]);
    expect(call.hungUp).toBe(false);
    clients[2]!.leave();
    await asked[2];
    await vi.waitFor(() => expect(call.hungUp).toBe(true), { interval: 1 });
  });

  test("before its batch left is not asked for, and whoever asks for its row then gets it", async () => {
    const { ask, source } = await open(patient);
    const first = ask([an]);
    await source.call(0);
    const gone = client();
    const left = ask([binh], { signal: gone.signal });
    const others = ask([chi]);
    gone.leave();
    await left;
    source.calls[0]!.answer();
    await first;
    const call = await source.call(1);
    expect(call.keys).toEqual([chi]);
    // The batch with the row that nobody waited for is under way.
    const late = ask([binh]);
    call.answer();
    await others;
    (await source.call(2)).answer();
    expect(await late).toMatchObject({ names: [`Name ${binh}`], report: { records: 1 } });
  });

  test("leaves its place in a batch that waits to those who asked for its row meanwhile", async () => {
    const { ask, source } = await open(patient);
    void ask([an]);
    await source.call(0);
    const gone = client();
    const left = ask([binh], { signal: gone.signal });
    gone.leave();
    await left;
    const joined = ask([binh]);
    source.calls[0]!.answer();
    (await source.call(1)).answer();
    expect(await joined).toMatchObject({ names: [`Name ${binh}`], report: { records: 1 } });
  });

  test("leaves the flight to who joined it, who then is charged", async () => {
    const { ask, source } = await open();
    const gone = client();
    const left = ask([an], { signal: gone.signal });
    const call = await source.call(0);
    const joined = [ask([an]), ask([an])];
    gone.leave();
    expect((await left).report.records).toBe(0);
    call.answer();
    const got = await Promise.all(joined);
    expect(got.map(({ names, report }) => [names, report.records])).toEqual([
      [[`Name ${an}`], 1],
      [[`Name ${an}`], 0],
    ]);
    expect(source.calls).toHaveLength(1);
  });

  test("leaves its row to who asks for it while the call still brings it to others", async () => {
    const { ask, source } = await open(patient);
    const gone = client();
    const left = ask([an], { signal: gone.signal });
    const stays = ask([binh]);
    const call = await source.call(0);
    gone.leave();
    await left;
    const late = ask([an]);
    call.answer();
    expect(await late).toMatchObject({ names: [`Name ${an}`], report: { records: 1 } });
    expect((await stays).names).toEqual([`Name ${binh}`]);
    expect(source.calls).toHaveLength(1);
  });

  test("takes nobody along who comes when the call is broken off", async () => {
    const { ask, source } = await open();
    const gone = client();
    const left = ask([an], { signal: gone.signal });
    await source.call(0);
    gone.leave();
    const next = ask([an]);
    await left;
    const call = await source.call(1);
    // The end of the call that was broken off is not the end of this one.
    const joined = ask([an]);
    call.answer();
    expect((await next).names).toEqual([`Name ${an}`]);
    expect((await joined).names).toEqual([`Name ${an}`]);
    expect(source.calls).toHaveLength(2);
  });
});

test("no agency's code can be spelled so that it passes for another's", async () => {
  const { ask, source } = await open({ cacheSeconds: 60 });
  const one = { agency: "a", purpose: "b c" };
  const other = { agency: "a b", purpose: "c" };
  const first = ask([an], one);
  (await source.call(0)).answer();
  await first;
  void ask([an, binh], other);
  void ask([binh], one);
  const call = await source.call(1);
  expect(call.keys).toEqual([an, binh]);
  expect(call.extensions).toMatchObject({ askers: [other, one], rows: [0, [0, 1]] });
});

test("one question is one call, wherever it stands in a query and whatever stands beside it", async () => {
  const { ask, source } = await open();
  void ask([an], { fields: "fullName" });
  void ask([binh], { fields: "fullName", defined: "$elsewhere:Date" });
  expect((await source.call(0)).keys).toEqual([an, binh]);
});
