import { expect, test } from "vitest";
import { readRowAskers } from "../../../subgraphs/kit/row-askers.ts";

const lan = {
  agency: "ubnd-00004",
  purpose: "marital-status-certificate",
  lane: "counter",
  requestId: "request-1",
  case: "H26.19-1",
} as const;
const minh = {
  ...lan,
  agency: "so-gddt",
  purpose: "pupil-enrolment",
  lane: "bulk",
  case: undefined,
};

test("Those who ask are told, whoever's each row is", () => {
  const extensions = { askers: [lan, minh], rows: [0, [0, 1], 1], others: "ignored" };
  expect(readRowAskers(extensions, 3)).toEqual([lan, minh]);
});

test("One who asks for all need not be named for each", () => {
  expect(readRowAskers({ askers: [lan], rows: [] }, 5)).toEqual([lan]);
});

test("What asks of the schema alone has no row, and needs nobody", () => {
  expect(readRowAskers(undefined, 0)).toEqual([]);
  expect(readRowAskers({ askers: [lan], rows: [] }, 0)).toEqual([lan]);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["no askers", { rows: [0, 0] }],
  ["nobody", { askers: [], rows: [] }],
  ["askers that are no list", { askers: lan, rows: [0, 0] }],
  ["no rows", { askers: [lan] }],
  ["rows that are no list", { askers: [lan], rows: { 0: 0, 1: 0 } }],
  ["too few rows", { askers: [lan], rows: [0] }],
  ["too many rows", { askers: [lan], rows: [0, 0, 0] }],
  ["several askers and no rows", { askers: [lan, minh], rows: [] }],
  ["a row that is nobody's", { askers: [lan], rows: [0, []] }],
  ["a row of one who is not there", { askers: [lan], rows: [0, 1] }],
  ["a row of one before the first", { askers: [lan], rows: [0, -1] }],
  ["a row of half an asker", { askers: [lan, minh], rows: [0, 0.5] }],
  ["a row by name", { askers: [lan], rows: [0, "0"] }],
  ["a row of a list in a list", { askers: [lan], rows: [0, [[0]]] }],
  ["a row without a place", { askers: [lan], rows: [0, null] }],
  ["one who asks for nothing", { askers: [lan, minh], rows: [0, 0] }],
  ["an asker that is none", { askers: [null], rows: [0, 0] }],
  ["an asker by text", { askers: ["ubnd-00004"], rows: [0, 0] }],
  ["no agency", { askers: [{ ...lan, agency: undefined }], rows: [0, 0] }],
  ["an empty agency", { askers: [{ ...lan, agency: "" }], rows: [0, 0] }],
  ["an agency of two lines", { askers: [{ ...lan, agency: "a\nb" }], rows: [0, 0] }],
  ["a long agency", { askers: [{ ...lan, agency: "a".repeat(101) }], rows: [0, 0] }],
  ["no purpose", { askers: [{ ...lan, purpose: undefined }], rows: [0, 0] }],
  ["two purposes", { askers: [{ ...lan, purpose: ["a", "b"] }], rows: [0, 0] }],
  ["no lane", { askers: [{ ...lan, lane: undefined }], rows: [0, 0] }],
  ["a lane of its own", { askers: [{ ...lan, lane: "express" }], rows: [0, 0] }],
  ["no request", { askers: [{ ...lan, requestId: undefined }], rows: [0, 0] }],
  ["a case that is null", { askers: [{ ...lan, case: null }], rows: [0, 0] }],
  ["a case that is a path", { askers: [{ ...lan, case: "../a" }], rows: [0, 0] }],
])("Two rows are refused with %s", (_, extensions) => {
  expect(() => readRowAskers(extensions, 2)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        /^A call must say who asks for each of its rows, and why: .+\.$/,
      ),
      extensions: { code: "UNAUTHENTICATED", http: { status: 401 } },
    }),
  );
});
