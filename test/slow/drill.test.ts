import { expect, test } from "vitest";
import { runCommand } from "../support/command-line.ts";
import type { Account } from "../drill/account.ts";
import type { Breach } from "../drill/bounds.ts";
import type { Figures } from "../drill/figures.ts";
import { scenes } from "../drill/scenes.ts";

test("The whole outage drill keeps every bound", async () => {
  const { code, stdout } = await runCommand(["drill"]);
  console.log(stdout);
  expect(stdout).toContain(`bounds were kept in ${scenes.length} scenes.`);
  expect(code).toBe(0);
});

test("Without the PostgreSQL of ledger and log nothing of anybody is answered, and every unit is found again", async () => {
  const { code, stdout, stderr } = await runCommand([
    ...["drill", "--scenes", "ledger-gone", "--seconds", "4", "--citizens", "1000", "--json"],
  ]);
  expect(stdout, stderr).not.toBe("");
  const { scenes, accounts, breaches } = JSON.parse(stdout) as {
    scenes: readonly Figures[];
    accounts: readonly Account[];
    breaches: readonly Breach[];
  };
  expect(breaches.filter(({ ofTime }) => !ofTime)).toEqual([]);
  expect(code).toBe(breaches.length === 0 ? 0 : 1);
  // Each who came meanwhile was told why, in one error.
  expect(scenes[0]!.errors).toBeGreaterThan(30);
  // How many were answered before it had stopped is a matter of the machine.
  expect(scenes[0]!.full).toBeLessThan(50);
  const [account] = accounts;
  expect(account).toMatchObject({ source: "population", open: 0, overTheLimit: 0, equal: true });
  expect(account!.spent).toBeGreaterThan(100);
}, 90_000);
