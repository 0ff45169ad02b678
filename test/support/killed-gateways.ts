import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { makeRandom } from "../../subgraphs/seed/random.ts";
import { beginLoad, openTrial } from "./gateway-processes.ts";

/** What became of a day's records while its gateways were killed. */
export interface Killed {
  /** Gateways that were ended by `kill -9` under load. */
  readonly kills: number;
  /** Records that the owner allows a day. */
  readonly limit: number;
  /** What the owner has counted when all was spent. */
  readonly counted: number;
  /** Of those, records that came with an answer. */
  readonly answered: number;
  /** Records between ledger and meter after each reconciliation. */
  readonly lost: readonly number[];
}

/** A load runs at most so long before its gateway is killed. */
const longestMs = 250;

/**
 * Kills one gateway after the other at random moments under load, on one ledger, and lets a last one spend
 * what is left of the day. A gateway starts while the one before it works, as where several run.
 */
export async function killGateways(kills: number, limit: number, seed: number): Promise<Killed> {
  const random = makeRandom(20_26, seed);
  const trial = await openTrial({ perDay: limit, timeoutMs: 500 });
  let answered = 0;
  let killed = 0;
  let next = trial.startGateway();
  for (let round = 0; round < kills; round++) {
    const gateway = await next;
    next = trial.startGateway();
    const load = beginLoad(gateway.url);
    // From the first answer on, so that no round is over before it has begun.
    await expect
      .poll(() => load.result.answered + refusals(load.result.refused))
      .toBeGreaterThan(0);
    await pause(random.unit() * longestMs);
    gateway.signal("SIGKILL");
    await gateway.ended;
    answered += (await load.stop()).answered;
    killed += load.result.refused["gone"] ? 1 : 0;
    expect(await trial.readMeter()).toBeLessThanOrEqual(limit);
  }

  const lost: number[] = [];
  const settle = async () => {
    // A dead gateway's leases are closed when they have ended; until then all of them counts as spent.
    const settled = await expect
      .poll(() => trial.reconcile(), { timeout: 30_000, interval: 200 })
      .toMatchObject({ leased: 0, doubt: 0 })
      .then(() => trial.reconcile());
    lost.push(settled!.spent - settled!.meter);
  };
  const last = await next;
  // Idle, it holds nothing, so that all of the ledger is at rest.
  await settle();
  const load = beginLoad(last.url);
  await expect
    .poll(() => load.result.refused["QUOTA_EXHAUSTED"] ?? 0, { timeout: 120_000 })
    .toBeGreaterThan(0);
  answered += (await load.stop()).answered;
  last.signal("SIGTERM");
  await last.ended;
  await settle();
  return { kills: killed, limit, counted: await trial.readMeter(), answered, lost };
}

function refusals(refused: Readonly<Record<string, number>>): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0);
}
