import { expect, test } from "vitest";
import { killGateways } from "../support/killed-gateways.ts";

test("two hundred gateways killed under load pass no record over the owner's limit, and lose none", async () => {
  const killed = await killGateways(200, 2);
  console.log(killed);
  const { kills, limit, most, exhausted, answered, afterKills, atLast } = killed;
  expect(kills).toBe(200);
  expect(exhausted).toBeGreaterThan(0);
  expect(afterKills).toMatchObject([{ leased: 0, doubt: 0, spent: afterKills[0]?.meter }]);
  expect(most).toBe(limit);
  expect(answered).toBeLessThanOrEqual(limit);
  expect(atLast).toMatchObject([{ free: 0, leased: 0, doubt: 0, spent: limit, meter: limit }]);
});
