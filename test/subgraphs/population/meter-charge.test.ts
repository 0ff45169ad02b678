import fc from "fast-check";
import { expect, test } from "vitest";
import { readCharge } from "../../../subgraphs/population/meter-charge.ts";

const citizen = (pin: string) => ({ __typename: "Citizen", pin });
const entities = (...pins: string[]) => ({
  argument: "representations",
  keys: pins.map(citizen),
});
const consumersOf = (...call: Parameters<typeof readCharge>) =>
  Object.fromEntries(readCharge(...call).consumers);

const hanoi = { agency: "HN-01", purpose: "pupil-enrolment" };
const daNang = { agency: "DN-01", purpose: "data-cleaning" };

test("Equal keys of a call are one record, in whatever order their fields stand and whatever field asks", () => {
  const again = { keys: [{ pin: "a", __typename: "Citizen" }], argument: "pin" };
  expect(consumersOf([entities("a", "b", "a"), again], undefined)).toEqual({ unknown: 2 });
});

test("A row is at the expense of the first agency that asks for it", () => {
  const extensions = { askers: [hanoi, daNang], rows: [0, [1, 0], 1, 0] };
  expect(consumersOf([entities("a", "b", "c", "a")], extensions)).toEqual({
    "HN-01": 1,
    "DN-01": 2,
  });
});

test("Without a row for each key all is at the expense of the first asker", () => {
  const fields = [{ argument: undefined, keys: [{ field: "one" }, { field: "two" }] }];
  expect(consumersOf(fields, { askers: [hanoi], rows: [] })).toEqual({ "HN-01": 2 });
  expect(consumersOf(fields, { askers: [daNang, hanoi], rows: [1] })).toEqual({ "DN-01": 2 });
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["no list", { askers: "HN-01", rows: "0" }],
  ["no agency", { askers: [{}, null], rows: [0, 1] }],
  ["an agency with a line break", { askers: [{ agency: "HN\n01" }] }],
  ["an agency longer than a name", { askers: [{ agency: "x".repeat(101) }] }],
  ["rows that point nowhere", { askers: [hanoi], rows: [7, -1] }],
  ["rows of another kind", { askers: [], rows: [{}, [[]]] }],
])("Whoever says %s of himself is counted as unknown", (_, extensions) => {
  expect(consumersOf([entities("a", "b")], extensions)).toEqual({ unknown: 2 });
});

test("A call costs as many records as it has different keys, whoever asks", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "c", "d")), fc.anything(), (pins, said) => {
      const { consumers } = readCharge([entities(...pins)], said);
      const total = [...consumers.values()].reduce((sum, records) => sum + records, 0);
      expect(total).toBe(new Set(pins).size);
    }),
  );
});

test("Questions for other records differ in their digest, and the same question never", () => {
  const digest = (...pins: string[]) =>
    readCharge([entities(...pins)], undefined).digest.toString("hex");
  expect(digest("a", "b")).toBe(digest("a", "b", "a"));
  expect(digest("a", "b")).not.toBe(digest("a", "c"));
  expect(digest("a", "b")).not.toBe(digest("a"));
});
