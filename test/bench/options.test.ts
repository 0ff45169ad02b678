import { expect, it } from "vitest";
import { runCommand } from "../support/command-line.ts";

it.each([
  [
    ["--peers", "stock,nginx"],
    "--peers must be out of stock, hive, hive-rust, separated by commas",
  ],
  [["--sources", "none"], "--sources must be lean, real, both, not none."],
  [["--connections", "1,many"], '--connections must be a whole number from 1 on, not "many".'],
  [["--agency", "5"], "--agency"],
])("The benchmark used wrongly ends with 2 and a sentence: %j", async (args, sentence) => {
  const { code, stdout, stderr } = await runCommand(["bench", ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(sentence);
});
