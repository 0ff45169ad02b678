import { expect, test } from "vitest";
import { drawPeople } from "./people.ts";

test("People are asked for again once what was said of them is no longer fresh, and not before", () => {
  let clock = 0;
  const people = drawPeople(["An", "Bình", "Chi", "Dũng", "Em", "Gấm"], () => clock);
  const next = () => people.next();
  expect([next(), next()]).toEqual(["An", "Bình"]);
  clock = 60_000;
  expect([next(), next(), next()]).toEqual(["Chi", "Dũng", "Em"]);
  clock = 61_000;
  // One in four is for somebody known, the longest ago first; then nobody is left.
  expect([next(), next(), next(), next()]).toEqual(["Gấm", "An", "Bình", "Chi"]);
});
