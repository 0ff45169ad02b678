import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLossLog } from "../../../gateway/source/loss-log.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const lines: [string, Readonly<Record<string, unknown>>][] = [];
  const keep = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push([message, fields]);
  const log = openLossLog("population", { warn: keep, error: keep });
  let requests = 0;
  return {
    ...log,
    lose: (...reasons: string[]) => log.note(`request-${++requests}`, new Set(reasons)),
    /** What was logged since it was last asked. */
    said: () => lines.splice(0),
  };
}
const minute = 60_000;
const first = "a source lost something";
const again = "a source went on losing something for the same reasons";

test("a reason is logged at once, and what follows with its number once a minute", () => {
  const { lose, said } = open();
  lose("HTTP 503");
  expect(said()).toEqual([
    [first, { source: "population", requestId: "request-1", reasons: ["HTTP 503"], more: 0 }],
  ]);
  for (let time = 0; time < 1_000; time++) lose("HTTP 503");
  vi.advanceTimersByTime(minute - 1);
  expect(said()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said()).toEqual([
    [again, { source: "population", times: { "HTTP 503": 1_000 }, more: 0 }],
  ]);
  lose("HTTP 503");
  vi.advanceTimersByTime(minute);
  expect(said()).toEqual([[again, { source: "population", times: { "HTTP 503": 1 }, more: 0 }]]);
});

test("another reason is logged at once, whatever else is lost meanwhile", () => {
  const { lose, said } = open();
  lose("HTTP 503");
  lose("HTTP 503", "HTTP 500");
  expect(said().map(([, { reasons }]) => reasons)).toEqual([["HTTP 503"], ["HTTP 500"]]);
});

test("a reason that did not come for a minute is logged at once when it comes again", () => {
  const { lose, said } = open();
  lose("HTTP 503");
  vi.advanceTimersByTime(minute);
  lose("HTTP 503");
  expect(said().map(([message]) => message)).toEqual([first, first]);
});

test("nothing is lost when the gateway stops, and nothing is said where nothing was", () => {
  const { lose, said, close } = open();
  lose();
  close();
  expect(said()).toEqual([]);
  lose("HTTP 503");
  lose("HTTP 503");
  close();
  expect(said().map(([message]) => message)).toEqual([first, again]);
  vi.advanceTimersByTime(minute);
  expect(said()).toEqual([]);
});

test("a line names a few reasons and counts the others; so does the memory, whatever sources write", () => {
  const { lose, said } = open();
  lose(...Array.from({ length: 7 }, (_, at) => `reason ${at}`));
  expect(said()).toMatchObject([[first, { reasons: { length: 5 }, more: 2 }]]);
  for (let at = 0; at < 1_000; at++) lose(`content type "${at}"`);
  const lines = said();
  expect(lines.length).toBeLessThan(110);
  expect(lines.at(-1)).toMatchObject([first, { reasons: ["other reasons"] }]);
});
