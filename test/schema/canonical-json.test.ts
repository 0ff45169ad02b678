import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalize, NotJson } from "../../schema/canonical-json.ts";
import type { Json } from "../../schema/canonical-json.ts";

/** A number by the bits of its IEEE 754 form. */
function fromBits(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

const refused = (value: unknown) => () => canonicalize(value as Json);

describe("Canonical JSON", () => {
  test("is that of RFC 8785, section 3.2.2", () => {
    const input = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalize(JSON.parse(input) as Json)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test("has the bytes of RFC 8785, section 3.2.4", () => {
    const input = String.raw`{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}`;
    const bytes = Buffer.from(canonicalize(JSON.parse(input) as Json));
    expect(bytes.toString("hex")).toBe(
      Buffer.from('{"string":"').toString("hex") +
        "e282ac245c75303030665c6e4127425c225c5c5c5c5c222f" +
        Buffer.from('"}').toString("hex"),
    );
  });

  test("sorts by UTF-16 code units: RFC 8785, section 3.2.3", () => {
    const input = String.raw`{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis"
    }`;
    // An integer-like name comes first in any object, so the order is read from the text.
    const order = [...canonicalize(JSON.parse(input) as Json).matchAll(/:"([^"]*)"/g)];
    expect(order.map(([, name]) => name)).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]);
  });

  // Appendix B.
  test.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("writes the number %s as RFC 8785 does", (bits, text) => {
    expect(canonicalize(fromBits(bits))).toBe(text);
  });

  // Those of the RFC's author, in its reference implementations.
  test.each([
    [`[56,{"d":true,"10":null,"1":[ ]}]`, `[56,{"1":[],"10":null,"d":true}]`],
    [
      `{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}`,
      `{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}`,
    ],
    [
      String.raw`{"1":{"f":{"f":"hi","F":5},"\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}`,
      String.raw`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}`,
    ],
    [String.raw`{"Unnormalized Unicode":"A\u030a"}`, `{"Unnormalized Unicode":"A\u030a"}`],
  ])("of %s is its one text", (input, output) => {
    expect(canonicalize(JSON.parse(input) as Json)).toBe(output);
  });

  test("reads back as what it was made of, and is the same whatever order the members came in", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalize(value as Json);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalize(turnAround(value as Json))).toBe(text);
      }),
    );
  });

  test.each([
    ["undefined", undefined, "The value is undefined, which JSON cannot say."],
    ["a number without an end", { a: [1, Infinity] }, "The value at /a/1 is the number Infinity"],
    ["what is no number", [Number.NaN], "The value at /0 is the number NaN"],
    ["half a surrogate pair", ["\ud800"], "The value at /0 is a text with half a surrogate pair"],
    ["… as a name", { "\udc00": 1 }, "is a text with half a surrogate pair"],
    ["a big integer", { units: 1n }, "The value at /units is a bigint"],
    ["a function", { a: () => 1 }, "The value at /a is a function"],
    ["a symbol", [Symbol("a")], "The value at /0 is a symbol"],
    ["… as a name", { [Symbol("a")]: 1 }, "an object with a symbol for a name"],
    ["a member that is undefined", { a: undefined }, "The value at /a is undefined"],
    ["a gap in an array", [1, , 2], "The value at /1 is undefined"], // oxlint-disable-line no-sparse-arrays
    ["a date", { at: new Date(0) }, "The value at /at is an object of class Date"],
    ["a map", new Map(), "The value is an object of class Map"],
    ["bytes", Buffer.from("a"), "The value is an object of class"],
  ])("refuses %s", (_what, value, sentence) => {
    expect(refused(value)).toThrow(NotJson);
    expect(refused(value)).toThrow(sentence);
  });

  test("refuses what contains itself", () => {
    const ring: Record<string, unknown> = {};
    ring["ring"] = ring;
    expect(refused(ring)).toThrow("contains itself");
  });

  test("takes an object without a prototype", () => {
    expect(canonicalize(Object.assign(Object.create(null) as object, { a: 1 }) as Json)).toBe(
      `{"a":1}`,
    );
  });
});

function turnAround(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(turnAround);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, turnAround(member)]),
  );
}
