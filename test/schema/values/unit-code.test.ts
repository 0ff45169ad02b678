import { expect, test } from "vitest";
import { parseUnitCode } from "../../../schema/values/unit-code.ts";

test.each(["01", "001", "00004"])("%s is a unit code, kept as text", (text) => {
  expect(parseUnitCode(text)).toBe(text);
});

test.each([
  ["1", "A unit code has 2 digits (province), 3 (district) or 5 (commune); this one has 1."],
  ["0004", "A unit code has 2 digits (province), 3 (district) or 5 (commune); this one has 4."],
  ["", "A unit code has 2 digits (province), 3 (district) or 5 (commune); this one has 0."],
  ["0000x", "A unit code is made of digits; character 5 is not one."],
])("%j is refused", (text, sentence) => {
  expect(() => parseUnitCode(text)).toThrow(sentence);
});
