import { expect, test } from "vitest";
import { runCommand } from "../support/command-line.ts";
import { scenes } from "../drill/scenes.ts";

test("The whole outage drill keeps every bound", async () => {
  const { code, stdout } = await runCommand(["drill"]);
  console.log(stdout);
  expect(stdout).toContain(`bounds were kept in ${scenes.length} scenes.`);
  expect(code).toBe(0);
});
