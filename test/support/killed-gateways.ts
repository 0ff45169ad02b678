import { setTimeout as pause } from "node:timers/promises";
import { lanes } from "../../schema/terms.ts";
import { makeRandom } from "../../subgraphs/seed/random.ts";
import { openTrial } from "./gateway-processes.ts";
import type { DayCompared } from "./gateway-processes.ts";
import { beginLoad, exhaustions, isExhausted } from "./officers.ts";

/** What became of a day's records while its gateways were killed. */
export interface Killed {
  /** Gateways that listened, had calls under way, and were ended by `kill -9`. */
  readonly kills: number;
  /** Records that the terms allow a day. */
  readonly limit: number;
  /** The most that the owner's meter ever showed. */
  readonly most: number;
  /** Questions without an answer before the last gateway was killed, by what came in its place. */
  readonly refused: Readonly<Record<string, number>>;
  /** Records that came with an answer. */
  readonly answered: number;
  /** Ledger and meter when all gateways but one idle one were dead, by day. */
  readonly afterKills: readonly DayCompared[];
  /** The same when that one had spent what was left. */
  readonly atLast: readonly DayCompared[];
}

/** Questions that are answered, or refused because the day is spent, before a kill: at most so many. */
const mostQuestions = 120;

/** Milliseconds from the last of them to the kill, at most: some of what a call and its settling take. */
const mostMs = 25;

/**
 * Kills one gateway after the other at random moments under load, on one ledger, and lets a last one spend
 * what is left of the day, whose limit is reached before. A gateway starts while the one before it works,
 * as where several run.
 *
 * Time-outs are shortened to half a second, so that a dead gateway's leases may be closed after six and a
 * half. All clocks are the machine's.
 */
export async function killGateways(kills: number, seed: number): Promise<Killed> {
  const random = makeRandom(20_26, seed);
  const moments = Array.from({ length: kills }, () => ({
    lane: random.pick(lanes),
    questions: random.between(1, mostQuestions),
    ms: random.unit() * mostMs,
  }));
  const limit = Math.floor(0.8 * moments.reduce((sum, { questions }) => sum + questions, 0));
  const trial = await openTrial({ perDay: limit, timeoutMs: 500 });
  let killed = 0;
  let answered = 0;
  const refused: Record<string, number> = {};
  let most = 0;
  // Only one that ends in peace keeps what it has compiled, for all who come after it.
  const first = await trial.startGateway();
  first.signal("SIGTERM");
  await first.ended;
  let next = trial.startGateway();
  for (const { lane, questions, ms } of moments) {
    const gateway = await next;
    next = trial.startGateway();
    const load = beginLoad(gateway.url, { lane });
    await load.until((result) => result.answered + exhaustions(result) >= questions);
    await pause(ms);
    gateway.signal("SIGKILL");
    await gateway.ended;
    const result = await load.stop();
    answered += result.answered;
    for (const [code, times] of Object.entries(result.refused))
      refused[code] = (refused[code] ?? 0) + times;
    // Its officers were cut off, and nobody listens in its place.
    const isGone = await fetch(gateway.url).then(
      () => false,
      () => true,
    );
    if (isGone && result.refused["gone"]) killed++;
    most = Math.max(most, await trial.readMeter());
  }

  const last = await next;
  // Idle, it holds nothing, so that all of the ledger is at rest.
  const afterKills = await trial.settle();
  const load = beginLoad(last.url);
  await load.until(isExhausted);
  answered += (await load.stop()).answered;
  last.signal("SIGTERM");
  await last.ended;
  most = Math.max(most, await trial.readMeter());
  return {
    kills: killed,
    limit,
    most,
    refused,
    answered,
    afterKills,
    atLast: await trial.settle(),
  };
}
