import { expect, test } from "vitest";
import { killGateways } from "../support/killed-gateways.ts";

test("two hundred gateways killed under load pass no record over the owner's limit, and lose none", async () => {
  const killed = await killGateways(200, 2);
  console.log(killed);
  const { kills, limit, most, refused, answered, afterKills, atLast } = killed;
  expect(kills).toBe(200);
  expect(afterKills).toMatchObject([{ leased: 0, doubt: 0, spent: afterKills[0]?.meter }]);
  expect(most).toBe(limit);
  expect(refused["QUOTA_EXHAUSTED"]).toBeGreaterThan(0);
  expect(answered).toBeLessThanOrEqual(limit);
  expect(atLast).toMatchObject([{ free: 0, leased: 0, doubt: 0, spent: limit, meter: limit }]);
}, 1_800_000);
