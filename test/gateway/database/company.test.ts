import { expect, test } from "vitest";
import { countTurns } from "../../../gateway/database/company.ts";

/** Ends with the turn of the event loop that runs now. */
const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("Who is alone waits until the turn ends", async () => {
  const company = countTurns(() => 0)(() => 1).then(() => "leaves");
  const later = endOfTurn().then(() => "another turn");
  expect(await Promise.race([company, later])).toBe("leaves");
});

test("As long as each turn brings more, they wait for each other", async () => {
  let waiting = 1;
  let left = false;
  const company = countTurns(() => 0)(() => waiting).then(() => {
    left = true;
  });
  for (let turn = 0; turn < 20; turn++) {
    waiting++;
    await endOfTurn();
    expect(left).toBe(false);
  }
  await company;
});

test("However many come, nobody waits longer than 16 ms", async () => {
  let now = 0;
  let waiting = 1;
  let turns = 0;
  await countTurns(() => now)(() => {
    now += 4;
    turns++;
    return ++waiting;
  });
  expect(turns).toBe(4);
});
