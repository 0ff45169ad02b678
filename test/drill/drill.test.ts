import { expect, test } from "vitest";
import { runCommand } from "../support/command-line.ts";

test.each([
  [["--scenes", "flood"], "--scenes must be out of population-dead, slow, http-500, garbage"],
  [["--seconds", "0"], '--seconds must be a whole number from 1 to 60, not "0".'],
  [["--rate", "many"], '--rate must be a whole number from 1 to 1000, not "many".'],
])("The drill refuses %j", async (args, sentence) => {
  const { code, stdout, stderr } = await runCommand(["drill", ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(sentence);
});
