import { expect, test } from "vitest";
import { killGateways } from "../../support/killed-gateways.ts";

test("twenty gateways killed under load pass no record over the owner's limit, and lose none", async () => {
  const { kills, limit, counted, answered, lost } = await killGateways(20, 4_000, 1);
  expect(kills).toBe(20);
  expect(counted).toBe(limit);
  expect(answered).toBeLessThanOrEqual(counted);
  expect(lost).toEqual([0, 0]);
}, 120_000);
