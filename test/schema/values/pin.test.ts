import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePartialDate } from "../../../schema/values/partial-date.ts";
import { Malformed } from "../../../schema/values/malformed.ts";
import { parsePin, pinBirthYear, pinFlags, pinSex } from "../../../schema/values/pin.ts";

const refusal = (text: string): Malformed => {
  try {
    parsePin(text);
  } catch (error) {
    if (error instanceof Malformed) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text)} was not refused`);
};

describe("A PIN is read as people type it", () => {
  test.each([
    ["001302000123", "001302000123"],
    ["001 302 000 123", "001302000123"],
    ["001.302.000.123", "001302000123"],
    ["００１３０２０００１２３", "001302000123"],
    ["\u00a0001302000123\u3000", "001302000123"],
  ])("%j is %s", (text, pin) => {
    expect(parsePin(text)).toBe(pin);
  });

  test("whatever it was written like, reading it again changes nothing", () => {
    const decorations = fc.array(fc.constantFrom(" ", ".", "\u00a0", "．", ""), {
      minLength: 12,
      maxLength: 12,
    });
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(digits, decorations, fc.boolean(), (numbers, marks, wide) => {
        const text = numbers
          .map((n, i) => (wide ? String.fromCharCode(0xff10 + n) : String(n)) + marks[i])
          .join("");
        expect(parsePin(text)).toBe(numbers.join(""));
      }),
    );
  });
});

describe("What is no PIN is refused with the position of the mistake", () => {
  test.each([
    ["a letter", "0013a2000123", 5],
    ["a hyphen", "001-302000123", 4],
    ["an Arabic digit, which looks like a dot", "00130200012\u0663", 12],
    ["a superscript digit", "²01302000123", 1],
    ["an invisible mark", "00130\u200b2000123", 6],
    ["a line break", "001302000123\n", 13],
    ["eleven digits", "00130200012", 11],
    ["thirteen digits", "0013020001234", 13],
    ["nothing", "", 1],
  ])("%s", (_, text, position) => {
    expect(refusal(text).position).toBe(position);
  });

  test("the sentence names the character but never repeats the number", () => {
    const { message } = refusal("0013a2000123");
    expect(message).toBe('A PIN has 12 digits; character 5 ("a", U+0061) is not a digit.');
    expect(refusal("00130200012").message).not.toContain("00130200012");
  });
});

describe("A number that contradicts its bearer is flagged, never refused", () => {
  const bornIn = (birthDate: string, sex: "MALE" | "FEMALE") => ({
    sex,
    birthDate: parsePartialDate(birthDate),
    thisYear: 2026,
  });

  test("digits 4 to 6 state the sex and the birth year", () => {
    const pin = parsePin("001302000123");
    expect(pinSex(pin)).toBe("FEMALE");
    expect(pinBirthYear(pin)).toBe(2002);
  });

  test("a number that agrees has no flag", () => {
    expect(pinFlags(parsePin("001302000123"), bornIn("2002-03", "FEMALE"))).toEqual([]);
  });

  test("another sex, another year and an unknown place each have their flag", () => {
    expect(pinFlags(parsePin("003302000123"), bornIn("2003", "MALE"))).toEqual([
      "PLACE_UNKNOWN",
      "SEX_DIFFERS",
      "BIRTH_YEAR_DIFFERS",
    ]);
  });

  test("an odd century digit is flagged as a birth year that has not come", () => {
    const pin = parsePin("001902000123");
    expect(pinBirthYear(pin)).toBe(2302);
    expect(pinFlags(pin, { sex: null, birthDate: null, thisYear: 2026 })).toEqual([
      "BIRTH_YEAR_IN_FUTURE",
    ]);
  });

  test("what the register does not know is not held against the number", () => {
    const bearer = { sex: null, birthDate: null, thisYear: 2026 };
    expect(pinFlags(parsePin("001302000123"), bearer)).toEqual([]);
  });
});
