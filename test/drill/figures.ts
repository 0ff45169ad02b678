import { readSectors } from "../../schema/sectors.ts";
import { namesSomebody } from "./leaks.ts";
import { isFull } from "./play.ts";
import type { Judged, Played } from "./play.ts";

/** What users saw of a scene, the calm before it and the recovery. Times in milliseconds. */
export interface Figures {
  readonly scene: string;
  readonly what: string;
  readonly requests: number;
  readonly unanswered: number;
  /** Percent of the answers that lost nothing of a healthy ministry's. */
  readonly kept: number;
  /** Percent of the answers to requests of the scene itself that lost nothing at all. */
  readonly full: number;
  readonly errors: number;
  readonly malformedErrors: number;
  /** Errors that give another reason than the scene's, or none where it has one. */
  readonly wrongReasons: number;
  /** Answers that tell addresses, or words of sources. */
  readonly leaks: number;
  /** Values that are not those of whom was asked for. */
  readonly otherPersonsData: number;
  readonly falseNobody: number;
  /** Values that are said not to be there, or to be fewer, without an error. */
  readonly falseNone: number;
  /**
   * Answers that tell of the other ministries only what stands under the number asked for, since nobody
   * tells them which others the citizen bears or bore: less than there is, and no error says so.
   */
  readonly underOneNumber: number;
  readonly stale: number;
  /** Answers in which something older is not marked as what it is. */
  readonly staleUnmarked: number;
  /**
   * 95 of 100 answers came within it: in the calm before, in the scene, and those that were held back:
   * by a line, whose next try they name (whoever comes when that is due waits for it), or as no units were
   * at hand.
   */
  readonly p95Before: number;
  readonly p95During: number;
  readonly p95Open: number;
  readonly slowest: number;
  /** From the beginning until the lines of all sick sources were open; null where one never was. */
  readonly openedAfter: number | null;
  /** From the healing until answers were full again, and by how much that was later than announced. */
  readonly backAfter: number | null;
  readonly backLate: number | null;
  readonly logLines: number;
  readonly stateChanges: number;
  readonly stateChangesLogged: number;
  /** Lines of the log beyond one for each call and one for each change of a line's state. */
  readonly needlessLogLines: number;
  readonly logLinesThatNameSomebody: number;
  /** Some of what was wrong, in words. */
  readonly examples: readonly string[];
}

/** Reckons what users saw from all that was seen. */
export function reckon(played: Played): Figures {
  const { scene, beganAt, healedAt, answers, log, lines, calls } = played;
  const sick = new Set(scene.sick);
  const inScene = answers.filter(({ sentAt }) => sentAt >= beganAt && sentAt < healedAt);
  const openedAt = findOpening(played);
  const tries = new Set(lines.flatMap(({ retryAt }) => (retryAt === null ? [] : [isoOf(retryAt)])));
  const isHeldBack = ({ retries, reasons }: Judged) =>
    names(retries, tries) || scene.reasons?.some((reason) => reasons.includes(reason)) === true;
  const isKept = ({ answered, lost, receivedAt }: Judged) =>
    answered && [...lost].every((source) => receivedAt >= beganAt && sick.has(source));
  const count = (of: (answer: Judged) => number) =>
    answers.reduce((all, answer) => all + of(answer), 0);
  const stateLines = log.filter(({ msg }) => stateMessages.has(msg)).length;
  const back = findReturn(played);
  return {
    scene: scene.name,
    what: scene.what,
    requests: answers.length,
    unanswered: count(({ answered }) => Number(!answered)),
    kept: percent(answers.filter(isKept).length, answers.length),
    full: percent(inScene.filter(isFull).length, inScene.length),
    errors: count(({ errors }) => errors),
    malformedErrors: count(({ malformed }) => malformed.length),
    wrongReasons: count(
      ({ reasons }) => reasons.filter((reason) => !isReasonOf(scene, reason)).length,
    ),
    leaks: count(({ leaks }) => Number(leaks)),
    otherPersonsData: count(({ wrong }) => wrong.length),
    falseNobody: count(({ nobody }) => Number(nobody)),
    falseNone: count(({ untold }) => untold.length),
    underOneNumber: count(({ underOneNumber }) => Number(underOneNumber)),
    stale: count(({ sources }) => Number(sources.some(({ status }) => status === "STALE"))),
    staleUnmarked: count((answer) => Number(isMisdated(answer, played))),
    p95Before: p95(findCalm(played)),
    p95During: p95(inScene),
    p95Open: p95(inScene.filter(isHeldBack)),
    slowest: Math.max(...answers.map(tookMs)),
    openedAfter: openedAt === null ? null : openedAt - beganAt,
    backAfter: back === null ? null : back.at - healedAt,
    backLate: back === null ? null : Math.max(0, back.at - back.announced),
    logLines: log.length,
    stateChanges: countChanges(lines),
    stateChangesLogged: stateLines,
    needlessLogLines: Math.max(0, log.length - stateLines - calls),
    logLinesThatNameSomebody: log.filter(({ text }) => namesSomebody(text)).length,
    examples: [
      ...new Set(
        answers.flatMap(({ malformed, wrong, untold }) => [
          ...malformed,
          ...wrong.map((path) => `another value at ${path}`),
          ...untold.map((path) => `less than there is at ${path}`),
        ]),
      ),
    ].slice(0, 10),
  };
}

