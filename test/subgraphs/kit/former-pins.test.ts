import { expect, test } from "vitest";
import { Malformed } from "../../../schema/values/malformed.ts";
import { readBearer } from "../../../subgraphs/kit/former-pins.ts";

const pin = "036188004512";
const former = "036088004512";

test("The numbers of a citizen are searched once each, the one asked for first", () => {
  expect(readBearer({ pin: former, currentPin: pin, formerPins: [former] })).toEqual({
    pin: former,
    pins: [former, pin],
  });
});

test("Where population is silent, and where nobody asked it, only the number itself is searched", () => {
  expect(readBearer({ pin, currentPin: null, formerPins: null }).pins).toEqual([pin]);
  expect(readBearer({ pin }).pins).toEqual([pin]);
});

test("A number that is none is refused, wherever it stands", () => {
  expect(() => readBearer({ pin: "1" })).toThrow(Malformed);
  expect(() => readBearer({ pin, formerPins: ["x"] })).toThrow(Malformed);
});
