import type { GatewayProcess } from "./gateways.ts";
import { loadGateway } from "./load.ts";
import type { LoadPlan, Round } from "./load.ts";
import { processorSeconds } from "./processor-time.ts";

/** What one gateway showed at one number of connections: medians over the rounds. */
export interface Measurement {
  readonly gateway: string;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Milliseconds of the gateway's processor time a request. */
  readonly cpuMs: number;
  readonly failures: number;
}

/** A gateway and the people that are asked of it, in turn through all rounds. */
export interface Candidate {
  readonly gateway: GatewayProcess;
  readonly nextPerson: () => string;
}

/**
 * Measures gateways side by side: a round of each in turn, so that what else the machine does meets all
 * of them, and the median of the rounds.
 */
export async function measureSideBySide(
  candidates: readonly Candidate[],
  { rounds, ...plan }: { rounds: number } & Omit<LoadPlan, "nextPerson">,
): Promise<Measurement[]> {
  const measured = candidates.map(() => [] as (Round & { cpuMs: number })[]);
  for (let round = 0; round < rounds; round++)
    for (const [index, { gateway, nextPerson }] of candidates.entries()) {
      const before = processorSeconds(gateway.pid);
      const result = await loadGateway(gateway.url, { ...plan, nextPerson });
      const used = processorSeconds(gateway.pid) - before;
      measured[index]!.push({ ...result, cpuMs: (used * 1000) / result.requests });
    }
  return candidates.map(({ gateway }, index) =>
    summarise(gateway.kind.name, plan.connections, measured[index]!),
  );
}

function summarise(
  gateway: string,
  connections: number,
  rounds: readonly (Round & { cpuMs: number })[],
): Measurement {
  const median = (of: (round: (typeof rounds)[number]) => number) =>
    rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    gateway,
    connections,
    requestsPerSecond: median(({ requests, seconds }) => requests / seconds),
    p50: median(({ p50 }) => p50),
    p95: median(({ p95 }) => p95),
    p99: median(({ p99 }) => p99),
    cpuMs: median(({ cpuMs }) => cpuMs),
    failures: rounds.reduce((sum, { failures }) => sum + failures, 0),
  };
}

/** How the first gateway stands to another: above 1 is more requests, or more time. */
export interface Ratio {
  readonly gateway: string;
  readonly to: string;
  readonly connections: number;
  readonly requestsPerCpuSecond: number;
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p95: number;
}

/** The first gateway beside each other one, at each number of connections. */
export function compareWithFirst(measurements: readonly Measurement[]): Ratio[] {
  const first = measurements[0]?.gateway;
  return measurements.flatMap((other) => {
    const one = measurements.find(
      ({ gateway, connections }) => gateway === first && connections === other.connections,
    );
    if (!one || other.gateway === first) return [];
    return [
      {
        gateway: one.gateway,
        to: other.gateway,
        connections: other.connections,
        requestsPerCpuSecond: other.cpuMs / one.cpuMs,
        requestsPerSecond: one.requestsPerSecond / other.requestsPerSecond,
        p50: one.p50 / other.p50,
        p95: one.p95 / other.p95,
      },
    ];
  });
}
