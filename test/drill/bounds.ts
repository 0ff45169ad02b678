import type { Figures } from "./figures.ts";

/** What is promised of every scene. */
interface Bound {
  readonly name: string;
  /** Whether other work on the machine may break it. */
  readonly ofTime: boolean;
  /** Whether a scene's figures keep it. */
  readonly isKept: (figures: Figures, measure: Measure) => boolean;
  /** What was seen, in few words. */
  readonly seen: (figures: Figures) => string;
}

/** What a scene's figures are held against. */
export interface Measure {
  /** Whether nothing of use came from the sick sources. */
  readonly mute: boolean;
  /** p95 of all answers while nothing was wrong, in milliseconds: a few seconds' alone is chance. */
  readonly calmP95: number;
}

/** A promise that a scene broke. */
export interface Breach {
  readonly scene: string;
  readonly bound: string;
  readonly ofTime: boolean;
  readonly seen: string;
}

/** The owners' time-out, and a second for a busy machine. */
const patienceMs = 3_000;
/** What an open line may add to an answer: 20 ms are promised, the rest is for a machine that does more. */
const openLineMs = 50;
/** After the announced try, a line begins again with one call at a time. */
const slowStartMs = 3_000;

const ms = (value: number | null) => (value === null ? "never" : `${Math.round(value)} ms`);

/** Every promise, in the order of the table. */
export const bounds: readonly Bound[] = [
  none("every request is answered", "unanswered"),
  {
    name: "healthy ministries lose nothing",
    ofTime: false,
    isKept: ({ kept }) => kept === 100,
    seen: ({ kept }) => `${kept.toFixed(2)} % kept`,
  },
  none("every lost field has one well-formed error", "malformedErrors"),
  none("every error gives the reason that there is", "wrongReasons"),
  none("no answer tells of the inside", "leaks"),
  none("nobody gets another person's data", "otherPersonsData"),
  none("nobody is said not to exist", "falseNobody"),
  none("nothing is said to be none because somebody is silent", "falseNone"),
  none("what is older says so", "staleUnmarked"),
  {
    name: `no answer takes longer than ${patienceMs} ms`,
    ofTime: true,
    isKept: ({ slowest }) => slowest <= patienceMs,
    seen: ({ slowest }) => ms(slowest),
  },
  {
    name: `the line of a mute source opens within ${patienceMs} ms`,
    ofTime: true,
    isKept: ({ openedAfter }, { mute }) =>
      !mute || (openedAfter !== null && openedAfter <= patienceMs),
    seen: ({ openedAfter }) => ms(openedAfter),
  },
  {
    name: `p95 of what is held back is at most 1.5 times that in calm, and ${openLineMs} ms`,
    ofTime: true,
    isKept: ({ p95Open }, { calmP95 }) =>
      Number.isNaN(p95Open) || p95Open <= 1.5 * calmP95 + openLineMs,
    seen: ({ p95Open }) => ms(p95Open),
  },
  {
    name: `answers are full again within ${slowStartMs} ms of the announced try`,
    ofTime: true,
    isKept: ({ backLate }) => backLate !== null && backLate <= slowStartMs,
    seen: ({ backAfter, backLate }) => `${ms(backAfter)}, ${ms(backLate)} late`,
  },
  {
    name: "each change of a line's state is logged once",
    ofTime: false,
    isKept: ({ stateChanges, stateChangesLogged }) => stateChanges === stateChangesLogged,
    seen: ({ stateChanges, stateChangesLogged }) => `${stateChangesLogged} for ${stateChanges}`,
  },
  none("nothing is logged once a request", "needlessLogLines"),
  none("no line of the log names somebody", "logLinesThatNameSomebody"),
];

/** A promise that something never happens. */
function none(name: string, figure: keyof Figures): Bound {
  return {
    name,
    ofTime: false,
    isKept: (figures) => figures[figure] === 0,
    seen: (figures) => String(figures[figure]),
  };
}

/** The promises that a scene broke. */
export function findBreaches(figures: Figures, measure: Measure): Breach[] {
  return bounds
    .filter(({ isKept }) => !isKept(figures, measure))
    .map(({ name, ofTime, seen }) => ({
      scene: figures.scene,
      bound: name,
      ofTime,
      seen: seen(figures),
    }));
}
