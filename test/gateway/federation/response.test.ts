import { describe, expect, test } from "vitest";
import { placeErrors, placeMisfits, sumReports } from "../../../gateway/federation/response.ts";
import type { SourceReport } from "../../../gateway/access.ts";
import { describeLoss } from "../../../gateway/source/source-errors.ts";
import { markLoss, openLossRecord } from "../../../gateway/source/loss.ts";
import type { Loss, LossRecord, Path } from "../../../gateway/source/loss.ts";

const loss = (source: string): Loss => describeLoss("SOURCE_UNAVAILABLE", source, 0);

/** A record of one root fetch, in which some rows lost something. */
function recordOf(root: Record<string, unknown>): LossRecord {
  const record = openLossRecord();
  record.roots.push(root);
  return record;
}

function lose(record: LossRecord, row: object, source: string, paths: Path[], whole = false): void {
  markLoss(
    row as Record<string, unknown>,
    {
      fields: paths.map((path) => ({ path, loss: loss(source) })),
      whole: whole ? loss(source) : null,
      near: ["a", "@"],
    },
    record,
  );
}

const pathsOf = (errors: readonly { path?: unknown }[]) => errors.map(({ path }) => path);

describe("a loss", () => {
  test("stands at its null, wherever its row came to lie", () => {
    const row = { name: null };
    const record = recordOf({ a: [{ b: 1 }, { c: row }] });
    lose(record, row, "s", [["name"]]);
    const errors = placeErrors({ a: [{}, { c: { name: null } }] }, record);
    expect(errors).toEqual([
      {
        message: expect.stringContaining('"s"'),
        path: ["a", 1, "c", "name"],
        extensions: {
          code: "SOURCE_UNAVAILABLE",
          source: "s",
          retryAt: "1970-01-01T00:00:05.000Z",
          nextStep: expect.any(String),
        },
      },
    ]);
  });

  test("stands at the null above it", () => {
    const row = { name: null };
    const record = recordOf({ a: [row] });
    lose(record, row, "s", [["name"]]);
    expect(pathsOf(placeErrors({ a: null }, record))).toEqual([["a"]]);
    expect(pathsOf(placeErrors(null, record))).toEqual([["a"]]);
  });

  test("of a field that was not selected, or that another source knew, has no place", () => {
    const row = { x: null, y: null };
    const record = recordOf({ a: [row] });
    lose(record, row, "s", [["x"], ["y"]]);
    expect(placeErrors({ a: [{ y: 1 }] }, record)).toEqual([]);
  });

  test("of a whole row, of which nothing was selected, stands once at the row", () => {
    const row = { x: null };
    const record = recordOf({ a: [row] });
    lose(record, row, "s", [["x"]], true);
    lose(record, row, "s", [["z"]], true);
    lose(record, row, "t", [["z"]], true);
    const errors = placeErrors({ a: [{ y: 1 }] }, record);
    expect(errors.map(({ path, extensions }) => [path, extensions?.["source"]])).toEqual([
      [["a", 0], "s"],
      [["a", 0], "t"],
    ]);
  });

  test("stands once for each field, whoever lost it", () => {
    const row = { x: null };
    const record = recordOf({ a: [row] });
    lose(record, row, "s", [["x"], ["x", "y"]]);
    lose(record, row, "t", [["x"]]);
    expect(pathsOf(placeErrors({ a: [{ x: null }] }, record))).toEqual([["a", 0, "x"]]);
  });

  test("under the planner's alias stands under the client's name", () => {
    const row = { name__alias_0: null };
    const record = recordOf({ a: [row] });
    lose(record, row, "s", [["name__alias_0"]]);
    expect(pathsOf(placeErrors({ a: [{ name: null }] }, record))).toEqual([["a", 0, "name"]]);
  });

  test("whose row is nowhere in the tree stands at the part of its fetch's path that names one place", () => {
    const record = recordOf({ a: [] });
    lose(record, {}, "s", [["x"]], true);
    expect(pathsOf(placeErrors({ a: [] }, record))).toEqual([["a"]]);
  });
});

test("a null that the executor put up gets an error, unless a loss explains it", () => {
  const data = { a: null, b: null, c: 1 };
  const misfits = [
    { message: "m", path: ["a", "x"] },
    { message: "m", path: ["b"] },
    { message: "m", path: ["c"] },
  ];
  const placed = [{ message: "lost", path: ["b"] }];
  const errors = placeMisfits(data, misfits, placed);
  expect(errors).toMatchObject([
    { path: ["a"], extensions: { code: "SOURCE_ERROR", source: null } },
  ]);
});

describe("a source that was called several times for a request has one report", () => {
  const early = "2026-01-01T00:00:00.000Z";
  const late = "2026-01-02T00:00:00.000Z";
  const report = (status: SourceReport["status"], asOf: string | null, records = 1) => ({
    ...{ name: "s", status, asOf, records },
  });

  test.each([
    ["FRESH", late, "FRESH", early, "FRESH", early],
    ["FRESH", late, "CACHED", early, "CACHED", early],
    // What was just fetched may have been answered before what is told as stale.
    ["STALE", late, "CACHED", early, "STALE", early],
    ["UNAVAILABLE", null, "STALE", early, "STALE", early],
    ["FRESH", late, "UNAVAILABLE", null, "FRESH", late],
    ["UNAVAILABLE", null, "UNAVAILABLE", null, "UNAVAILABLE", null],
  ] as const)(
    "%s as of %s and %s as of %s: %s as of %s",
    (one, asOf, other, otherAsOf, sum, sumAsOf) => {
      const reports = [report(one, asOf), report(other, otherAsOf, 2)];
      expect(sumReports(reports)).toEqual([report(sum, sumAsOf, 3)]);
      expect(sumReports(reports.toReversed())).toEqual([report(sum, sumAsOf, 3)]);
    },
  );

  test("and another source has its own", () => {
    const other = { ...report("CACHED", early), name: "t" };
    expect(sumReports([report("FRESH", late), other])).toEqual([report("FRESH", late), other]);
  });
});
