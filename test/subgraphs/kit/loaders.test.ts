import { expect, test } from "vitest";
import {
  loaderOfMany,
  loaderOfManyUnderKeys,
  loaderOfOne,
} from "../../../subgraphs/kit/loaders.ts";

interface Row {
  readonly id: number;
  readonly keys: readonly (string | null)[];
}

/** An adapter over rows in memory that remembers what it was asked. */
function keep(...rows: readonly Row[]) {
  const calls: (readonly string[])[] = [];
  return {
    calls,
    load: async (keys: readonly string[]) => {
      calls.push(keys);
      return rows.filter((row) => row.keys.some((key) => key !== null && keys.includes(key)));
    },
  };
}

const firstKey = ({ keys }: Row) => keys[0] as string;
const idsOf = (lists: readonly (readonly Row[])[]) => lists.map((rows) => rows.map(({ id }) => id));

test("Rows in any order go to the keys that asked, and a key without one gets null", async () => {
  const { load, calls } = keep({ id: 2, keys: ["b"] }, { id: 1, keys: ["a"] });
  const loader = loaderOfOne(load, firstKey);
  const rows = await Promise.all(["a", "x", "b", "a"].map((key) => loader.load(key)));
  expect(rows.map((row) => row?.id)).toEqual([1, undefined, 2, 1]);
  expect(rows[1]).toBeNull();
  expect(calls).toEqual([["a", "x", "b"]]);
});

test("The rows of a key keep the order of the statement, and none is an empty list", async () => {
  const { load, calls } = keep(
    { id: 3, keys: ["a"] },
    { id: 2, keys: ["b"] },
    { id: 1, keys: ["a"] },
  );
  const loader = loaderOfMany(load, firstKey);
  const lists = await Promise.all(["a", "x", "b"].map((key) => loader.load(key)));
  expect(idsOf(lists)).toEqual([[3, 1], [], [2]]);
  expect(calls).toHaveLength(1);
});

test("A row under two keys of one list comes once, and to every list that has a key of it", async () => {
  const { load, calls } = keep(
    { id: 5, keys: ["hoa", "minh"] },
    { id: 4, keys: ["hoa-former", null] },
    { id: 3, keys: ["hoa", "hoa-former"] },
  );
  const loader = loaderOfManyUnderKeys(load, ({ keys }) => keys);
  const lists = await Promise.all([
    loader.load(["hoa-former", "hoa"]),
    loader.load(["minh"]),
    loader.load(["nobody"]),
    loader.load(["hoa-former", "hoa"]),
  ]);
  expect(idsOf(lists)).toEqual([[5, 4, 3], [5], [], [5, 4, 3]]);
  expect(calls).toEqual([["hoa-former", "hoa", "minh", "nobody"]]);
});

test("A failure is every key's, and one and the same", async () => {
  const failure = new Error("gone");
  const loader = loaderOfOne<string, Row>(() => Promise.reject(failure), firstKey);
  const outcomes = await Promise.allSettled([loader.load("a"), loader.load("b")]);
  expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason)).toEqual([
    failure,
    failure,
  ]);
});
