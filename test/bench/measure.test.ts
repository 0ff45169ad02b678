import { expect, it } from "vitest";
import { compareWithFirst } from "./measure.ts";
import type { Measurement } from "./measure.ts";

it("A gateway stands beside each other one at the same number of connections", () => {
  const one = (gateway: string, connections: number, factor: number): Measurement => ({
    gateway,
    connections,
    requestsPerSecond: 100 * factor,
    cpuMs: 1 / factor,
    p50: 10 / factor,
    p95: 20 / factor,
    p99: 30 / factor,
    failures: 0,
  });
  const measured = [one("ours", 1, 2), one("other", 1, 1), one("ours", 32, 5), one("other", 32, 1)];
  expect(compareWithFirst(measured)).toEqual([
    {
      ...{ gateway: "ours", to: "other", connections: 1 },
      ...{ requestsPerCpuSecond: 2, requestsPerSecond: 2, p50: 0.5, p95: 0.5 },
    },
    {
      ...{ gateway: "ours", to: "other", connections: 32 },
      ...{ requestsPerCpuSecond: 5, requestsPerSecond: 5, p50: 0.2, p95: 0.2 },
    },
  ]);
  expect(compareWithFirst([])).toEqual([]);
});
