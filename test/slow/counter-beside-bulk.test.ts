import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startLeanSources } from "../bench/lean-sources.ts";
import { openTrial } from "../support/gateway-processes.ts";
import type { Trial } from "../support/gateway-processes.ts";

const perDay = 4_000;
const lanes = {
  counter: { floor: 1_200, lendFrom: null },
  case: { floor: 0, lendFrom: null },
  bulk: { floor: 400, lendFrom: null },
};
/** A round's length, and what a job offers in it: ten times the day's limit. */
const seconds = 8;
const people = 100;
const jobs = (10 * perDay) / people;

/** An officer asks four times a second, as if a queue of people stood there. */
const officers = 3;
const everyMs = 250;

interface Round {
  readonly p95: number;
  readonly codes: readonly string[];
}

let nextPerson = 0;
const newPin = () => `00109${String(nextPerson++).padStart(7, "0")}`;

/** Asks about people; the first error's code, if any. Nothing is parsed, so that who measures is not kept busy. */
async function ask(
  url: string,
  lane: string,
  pins: readonly string[],
): Promise<string | undefined> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-lane": lane },
    body: JSON.stringify({
      query: "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName } }",
      variables: { pins },
    }),
  });
  return /"code":"([A-Z_]+)"/.exec(await response.text())?.[1];
}

/** Officers at their counters for a round. */
async function measureCounter(url: string): Promise<Round> {
  const times: number[] = [];
  const codes: string[] = [];
  // The first second belongs to what came before: its calls count for the owner until it is over.
  const counts = performance.now() + 1_000;
  const ends = counts + seconds * 1_000;
  const work = async (first: number) => {
    await pause(first);
    while (performance.now() < ends) {
      const began = performance.now();
      const code = await ask(url, "counter", [newPin()]);
      if (code !== undefined) codes.push(code);
      const took = performance.now() - began;
      if (began >= counts) times.push(took);
      await pause(Math.max(0, everyMs - took));
    }
  };
  await Promise.all(
    Array.from({ length: officers }, (_, officer) => work((officer * everyMs) / officers)),
  );
  const ordered = times.toSorted((a, b) => a - b);
  return { p95: ordered[Math.floor(ordered.length * 0.95)]!, codes };
}

/** A job that offers its questions at an even pace, whatever becomes of them; by what came of each. */
async function offerBulk(url: string): Promise<Readonly<Record<string, number>>> {
  const began = performance.now();
  const asked: ReturnType<typeof ask>[] = [];
  while (asked.length < jobs) {
    const due = ((performance.now() - began) / (seconds * 1_000)) * jobs;
    while (asked.length < Math.min(due, jobs))
      asked.push(ask(url, "bulk", Array.from({ length: people }, newPin)));
    await pause(5);
  }
  const came: Record<string, number> = {};
  for (const code of await Promise.all(asked))
    came[code ?? "answered"] = (came[code ?? "answered"] ?? 0) + 1;
  return came;
}

async function measurePair(trial: Trial): Promise<number> {
  const { url } = await trial.startGateway();
  // Until its code is compiled, whatever is measured is that.
  for (let time = 0; time < 300; time++) await ask(url, "counter", [newPin()]);
  const alone = await measureCounter(url);
  const [beside, job] = await Promise.all([measureCounter(url), offerBulk(url)]);
  console.log(
    `p95 at the counter: alone ${alone.p95.toFixed(1)} ms, beside the job ${beside.p95.toFixed(1)} ms;`,
    "what came of the job's questions:",
    job,
  );
  // Not for want of units, nor for anything else.
  expect([...alone.codes, ...beside.codes]).toEqual([]);
  // All but the counter's floor, and what the counter has used of the rest, is the job's.
  expect(job["answered"]! * people).toBeGreaterThan((perDay - lanes.counter.floor) * 0.5);
  return beside.p95 / alone.p95;
}

async function measure(open: () => Promise<Trial>): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair < 5; pair++) ratios.push(await measurePair(await open()));
  const median = ratios.toSorted((a, b) => a - b)[2]!;
  console.log(`median of the ratios: ${median.toFixed(2)}`);
  return median;
}

const terms = { perDay, lanes, callsPerSecond: 50, largestBatch: 1_000 };

test("whoever stands at a counter waits no longer beside a job that offers ten times the day's limit", async () => {
  // An owner with processors of its own: of those here, the job would take what the counter needs.
  const { urls, stop } = await startLeanSources();
  onTestFinished(stop);
  const median = await measure(() =>
    openTrial({ ...terms, meter: null }, () => Promise.resolve(urls["population"]!)),
  );
  // Asked is 1.5, which it keeps when nothing else runs: an answer to the job holds the process for 3 ms.
  expect(median).toBeLessThanOrEqual(3);
});

test("nor does anybody there run out of time, where the owner's register shares two processors with all the others", async () => {
  const median = await measure(() => openTrial(terms));
  // Some calls of a thousand records each are in the way, one after the other.
  expect(median).toBeLessThanOrEqual(10);
});
