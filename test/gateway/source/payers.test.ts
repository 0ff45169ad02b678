import fc from "fast-check";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openLedger } from "../../support/metered-line.ts";
import type { MeteredLine, MeteredTerms } from "../../support/metered-line.ts";

const an = "001085000001";
const binh = "001188000002";
const chi = "001199000003";

const ledger = await openLedger();
afterAll(() => ledger.close());
let opened: MeteredLine | undefined;
afterEach(() => opened?.close());
async function open(terms: MeteredTerms): Promise<MeteredLine> {
  return (opened = await ledger.open(terms));
}

/** A client that can go away. */
function client() {
  const controller = new AbortController();
  return { signal: controller.signal, leave: () => controller.abort() };
}

/** Hue and then Hanoi ask for one row, which waits for a call of Hue's; Hue leaves, and the line is free. */
async function leaveBeforeTheCall({ ask, source }: Pick<MeteredLine, "ask" | "source">) {
  const first = ask([chi], { agency: "hue" });
  await source.call(0);
  const gone = client();
  const left = ask([an], { agency: "hue", signal: gone.signal });
  const stays = ask([an], { agency: "hanoi" });
  gone.leave();
  await left;
  source.calls[0]!.answer();
  return { first, stays };
}

describe("a row that several agencies ask for in one batch", () => {
  test("goes where any of them has units, is charged to the first that has, and all get it", async () => {
    const { ask, source, settle } = await open({ common: 0, grants: { hue: 1, hanoi: 1 } });
    const asked = [
      ask([an, chi], { agency: "da-nang" }),
      ask([an], { agency: "hanoi" }),
      ask([an, binh], { agency: "hue" }),
    ];
    for (let number = 0; number < 2; number++) (await source.call(number)).answer();
    const got = await Promise.all(asked);
    expect(got.map(({ names, report }) => [names, report.records])).toEqual([
      [[`Name ${an}`, null], 0],
      [[`Name ${an}`], 1],
      [[`Name ${an}`, `Name ${binh}`], 1],
    ]);
    expect(got[0]!.losses).toMatchObject([{ code: "QUOTA_EXHAUSTED" }]);
    expect(await settle()).toEqual({ spent: { hanoi: 1, hue: 1 }, doubt: 0 });
    const [call] = source.calls.filter(({ keys }) => keys.includes(an));
    expect(call!.extensions!["askers"]).toMatchObject([
      { agency: "da-nang", requestId: "request-1" },
      { agency: "hanoi", requestId: "request-2" },
      { agency: "hue", requestId: "request-3" },
    ]);
  });

  test("is charged to one who waits still, where the first left before the call did", async () => {
    const { ask, source, settle } = await open({ common: 10, batchWindowMs: 1_000 });
    const { first, stays } = await leaveBeforeTheCall({ ask, source });
    await first;
    (await source.call(1)).answer();
    expect((await stays).report.records).toBe(1);
    expect(await settle()).toEqual({ spent: { hue: 1, hanoi: 1 }, doubt: 0 });
  });

  test("is kept for those alone of whom the source was told", async () => {
    const { ask, source } = await open({ common: 10, batchWindowMs: 1_000, cacheSeconds: 60 });
    const { stays } = await leaveBeforeTheCall({ ask, source });
    const call = await source.call(1);
    expect(call.extensions!["askers"]).toMatchObject([{ agency: "hanoi" }]);
    call.answer();
    expect((await stays).names).toEqual([`Name ${an}`]);
    const later = ask([an], { agency: "hue" });
    (await source.call(2)).answer();
    expect((await later).report).toMatchObject({ status: "FRESH", records: 1 });
    expect((await ask([an], { agency: "hanoi" })).report.status).toBe("CACHED");
  });

  test("is charged to the first and to nobody else, where that one left when the call was under way", async () => {
    const { ask, source, settle } = await open({ common: 10 });
    const gone = client();
    const left = ask([an], { agency: "hue", signal: gone.signal });
    const stays = ask([an], { agency: "hanoi" });
    const call = await source.call(0);
    gone.leave();
    await left;
    call.answer();
    expect(await stays).toMatchObject({ names: [`Name ${an}`], report: { records: 0 } });
    expect(await settle()).toEqual({ spent: { hue: 1 }, doubt: 0 });
  });

  test("is charged to the first's agency still, where another purpose of it waits", async () => {
    const { ask, source, settle } = await open({ common: 10 });
    const gone = client();
    const left = ask([an], { agency: "hue", signal: gone.signal });
    const others = [ask([an], { agency: "hanoi" }), ask([an], { agency: "hue", purpose: "other" })];
    const call = await source.call(0);
    gone.leave();
    await left;
    call.answer();
    expect((await Promise.all(others)).map(({ report }) => report.records)).toEqual([0, 1]);
    expect(await settle()).toEqual({ spent: { hue: 1 }, doubt: 0 });
  });
});

