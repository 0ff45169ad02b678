import { createSecretKey } from "node:crypto";
import { expect, test } from "vitest";
import type { Access } from "../../../gateway/access.ts";
import type { Entry } from "../../../gateway/audit/entry.ts";
import { createRecorder } from "../../../gateway/audit/record-access.ts";
import type { Answering } from "../../../gateway/audit/record-access.ts";
import { sealEntry } from "../../../gateway/audit/seal.ts";

const noon = Date.parse("2026-11-25T05:00:00Z");

/** A recorder whose entries are caught on their way to the log. */
function catchEntries(fails = false) {
  const entries: Entry[] = [];
  const unclaimed: unknown[] = [];
  const record = createRecorder({
    log: {
      append(each) {
        if (fails) return Promise.reject(new Error("gone"));
        entries.push(...each);
        return Promise.resolve(each.map((_, place) => place));
      },
    },
    currentKey: () => ({ id: "2026", secret: createSecretKey(Buffer.alloc(32, 1)) }),
    delayOf: (purpose) => (purpose === "police" ? { days: 30, ground: "Luật 91/2025" } : undefined),
    wallClock: () => noon,
    monotonic: () => 0,
    onAppend: () => {},
    onUnclaimed: (each) => unclaimed.push(each),
  });
  return { entries, unclaimed, record };
}

function answering(told: {
  purpose?: string;
  people?: string[];
  shown?: string[];
  pin?: string;
}): Answering {
  const access: Access = {
    ...{
      requestId: "r",
      subject: "s",
      role: undefined,
      unit: undefined,
      pin: told.pin,
      agency: "a",
    },
    ...{ purpose: told.purpose ?? "p", caseNumber: undefined, scopes: new Set<string>() },
    keptFor: "agency",
    lane: "counter",
    signal: new AbortController().signal,
  };
  return {
    access,
    granted: {
      people: told.people ?? [],
      fields: ["Citizen.spouseOnRecord", "Citizen.pin"],
      thirdPartyFields: ["Citizen.pin"],
      predicates: [],
    },
    shown: new Set([...(told.people ?? []), ...(told.shown ?? [])]),
    operation: { text: "{ a }" },
    result: { data: { a: 1 } },
    sources: [],
    charges: [
      {
        ...{ source: "population", days: ["2026-11-25"], call: "c.1", units: 2 },
        lane: "counter",
        recorded: () => {},
      },
    ],
  };
}

test("A purpose that delays the disclosure has an entry of it beside each look, with ground and end", async () => {
  const { entries, record } = catchEntries();
  const indexes = await record(answering({ purpose: "police", people: ["1", "2"] }));
  expect(indexes).toEqual([0, 1]);
  expect(entries.map(({ kind }) => kind)).toEqual(["access", "access", "delay", "delay"]);
  expect(entries[3]).toMatchObject({
    facts: { until: "2026-12-25T05:00:00.000Z", ground: "Luật 91/2025" },
    detail: { pin: entries[1]!.detail.pin },
  });
});

test("The request's units stand in the first person's entry alone", async () => {
  const { entries, record } = catchEntries();
  await record(answering({ people: ["1", "2"] }));
  expect(entries.map(readUnits)).toEqual([
    [{ source: "population", lane: "counter", day: "2026-11-25", units: 2, call: "c.1" }],
    [],
  ]);
});

test("Who was found through those whom the request names has an entry after theirs, without units", async () => {
  const { entries, record } = catchEntries();
  const indexes = await record(answering({ purpose: "police", people: ["1"], shown: ["1", "2"] }));
  // What is signed for everybody to see does not tell how many there were.
  expect(indexes).toEqual([0]);
  expect(entries.map(({ kind }) => kind)).toEqual(["access", "access", "delay", "delay"]);
  const [named, found, , delay] = entries as [Entry, Entry, Entry, Entry];
  expect(found.facts).toBe('{"outcome":"answered","units":[]}');
  const tells = ({ detail }: Entry) => JSON.parse(detail.more as string) as object;
  expect(tells(found)).toMatchObject({ relation: "thirdParty", fields: ["Citizen.pin"] });
  expect(tells(named)).not.toHaveProperty("relation");
  expect(delay.detail.pin).toEqual(found.detail.pin);
});

function readUnits(entry: Entry): unknown {
  return (JSON.parse(sealEntry(entry).entry.facts) as { units: unknown }).units;
}

test("A citizen who names nobody asks about himself", async () => {
  const { entries, record } = catchEntries();
  await record(answering({ pin: "001199012345" }));
  expect(entries).toHaveLength(1);
  expect(entries[0]!.detail.pin?.key).toBe("2026");
});

test("Units of an answer that cannot be recorded are kept for later", async () => {
  const { unclaimed, record } = catchEntries(true);
  await expect(record(answering({ people: ["1"] }))).rejects.toThrow("gone");
  expect(unclaimed).toMatchObject([{ agency: "a", units: 2, call: "c.1" }]);
});
