import { expect, test } from "vitest";
import { killGateways } from "../support/killed-gateways.ts";

test("two hundred gateways killed under load pass no record over the owner's limit, and lose none", async () => {
  const killed = await killGateways(200, 20_000, 2);
  console.log(killed);
  expect(killed.kills).toBe(200);
  expect(killed.counted).toBe(killed.limit);
  expect(killed.answered).toBeLessThanOrEqual(killed.counted);
  expect(killed.lost).toEqual([0, 0]);
});
