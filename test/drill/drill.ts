import { setTimeout as pause } from "node:timers/promises";
import { runProgram } from "../../schema/program.ts";
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
  let seen: Awaited<ReturnType<typeof playAll>>;
  try {
    seen = await playAll(stage, options, say);
  } finally {
    await stage.stop();
  }
  const { calmP95, figures, breaches } = seen;
  say(drillTable(figures, breaches, calmP95));
  if (json)
    console.log(
      JSON.stringify({ seconds, rate, citizens, calmP95, scenes: figures, breaches }, null, 2),
    );
  return breaches.length === 0 ? 0 : 1;
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
  return { calmP95, figures, breaches };
}

if (import.meta.main) await runProgram(main);
