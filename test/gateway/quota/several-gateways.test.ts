import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { beginLoad, openTrial } from "../../support/gateway-processes.ts";

/** Answers its own address, and notes when each call to the owner comes by. */
function noteArrivals(arrivals: number[]): (url: string) => Promise<string> {
  return async (owner) => {
    const server = createServer((incoming, outgoing) => {
      // What is asked of the meter and of health is no call for records.
      if (incoming.url === "/graphql") arrivals.push(performance.now());
      const { method, headers } = incoming;
      const onward = forward(new URL(incoming.url!, owner), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      incoming.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  };
}

/** The most arrivals in any second, wherever it begins. */
function mostInASecond(arrivals: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [last, at] of arrivals.entries()) {
    while (at - arrivals[first]! >= 1_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

test("two gateways on one ledger spend an owner's day to the record, and nobody is refused before", async () => {
  const limit = 1_500;
  const trial = await openTrial({ perDay: limit });
  const gateways = await Promise.all([trial.startGateway(), trial.startGateway()]);
  const loads = gateways.map(({ url }) => beginLoad(url, { officers: 8 }));
  await expect
    .poll(() => loads.every(({ result }) => (result.refused["QUOTA_EXHAUSTED"] ?? 0) > 0))
    .toBe(true);
  const results = await Promise.all(loads.map((load) => load.stop()));
  expect(await trial.readMeter()).toBe(limit);
  const answered = results.map((result) => result.answered);
  expect(answered[0]! + answered[1]!).toBe(limit);
  expect(Math.min(...answered)).toBeGreaterThan(0);
  expect(results.flatMap(({ refused }) => Object.keys(refused))).toEqual([
    "QUOTA_EXHAUSTED",
    "QUOTA_EXHAUSTED",
  ]);
  await expect
    .poll(() => trial.reconcile())
    .toMatchObject({ leased: 0, doubt: 0, spent: limit, meter: limit, equal: true });
}, 60_000);

test.each([1, 2])(
  "%i gateways never call an owner more often in any second than its terms allow, and nearly as often",
  async (count) => {
    const callsPerSecond = 20;
    const arrivals: number[] = [];
    // Each call asks for one record.
    const trial = await openTrial(
      { perDay: 100_000, callsPerSecond, largestBatch: 1 },
      noteArrivals(arrivals),
    );
    const gateways = await Promise.all(Array.from({ length: count }, () => trial.startGateway()));
    const loads = gateways.map(({ url }) => beginLoad(url, { officers: 40 }));
    await expect.poll(() => arrivals.length).toBeGreaterThan(callsPerSecond * 5);
    await Promise.all(loads.map((load) => load.stop()));
    expect(mostInASecond(arrivals)).toBeLessThanOrEqual(callsPerSecond);
    expect(mostInASecond(arrivals)).toBeGreaterThan(callsPerSecond / 2);
  },
  60_000,
);

test("a gateway that sleeps through the end of its lease wakes to find that it may spend nothing of it", async () => {
  const limit = 2_000;
  const trial = await openTrial({ perDay: limit, timeoutMs: 500 });
  const [sleeper, other] = await Promise.all([trial.startGateway(), trial.startGateway()]);
  const load = beginLoad(sleeper.url);
  await expect.poll(() => load.result.answered).toBeGreaterThan(100);
  sleeper.signal("SIGSTOP");
  // The other settles for it: what it held goes back, what it had sent is asked for.
  await expect
    .poll(() => trial.reconcile(), { timeout: 20_000 })
    .toMatchObject({ leased: 0, doubt: 0, equal: true });
  const rest = beginLoad(other.url);
  await expect.poll(() => rest.result.answered).toBeGreaterThan(100);
  sleeper.signal("SIGCONT");
  await expect
    .poll(() => [load, rest].every(({ result }) => (result.refused["QUOTA_EXHAUSTED"] ?? 0) > 0))
    .toBe(true);
  await Promise.all([load.stop(), rest.stop()]);
  expect(await trial.readMeter()).toBe(limit);
  await expect
    .poll(() => trial.reconcile(), { timeout: 20_000 })
    .toMatchObject({ leased: 0, doubt: 0, spent: limit, equal: true });
}, 90_000);
