import { expect, test } from "vitest";
import { findAccountBreaches } from "./account.ts";

const settled = {
  ...{ source: "population", open: 0, spent: 359, meter: 359 },
  ...{ overTheLimit: 0, equal: true },
};

test("An account that is settled breaks nothing", () => {
  expect(findAccountBreaches([settled])).toEqual([]);
});

test("Every fault of an account is found", () => {
  const lost = findAccountBreaches([{ ...settled, meter: 358, equal: false }]);
  expect(lost).toMatchObject([
    { bound: "ledger and meter say the same", seen: "359 spent, 358 by the meter, 0 open" },
  ]);
  expect(findAccountBreaches([{ ...settled, overTheLimit: 1 }])).toMatchObject([
    { bound: "the limit is kept", seen: "1 over it" },
  ]);
});
