import fc from "fast-check";
import { expect, test } from "vitest";
import { findRepeatedKey } from "../../schema/repeated-key.ts";

test.each([
  ['{"query":"a","query":"b"}', "query"],
  ['{"variables":{"pin":"1","pin":"2"}}', "pin"],
  ['{"variables":[{"a":{"pin":1,"b":2,"pin":3}}]}', "pin"],
  [String.raw`{"pin":1,"p\u0069n":2}`, "pin"],
  [String.raw`{"a\"b":1,"a\"b":2}`, 'a"b'],
  ['{"":1,"":2}', ""],
])("in %s a key stands twice", (text, key) => {
  expect(findRepeatedKey(text)).toBe(key);
});

test.each([
  '{"a":{"pin":1},"b":{"pin":2}}',
  '[{"pin":1},{"pin":2}]',
  '{"a":"{\\"pin\\":1,\\"pin\\":2}"}',
  '{"a":"pin","b":"pin"}',
  '{"a":["pin","pin"],"pin":1}',
  "{}",
  '"pin"',
])("in %s none does", (text) => {
  expect(findRepeatedKey(text)).toBeUndefined();
});

test("whatever JSON is written from values has no key twice", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(findRepeatedKey(text)).toBeUndefined();
    }),
  );
});

test("a key is found wherever it is planted", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
      fc.jsonValue(),
      (object, other) => {
        const [key] = Object.keys(object);
        const text = `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(key)}:${JSON.stringify(other)}}`;
        expect(findRepeatedKey(`[${JSON.stringify(other)},${text}]`)).toBe(key);
      },
    ),
  );
});
