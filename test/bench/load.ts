import { readFileSync } from "node:fs";
import autocannon from "autocannon";

/** What the benchmark asks of every gateway: one citizen's life in four ministries. */
export const dossierQuery = readFileSync(
  new URL("../../schema/operations/dossier.graphql", import.meta.url),
  "utf8",
);

/** One round of load against one gateway. Times in milliseconds. */
export interface Round {
  readonly requests: number;
  readonly seconds: number;
  /** Answers that were not HTTP 200 or had an error in them, and connections that broke. */
  readonly failures: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface LoadPlan {
  /** Says of whom the next request is. */
  readonly nextPerson: () => string;
  readonly connections: number;
  /** Who asks, and what. */
  readonly asks: Asks;
  /** When it ends. */
  readonly until: { readonly seconds: number } | { readonly requests: number };
}

/** What requests hold; each time for another person. */
export interface Asks {
  /** @param place of the request, from 0 */
  headersOf(place: number): Readonly<Record<string, string>>;
  bodyOf(pin: string): string;
}

/** The Dossier, asked from so many agencies in turn. */
export function askDossierFor(agencies: number): Asks {
  const headers = Array.from({ length: agencies }, (_, index) => ({
    "content-type": "application/json",
    "x-agency": `agency-${index}`,
  }));
  return { headersOf: (place) => headers[place % agencies]!, bodyOf: dossierBody };
}

/** The body of a request for one citizen's Dossier. */
export function dossierBody(pin: string): string {
  return `${bodyStart}${pin}"}}`;
}
const bodyStart = `{"query":${JSON.stringify(dossierQuery)},"variables":{"pin":"`;

/**
 * Asks as fast as the answers come, each request for another person.
 *
 * @param url of the gateway's `/graphql`
 */
export async function loadGateway(
  url: string,
  { nextPerson, connections, asks, until }: LoadPlan,
): Promise<Round> {
  let next = 0;
  const times: number[] = [];
  let failures = 0;
  const started = performance.now();
  const result = await new Promise<autocannon.Result & { mismatches: number }>(
    (resolve, reject) => {
      const run = autocannon(
        {
          url,
          connections,
          ...("seconds" in until ? { duration: until.seconds } : { amount: until.requests }),
          method: "POST",
          // An answer that lost a part is quickly given, and is none.
          verifyBody: (body) => !String(body).includes('"errors":['),
          requests: [
            {
              setupRequest: (request) => ({
                ...request,
                headers: asks.headersOf(next++),
                body: asks.bodyOf(nextPerson()),
              }),
            },
          ],
        },
        (error, done) => (error ? reject(error) : resolve(done)),
      );
      run.on("response", (_client, statusCode, _bytes, responseTime) => {
        times.push(responseTime);
        if (statusCode !== 200) failures++;
      });
    },
  );
  const elapsed = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    requests: times.length,
    seconds: elapsed,
    failures: failures + result.errors + result.mismatches,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
  };
}

/** The value below which `share` of the sorted values lie; NaN of none. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
