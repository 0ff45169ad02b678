import { expect, test } from "vitest";
import { NotADocument, readDocument } from "../../../gateway/evidence/document.ts";

const evidence = {
  id: "i",
  jws: "j",
  salt: "s",
  people: ["001199012345"],
  question: { operation: "query { a }", variables: {} },
};
const answer = { data: { a: null }, errors: [{ message: "lost" }], extensions: { sources: [] } };
const saved = { ...answer, extensions: { ...answer.extensions, evidence } };

test("A saved answer is read as all that was signed, and what it is proven by", () => {
  expect(readDocument(JSON.stringify(saved, null, 4))).toEqual({ ...evidence, answer });
});

test("What is put into it is read too, wherever it stands", () => {
  for (const more of ['{"note":1,', '{"__proto__":{"data":{}},', '{"toString":null,']) {
    const changed = readDocument(JSON.stringify(saved).replace("{", more));
    expect(JSON.stringify(changed.answer)).not.toBe(JSON.stringify(answer));
  }
});

test.each([
  ["", "This is no JSON."],
  ["nonsense 001199012345", "This is no JSON."],
  ["[]", "This is no answer: it must be a JSON object."],
  ["null", "This is no answer: it must be a JSON object."],
  ["{}", "This is no signed answer"],
  ['{"data":{},"extensions":null}', "This is no signed answer"],
  ['{"data":{},"extensions":{"evidence":{"id":"i"}}}', "This is no signed answer"],
  [JSON.stringify(saved).replace('["001199012345"]', "[1]"), "This is no signed answer"],
  [JSON.stringify(saved).replace('"variables":{}', '"variables":[]'), "This is no signed answer"],
  [JSON.stringify(saved).replace('"data":', '"data":1,"data":'), "can be read in two ways"],
  [JSON.stringify(saved).replace('"salt":', '"s\\u0061lt":"t","salt":'), "can be read in two ways"],
])("%s is none, and nothing of it is repeated", (text, sentence) => {
  const reading = () => readDocument(text);
  expect(reading).toThrow(NotADocument);
  expect(reading).toThrow(sentence);
  expect(reading).not.toThrow("001199012345");
});
