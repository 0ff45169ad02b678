import { expect, test } from "vitest";
import { bounds, findBreaches } from "./bounds.ts";
import type { Figures } from "./figures.ts";

/** A scene in which all went well. */
const well: Figures = {
  scene: "population-dead",
  what: "population refuses connections",
  requests: 200,
  unanswered: 0,
  kept: 100,
  full: 0,
  errors: 400,
  malformedErrors: 0,
  wrongReasons: 0,
  leaks: 0,
  otherPersonsData: 0,
  falseNobody: 0,
  falseNone: 0,
  underOneNumber: 0,
  stale: 3,
  staleUnmarked: 0,
  p95Before: 20,
  p95During: 25,
  p95Open: 22,
  slowest: 90,
  openedAfter: 300,
  backAfter: 1_200,
  backLate: 100,
  logLines: 12,
  stateChanges: 4,
  stateChangesLogged: 4,
  needlessLogLines: 0,
  logLinesThatNameSomebody: 0,
  examples: [],
};

const measure = { mute: true, calmP95: 20 };

/** What breaks each bound, in their order. */
const broken: readonly Partial<Figures>[] = [
  { unanswered: 1 },
  { kept: 99.5 },
  { malformedErrors: 1 },
  { wrongReasons: 1 },
  { leaks: 1 },
  { otherPersonsData: 1 },
  { falseNobody: 1 },
  { falseNone: 1 },
  { staleUnmarked: 1 },
  { slowest: 3_001 },
  { openedAfter: null },
  { p95Open: 81 },
  { backLate: null },
  { stateChangesLogged: 5 },
  { needlessLogLines: 1 },
  { logLinesThatNameSomebody: 1 },
];

test("A scene in which all went well breaks nothing", () => {
  expect(findBreaches(well, measure)).toEqual([]);
});

test("Every bound can be broken", () => {
  const found = broken.map((changes) => findBreaches({ ...well, ...changes }, measure));
  expect(found.map((breaches) => breaches.map(({ bound }) => bound))).toEqual(
    bounds.map(({ name }) => [name]),
  );
});

test("Only a mute source has to lose its line", () => {
  expect(
    findBreaches({ ...well, openedAfter: null, p95Open: Number.NaN }, { ...measure, mute: false }),
  ).toEqual([]);
});
