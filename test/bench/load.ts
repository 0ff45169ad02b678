import autocannon from "autocannon";

/** One round of load against one gateway. Times in milliseconds. */
export interface Round {
  readonly requests: number;
  readonly seconds: number;
  /** Answers that were not HTTP 200, and connections that broke. */
  readonly failures: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Sends the Dossier as fast as the answers come, each request for the next person of `pins`.
 *
 * @param url of the gateway's `/graphql`
 */
export async function loadGateway(
  url: string,
  { query, pins, connections, seconds }: LoadPlan,
): Promise<Round> {
  let next = 0;
  const times: number[] = [];
  let failures = 0;
  const started = performance.now();
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections,
        duration: seconds,
        method: "POST",
        headers: { "content-type": "application/json" },
        requests: [
          {
            setupRequest: (request) => ({
              ...request,
              body: JSON.stringify({ query, variables: { pin: pins[next++ % pins.length] } }),
            }),
          },
        ],
      },
      (error: unknown, done: autocannon.Result) => (error ? reject(error) : resolve(done)),
    );
    run.on("response", (_client, statusCode, _bytes, responseTime) => {
      times.push(responseTime);
      if (statusCode !== 200) failures++;
    });
  });
  const elapsed = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    requests: times.length,
    seconds: elapsed,
    failures: failures + result.errors,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
  };
}

export interface LoadPlan {
  readonly query: string;
  readonly pins: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

/** The value below which `share` of the sorted values lie; NaN of none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