test("what an owner refuses uncounted is charged to nobody", async () => {
  const { ask, source, settle } = await open({ common: 10 });
  const asked = ask([an]);
  (await source.call(0)).refuseUncounted();
  expect(await asked).toMatchObject({
    losses: [{ code: "QUOTA_EXHAUSTED" }],
    report: { records: 0 },
  });
  expect(await settle()).toEqual({ spent: {}, doubt: 0 });
});

test("a call whose repetition reaches nobody is in doubt, since the first may have been counted", async () => {
  const { ask, source, settle } = await open({ common: 10, countsKeysOnce: true });
  const asked = ask([an]);
  const call = await source.call(0);
  source.close();
  call.cut();
  expect(await asked).toMatchObject({
    losses: [{ code: "SOURCE_UNAVAILABLE" }],
    report: { records: 1 },
  });
  expect(await settle()).toEqual({ spent: {}, doubt: 1 });
});

const agencies = ["hue", "hanoi", "da-nang"] as const;

/** A request of a batch; `leaves` where its client goes away when its batch has begun to go. */
const request = fc.record({
  agency: fc.constantFrom(...agencies),
  purpose: fc.constantFrom("one", "other"),
  pins: fc.uniqueArray(fc.constantFrom(an, binh, chi, "001090000004", "001090000005"), {
    minLength: 1,
  }),
  leaves: fc.boolean(),
});

const country = fc.record({
  common: fc.integer({ min: 0, max: 8 }),
  grants: fc.dictionary(fc.constantFrom(...agencies), fc.integer({ min: 1, max: 4 })),
  batches: fc.array(fc.array(request, { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 3,
  }),
});

test("what each agency's answers say is charged is what the ledger says it spent, whoever asks, has and leaves", async () => {
  await fc.assert(
    fc.asyncProperty(country, async ({ batches, ...terms }) => {
      const line = await open(terms);
      const { ask, source, settle, close } = line;
      const shown: Record<string, number> = {};
      const gone = new Set<string>();
      const serve = async () => {
        for (let number = 0; ; number++) (await source.call(number)).answer();
      };
      void serve();
      for (const batch of batches) {
        const asked = batch.map(async ({ agency, purpose, pins, leaves }) => {
          const { signal, leave } = client();
          const answer = ask(pins, { agency, purpose, signal });
          if (leaves) {
            gone.add(agency);
            setImmediate(() => setImmediate(leave));
          }
          const { report, names, losses } = await answer;
          if (signal.aborted) return;
          shown[agency] = (shown[agency] ?? 0) + report.records;
          return { agency, pins, names, losses };
        });
        const got = (await Promise.all(asked)).filter((one) => one !== undefined);
        // Who asked for the same row at the same time gets the same.
        if (batch.every(({ leaves }) => !leaves))
          for (const one of got)
            for (const [place, pin] of one.pins.entries())
              for (const other of got)
                if (other.pins.includes(pin))
                  expect(other.names[other.pins.indexOf(pin)]).toBe(one.names[place]);
      }
      const { spent, doubt } = await settle();
      const sent = source.calls.reduce((sum, { keys }) => sum + keys.length, 0);
      expect(Object.values(spent).reduce((sum, units) => sum + units, doubt)).toBe(sent);
      for (const agency of agencies)
        if (gone.has(agency)) expect(shown[agency] ?? 0).toBeLessThanOrEqual(spent[agency] ?? 0);
        else expect(shown[agency] ?? 0).toBe(spent[agency] ?? 0);
      await close();
    }),
    { numRuns: 60 },
  );
}, 60_000);
