import { expect, test } from "vitest";
import { runCommand } from "../support/command-line.ts";
import type { Account } from "../drill/account.ts";
import type { Breach } from "../drill/bounds.ts";
import type { Figures } from "../drill/figures.ts";

interface Drilled {
  readonly scenes: readonly Figures[];
  readonly accounts: readonly Account[];
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

test("Without the PostgreSQL of ledger and log nothing of anybody is answered, and every unit is found again", async () => {
  const { code, stdout, stderr } = await runCommand([
    ...["drill", "--scenes", "ledger-gone", "--seconds", "4", "--citizens", "1000", "--json"],
  ]);
  expect(stdout, stderr).not.toBe("");
  const { scenes, accounts, breaches } = JSON.parse(stdout) as Drilled;
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