function isReasonOf({ reasons }: Played["scene"], reason: string | null): boolean {
  return reasons === undefined ? reason === null : reason !== null && reasons.includes(reason);
}

/** How the gateway says in its log that a line's state has changed. */
const stateMessages = new Set([
  "a source answers again",
  "a source does not answer and is asked no more until it is tried again",
]);

/** How often a source fell silent or came back; one that is tried in vain is as it was. */
function countChanges(lines: Played["lines"]): number {
  const settled = lines.filter(({ state }) => state !== "RECOVERING");
  return new Set(settled.map(({ name, state, since }) => `${name} ${state} ${since}`)).size;
}

/** When the last of the sick sources' lines opened for the first time. */
function findOpening({ scene, lines }: Played): number | null {
  const opened = scene.sick.map((source) =>
    Math.min(
      ...lines
        .filter(({ name, state }) => name === source && state === "DOWN")
        .map(({ since }) => since),
    ),
  );
  const last = Math.max(...opened);
  return Number.isFinite(last) ? last : null;
}

/** When the first answer came after which all were full, and when the gateway had said so. */
function findReturn({ answers, lines, healedAt }: Played) {
  const lossy = answers.filter((answer) => !isFull(answer)).map(({ sentAt }) => sentAt);
  const lastLoss = Math.max(0, ...lossy);
  const full = answers
    .filter(({ sentAt }) => sentAt > lastLoss)
    .map(({ receivedAt }) => receivedAt);
  const at = Math.max(healedAt, Math.min(...full));
  if (!Number.isFinite(at)) return null;
  const retries = lines.map(({ retryAt }) => retryAt ?? 0);
  return { at, announced: Math.max(healedAt, ...retries) };
}

const termsOf = new Map(readSectors().map(({ name, terms }) => [name, terms]));
/** Milliseconds by which two processes' clocks may differ, and a scene may begin late. */
const tolerance = 250;

/**
 * Whether a source's share is older than its mark says, or bears none: fresh is what came while the
 * request waited, and while a source is mute nothing of it can be.
 */
function isMisdated(answer: Judged, { scene, beganAt, healedAt }: Played): boolean {
  const { sentAt, receivedAt, sources } = answer;
  const inSilence = scene.mute && sentAt > beganAt + tolerance && receivedAt < healedAt;
  return sources.some(({ name, status, asOf }) => {
    const terms = termsOf.get(name);
    const mute = inSilence && scene.sick.includes(name);
    if (terms === undefined || status === "UNAVAILABLE") return false;
    const age = receivedAt - Date.parse(asOf ?? "");
    // It was looked for at any moment while the request waited.
    const waited = receivedAt - sentAt;
    const mayBe = {
      FRESH: mute ? -Infinity : waited,
      CACHED: terms.cacheSeconds * 1000 + waited,
      STALE: terms.staleSeconds * 1000 + waited,
    };
    return !(age <= mayBe[status] + tolerance);
  });
}

function isoOf(instant: number): string {
  return new Date(instant).toISOString();
}

function names(retries: ReadonlySet<string>, tries: ReadonlySet<string>): boolean {
  return [...retries].some((retry) => tries.has(retry));
}

function tookMs({ sentAt, receivedAt }: Judged): number {
  return receivedAt - sentAt;
}

/** 95 of 100 answers that came while nothing was wrong came within it, over all that was played. */
export function reckonCalm(played: readonly Played[]): number {
  return p95(played.flatMap(findCalm));
}

function findCalm({ answers, beganAt }: Played): Judged[] {
  return answers.filter(({ receivedAt }) => receivedAt < beganAt);
}

/** NaN of none. */
function p95(answers: readonly Judged[]): number {
  const times = answers.map(tookMs).toSorted((a, b) => a - b);
  return times[Math.min(times.length - 1, Math.floor(times.length * 0.95))] ?? Number.NaN;
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}
