import { expect, test } from "vitest";
import { runCommand } from "../support/command-line.ts";
import type { Breach } from "./bounds.ts";
import type { Figures } from "./figures.ts";

interface Drilled {
  readonly scenes: readonly Figures[];
  readonly breaches: readonly Breach[];
}

const played = ["population-dead", "swapped", "all-dead"];

test("The drill keeps every bound while registers die or mix people up", async () => {
  const options = ["--seconds", "1", "--citizens", "1000", "--rate", "20", "--json"];
  const { code, stdout, stderr } = await runCommand([
    ...["drill", "--scenes", played.join(",")],
    ...options,
  ]);
  expect(stdout, stderr).not.toBe("");
  const { scenes, breaches } = JSON.parse(stdout) as Drilled;
  expect(scenes.map(({ scene }) => scene)).toEqual(played);
  // The other tests run beside it, and take from its time.
  expect(breaches.filter(({ ofTime }) => !ofTime)).toEqual([]);
  expect(code).toBe(breaches.length === 0 ? 0 : 1);
  for (const { scene, requests, errors } of scenes) {
    expect(requests, scene).toBeGreaterThan(20);
    expect(errors, scene).toBeGreaterThan(10);
  }
  const [dead, swapped] = scenes;
  expect(dead?.openedAfter).toBeLessThan(1_000);
  expect(swapped?.openedAfter).toBeNull();
}, 90_000);

test.each([
  [["--scenes", "flood"], "--scenes must be out of population-dead, slow, http-500, garbage"],
  [["--seconds", "0"], '--seconds must be a whole number from 1 to 60, not "0".'],
  [["--rate", "many"], '--rate must be a whole number from 1 to 1000, not "many".'],
])("The drill refuses %j", async (args, sentence) => {
  const { code, stdout, stderr } = await runCommand(["drill", ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(sentence);
});
