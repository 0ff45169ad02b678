import { expect, test } from "vitest";
import { openTrial } from "../support/gateway-processes.ts";
import { beginLoad } from "../support/officers.ts";
import { makeOwnerGate } from "../support/owner-gate.ts";

test("gateways that are killed, stopped and started in each other's places never call an owner more often in any second than its terms allow", async () => {
  const callsPerSecond = 20;
  const gate = makeOwnerGate();
  const terms = { perDay: 100_000, callsPerSecond, largestBatch: 1, timeoutMs: 20_000 };
  const trial = await openTrial(terms, gate.place);
  const begin = async () => {
    const gateway = await trial.startGateway();
    return { gateway, load: beginLoad(gateway.url, { officers: 40 }) };
  };
  const running = [await begin(), await begin()];
  for (let round = 0; round < 8; round++) {
    const next = begin();
    const seen = gate.arrived();
    await expect
      .poll(() => gate.arrived() - seen, { timeout: 60_000 })
      .toBeGreaterThan(2 * callsPerSecond);
    const { gateway, load } = running.shift()!;
    gateway.signal(round % 2 ? "SIGTERM" : "SIGKILL");
    running.push(await next);
    await gateway.ended;
    await load.stop();
  }
  await Promise.all(running.map(({ load }) => load.stop()));
  console.log(`${gate.arrived()} calls, at most ${gate.mostInASecond()} in a second`);
  expect(gate.mostInASecond()).toBeLessThanOrEqual(callsPerSecond);
  expect(gate.mostInASecond()).toBeGreaterThan(callsPerSecond / 2);
}, 300_000);
