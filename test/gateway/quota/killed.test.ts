import { expect, test } from "vitest";
import { killGateways } from "../../support/killed-gateways.ts";

test("twenty gateways killed under load pass no record over the owner's limit, and lose none", async () => {
  const { kills, limit, most, refused, answered, afterKills, atLast } = await killGateways(20, 1);
  expect(kills).toBe(20);
  expect(afterKills).toMatchObject([{ leased: 0, doubt: 0, spent: afterKills[0]?.meter }]);
  expect(most).toBe(limit);
  expect(refused["QUOTA_EXHAUSTED"]).toBeGreaterThan(0);
  expect(answered).toBeLessThanOrEqual(limit);
  expect(atLast).toMatchObject([{ free: 0, leased: 0, doubt: 0, spent: limit, meter: limit }]);
}, 300_000);
