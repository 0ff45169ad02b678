import fc from "fast-check";
import { expect, test } from "vitest";
import { openRateLimit } from "../../../gateway/http/rate-limit.ts";

function open(perMinute: number, atOnce: number) {
  let now = 1_000_000;
  const limit = openRateLimit({ perMinute, atOnce, monotonic: () => now });
  return { take: limit.take, pass: (ms: number) => void (now += ms) };
}

test("a person may send some requests at once, and then one after the other", () => {
  const { take, pass } = open(60, 3);
  expect([take("lan"), take("lan"), take("lan"), take("lan")]).toEqual([0, 0, 0, 1_000]);
  pass(999);
  expect(take("lan")).toBe(1);
  pass(1);
  expect([take("lan"), take("lan")]).toEqual([0, 1_000]);
});

test("what one asks costs another nothing", () => {
  const { take } = open(60, 1);
  expect([take("lan"), take("lan"), take("minh")]).toEqual([0, 1_000, 0]);
});

test("who was refused does not wait the longer for having tried", () => {
  const { take, pass } = open(60, 1);
  take("lan");
  for (let trial = 0; trial < 100; trial++) take("lan");
  pass(1_000);
  expect(take("lan")).toBe(0);
});

test("whenever they come, no minute sees more than a minute's share and what may come at once", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 300 }),
      (perMinute, atOnce, pauses) => {
        const { take, pass } = open(perMinute, atOnce);
        const taken: number[] = [];
        let at = 0;
        for (const ms of pauses) {
          at += ms;
          pass(ms);
          const wait = take("lan");
          if (wait === 0) taken.push(at);
          else {
            // The word is kept: after that time it may go on.
            expect(wait).toBeLessThanOrEqual(Math.ceil(60_000 / perMinute));
          }
        }
        for (const [index, first] of taken.entries()) {
          const within = taken.slice(index).filter((later) => later - first < 60_000).length;
          expect(within).toBeLessThanOrEqual(perMinute + atOnce);
        }
      },
    ),
  );
});
