import { setTimeout as pause } from "node:timers/promises";
import { runProgram } from "../../schema/program.ts";
import { findAccountBreaches, settleAccounts } from "./account.ts";
import { findBreaches } from "./bounds.ts";
import { reckon, reckonCalm } from "./figures.ts";
import { openLoad } from "./load.ts";
import { help, readOptions } from "./options.ts";
import { drawPeople } from "./people.ts";
import { judgeAsked, playScene } from "./play.ts";
import type { Judged, Played } from "./play.ts";
import { setStage } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { drillTable, sceneLine } from "./tables.ts";
import type { Seen } from "./tables.ts";

type Say = (line: string) => void;
type Options = ReturnType<typeof readOptions>;

/** Milliseconds since 1970, with fractions; the gateway's clock runs as this one does. */
const now = () => performance.timeOrigin + performance.now();

/** A gateway runs for days, and its first answers are slow: so many a second, and milliseconds of that. */
const warmUp = { perSecond: 50, ms: 3_000 };
/** Seconds that calm and recovery take beside a scene, at most on the average. */
const besideSeconds = 8;

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(
      `${(error as Error).message} \`npx lien-thong drill --help\` says how it is used.`,
    );
    return 2;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  const { json, citizens, scenes, seconds, rate } = options;
  const say = json ? console.error : console.log;
  const people =
    scenes.length * (seconds + besideSeconds) * rate + (warmUp.perSecond * warmUp.ms) / 1000;
  const stage = await setStage({ citizens, people, environment: process.env, say });
  if (stage.book.pins.length < people)
    say(
      "There are fewer citizens than may be asked for: some come round while what is known of them is kept, and lose nothing. More are had by --citizens.",
    );
  const seen = await playAndSettle(stage, options, say);
  say(drillTable(seen));
  if (json) console.log(JSON.stringify({ seconds, rate, citizens, ...seen }, null, 2));
  return seen.breaches.length === 0 ? 0 : 1;
}

/** Plays it all, and settles with the owners once the gateway has ended. */
async function playAndSettle(stage: Stage, options: Options, say: Say): Promise<Seen> {
  try {
    const { calmP95, scenes, breaches } = await playAll(stage, options, say);
    await stage.gateway.stop();
    const urls = Object.entries(stage.registers).map(([name, { url }]) => [name, url] as const);
    const { ledger, readBefore } = stage;
    const accounts = await settleAccounts(ledger.url, Object.fromEntries(urls), readBefore);
    return { calmP95, scenes, accounts, breaches: [...breaches, ...findAccountBreaches(accounts)] };
  } finally {
    await stage.stop();
  }
}

/** Plays the scenes one after the other, under one load. */
async function playAll(stage: Stage, { scenes, seconds, rate }: Options, say: Say) {
  const answers: Judged[] = [];
  const people = drawPeople(stage.book.pins, now);
  const open = (perSecond: number) =>
    openLoad({
      url: stage.gateway.url,
      perSecond,
      nextPerson: people.next,
      headersOf: stage.askers.citizen,
      now,
      onAnswer: (asked) => answers.push(judgeAsked(asked, stage)),
    });
  const first = open(warmUp.perSecond);
  await pause(warmUp.ms);
  await first.stop();
  const load = open(rate);
  const played: Played[] = [];
  try {
    for (const scene of scenes) {
      say(`${scene.what}, for ${seconds} s …`);
      const last = await playScene(scene, stage, { seconds, now, load, answers });
      say(sceneLine(reckon(last)));
      played.push(last);
    }
  } finally {
    await load.stop();
  }
  const calmP95 = reckonCalm(played);
  const figures = played.map(reckon);
  const breaches = figures.flatMap((one, index) =>
    findBreaches(one, { calmP95, mute: scenes[index]!.mute }),
  );
  return { calmP95, scenes: figures, breaches };
}

if (import.meta.main) await runProgram(main);
