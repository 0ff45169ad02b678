import { expect, test } from "vitest";
import { openTrial } from "../support/gateway-processes.ts";
import { beginLoad, isExhausted } from "../support/officers.ts";
import { makeOwnerGate } from "../support/owner-gate.ts";

/** A lease ends in its own time. */
const patience = { timeout: 60_000 };

test("what a gateway sent before it slept through the end of its lease is refused by the owner, uncounted", async () => {
  const limit = 2_000;
  const gate = makeOwnerGate();
  const trial = await openTrial({ perDay: limit, timeoutMs: 500 }, gate.place);
  const [sleeper, other] = await Promise.all([trial.startGateway(), trial.startGateway()]);
  const load = beginLoad(sleeper.url);
  await load.until(({ answered }) => answered > 100);
  // Its calls are on their way, and it holds units besides.
  gate.close();
  await expect.poll(() => gate.held()).toBeGreaterThan(0);
  sleeper.signal("SIGSTOP");

  // The other settles for it: what it held goes back, what it had sent is asked for.
  const [asleep] = await trial.settle();
  expect(asleep).toMatchObject({ leased: 0, doubt: 0, spent: asleep?.meter });
  const late = gate.held();
  gate.open();
  sleeper.signal("SIGCONT");
  await expect.poll(() => gate.refusals["KEY_REFUSED"] ?? 0, patience).toBeGreaterThanOrEqual(late);

  const rest = beginLoad(other.url);
  await Promise.all([load.until(isExhausted), rest.until(isExhausted)]);
  await Promise.all([load.stop(), rest.stop()]);
  expect(await trial.readMeter()).toBe(limit);
  expect(gate.refusals).toEqual({ KEY_REFUSED: late });
  expect(await trial.settle()).toMatchObject([{ spent: limit, meter: limit }]);
}, 120_000);
