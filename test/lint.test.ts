import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const topLevel = fileURLToPath(new URL("..", import.meta.url));

/** A fault each, in the words of this house: the linter must find every one with the committed configuration. */
const planted = {
  "no-floating-promises": `
    import pg from "pg";
    export function forget(pool: pg.Pool) { pool.query("delete from shelf"); }`,
  "no-misused-promises": `
    export function everyone(names: string[], ask: (name: string) => Promise<boolean>) {
      return names.filter((name) => ask(name));
    }
    export async function anyone(ask: () => Promise<boolean>) { if (ask()) return 1; return 0; }`,
  "await-thenable": `export async function wait() { await 1; }`,
  "return-await": `
    export async function answer(ask: () => Promise<number>) {
      try { return ask(); } catch { return 0; }
    }`,
  "switch-exhaustiveness-check": `
    export function say(state: "OPEN" | "SHUT") { switch (state) { case "OPEN": return 1; } return 0; }`,
  "consistent-type-imports": `
    import { Pool } from "pg";
    export function keep(pool: Pool) { return pool; }`,
  "no-cycle": `
    import { other } from "./no-cycle-other.ts";
    export function one(): number { return other() + 1; }`,
  "no-default-export": `export default function one() { return 1; }`,
  "no-barrel-file": `export * from "./no-cycle.ts"; export * from "./await-thenable.ts";`,
  "no-console": `console.log("a PIN, perhaps");`,
  "no-explicit-any": `export const one: any = 1;`,
  "no-focused-tests": `import { test } from "vitest"; test.only("one", () => {});`,
};

const others = {
  "gateway/source/no-cycle-other.ts": `
    import { one } from "./no-cycle.ts";
    export function other(): number { return one() - 1; }`,
  "gateway/source/sound.ts": `
    import type { Pool } from "pg";
    export async function forget(pool: Pool) { await pool.query("delete from shelf"); }`,
};

function pathOf(rule: string): string {
  return `gateway/source/${rule}.ts`;
}

type Finding = { code: string; filename: string };

describe("The linter", () => {
  let project: string;
  let findings: Finding[];

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), "lint-"));
    for (const shared of ["node_modules", "tsconfig.json", ".oxlintrc.json"])
      symlinkSync(join(topLevel, shared), join(project, shared));
    const faults = Object.entries(planted).map(([rule, text]) => [pathOf(rule), text] as const);
    for (const [path, text] of [...faults, ...Object.entries(others)]) {
      mkdirSync(join(project, dirname(path)), { recursive: true });
      writeFileSync(join(project, path), text);
    }
    const oxlint = join(topLevel, "node_modules/oxlint/bin/oxlint");
    const options = ["--type-aware", "--format", "json", "gateway"];
    const { stdout } = spawnSync(process.execPath, [oxlint, ...options], { cwd: project });
    findings = JSON.parse(stdout.toString()).diagnostics;
  });
  afterAll(() => rmSync(project, { recursive: true }));

  test.each(Object.keys(planted))("finds a planted fault of %s", (rule) => {
    const found = findings.filter(({ filename }) => filename === pathOf(rule));
    expect(found.map(({ code }) => code)).toContainEqual(expect.stringContaining(`(${rule})`));
  });

  test("finds none where there is none", () => {
    expect(findings.filter(({ filename }) => filename === pathOf("sound"))).toEqual([]);
  });
});
