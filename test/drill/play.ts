import { setTimeout as pause } from "node:timers/promises";
import type { Line, LogLine } from "./gateway.ts";
import { judgeAnswer } from "./judge.ts";
import type { Verdict } from "./judge.ts";
import type { Asked, Load } from "./load.ts";
import type { Scene } from "./scenes.ts";
import type { Stage } from "./stage.ts";

/** An answer under the load, judged. Times in milliseconds since 1970. */
export interface Judged extends Verdict {
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** All that was seen of a scene: calm before, the scene itself, and the recovery. */
export interface Played {
  readonly scene: Scene;
  readonly beganAt: number;
  /** When what was broken was whole again. */
  readonly healedAt: number;
  readonly answers: readonly Judged[];
  /** Each state of a line that was seen since it began. */
  readonly lines: readonly Line[];
  /** Logged since it began. */
  readonly log: readonly LogLine[];
  /** Calls to all sources since it began. */
  readonly calls: number;
}

export interface PlayOptions {
  readonly seconds: number;
  readonly now: () => number;
  /** The load that runs all the while, and what has come of it. */
  readonly load: Load;
  readonly answers: readonly Judged[];
}

/** Milliseconds of calm before a scene, at most: they are what it is compared with. */
const calmMs = 3_000;
/** Milliseconds without a loss after which all is well again. */
const quietMs = 1_000;
/** Beyond the longest time for which a line stays open after a scene of a minute. */
const longestRecoveryMs = 45_000;
/** Milliseconds between two looks at the lines. */
const lookEveryMs = 50;

/** Judges an answer as it comes. */
export function judgeAsked(asked: Asked, { book }: Stage): Judged {
  const { pin, sentAt, receivedAt } = asked;
  const verdict = judgeAnswer(asked, book.lifeOf(pin), book.lifeUnderOneNumber(pin));
  return { sentAt, receivedAt, ...verdict };
}

/** Plays one scene under load, and waits until everything is well again. */
export async function playScene(
  scene: Scene,
  { gateway, registers, ledger }: Stage,
  { seconds, now, load, answers }: PlayOptions,
): Promise<Played> {
  const first = answers.length;
  await pause(Math.min(calmMs, seconds * 1000));

  const loggedBefore = gateway.log.length;
  const callsBefore = sum(await gateway.countCalls());
  const watch = watchLines(gateway.readLines);
  const beganAt = now();
  const end = await scene.begin({ registers, ledger });
  await pause(seconds * 1000);
  await end();
  const healedAt = now();

  const isWell = () => {
    const since = Math.min(now(), load.waitingSince()) - quietMs;
    const lossy = answers.slice(first).some((answer) => answer.sentAt > since && !isFull(answer));
    return !lossy && since > healedAt && watch.allUp();
  };
  while (!isWell() && now() - healedAt < longestRecoveryMs) await pause(lookEveryMs);
  const lines = await watch.stop();
  for (const register of Object.values(registers)) register.requests.length = 0;
  return {
    scene,
    beganAt,
    healedAt,
    answers: answers.slice(first),
    lines: lines.filter(({ since }) => since >= beganAt),
    log: gateway.log.slice(loggedBefore),
    calls: sum(await gateway.countCalls()) - callsBefore,
  };
}

/** Whether an answer lost nothing, and owes nothing to an older one. */
export function isFull({ answered, lost, sources }: Judged): boolean {
  return answered && lost.size === 0 && sources.every(({ status }) => status !== "STALE");
}

/** Looks at the lines again and again, and remembers each state that it saw. */
function watchLines(readLines: () => Promise<Line[]>) {
  const seen = new Map<string, Line>();
  let last: readonly Line[] = [];
  let over = false;
  const watching = (async () => {
    while (!over) {
      last = await readLines();
      for (const line of last) seen.set(JSON.stringify(line), line);
      await pause(lookEveryMs);
    }
  })();
  return {
    allUp: () => last.length > 0 && last.every(({ state }) => state === "UP"),
    async stop(): Promise<Line[]> {
      over = true;
      await watching;
      return [...seen.values()];
    },
  };
}

function sum(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((all, count) => all + count, 0);
}
