import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const nodeModules = fileURLToPath(new URL("../node_modules", import.meta.url));
const reporter = fileURLToPath(new URL("support/summary-reporter.ts", import.meta.url));

const config = `
  import { summaryReporter } from ${JSON.stringify(reporter)};
  export default { test: { reporters: ["default", summaryReporter()], globalSetup: "./setup.ts" } };`;
const imports = `import { beforeAll, describe, expect, test } from "vitest";\n`;

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "summary-reporter-"));
  symlinkSync(nodeModules, join(project, "node_modules"));
});
afterEach(() => rmSync(project, { recursive: true }));

/** Runs the real vitest over planted files, to its last line and exit code. */
async function runPlanted(files: Record<string, string>): Promise<{ last: string; code: number }> {
  const planted = {
    "vitest.config.ts": config,
    "setup.ts": "export function setup() {}",
    ...files,
  };
  for (const [name, text] of Object.entries(planted)) {
    mkdirSync(join(project, name, ".."), { recursive: true });
    writeFileSync(join(project, name), name.endsWith(".test.ts") ? imports + text : text);
  }
  const vitest = join(nodeModules, "vitest", "vitest.mjs");
  const { promise, resolve } = Promise.withResolvers<{ last: string; code: number }>();
  const child = execFile(process.execPath, [vitest, "run"], { cwd: project }, (_error, stdout) => {
    resolve({
      last: stdout.slice(stdout.lastIndexOf("\n", stdout.length - 2) + 1),
      code: child.exitCode ?? -1,
    });
  });
  return await promise;
}

const passing = `test("one", () => { expect(1).toBe(1); });`;

describe("The last line of a test run", () => {
  test("counts what passed, and the run succeeds", async () => {
    const { last, code } = await runPlanted({ "a.test.ts": passing, "b.test.ts": passing });
    expect(last).toBe("2 passed, 0 failed\n");
    expect(code).toBe(0);
  });

  test("counts failures, and what was skipped", async () => {
    const { last, code } = await runPlanted({
      "a.test.ts": `${passing} test.skip("two", () => {}); test.todo("three");
        describe("in", () => { test("four", () => { expect(1).toBe(2); }); });`,
    });
    expect(last).toBe("1 passed, 1 failed, 2 skipped\n");
    expect(code).toBe(1);
  });

  test("counts a file that does not parse as a failure", async () => {
    const { last, code } = await runPlanted({ "a.test.ts": passing, "b.test.ts": "const const;" });
    expect(last).toBe("1 passed, 1 failed\n");
    expect(code).toBe(1);
  });

  test("counts a file without a test as a failure", async () => {
    const { last, code } = await runPlanted({ "a.test.ts": passing, "b.test.ts": "" });
    expect(last).toBe("1 passed, 1 failed\n");
    expect(code).toBe(1);
  });

  test("counts a hook that throws as a failure, and its tests as skipped", async () => {
    const { last, code } = await runPlanted({
      "a.test.ts": `describe("in", () => { beforeAll(() => { throw new Error("no"); }); ${passing} });`,
    });
    expect(last).toBe("0 passed, 1 failed, 1 skipped\n");
    expect(code).toBe(1);
  });

  test("counts a promise that nobody caught as a failure", async () => {
    const { last, code } = await runPlanted({
      "a.test.ts": `${passing} void Promise.reject(new Error("nobody caught me"));`,
    });
    expect(last).toBe("1 passed, 1 failed\n");
    expect(code).toBe(1);
  });

  test("counts a worker that dies as a failure", async () => {
    const { last, code } = await runPlanted({
      "a.test.ts": passing,
      "b.test.ts": `test("two", () => { process.kill(process.pid, "SIGKILL"); });`,
    });
    expect(last).toMatch(/^1 passed, [1-9]\d* failed\n$/);
    expect(code).toBe(1);
  });

  test("is a failure where there is no test at all", async () => {
    const { last, code } = await runPlanted({});
    expect(last).toBe("0 passed, 1 failed\n");
    expect(code).toBe(1);
  });

  test.each(["setup", "teardown"])("counts a global %s that throws as a failure", async (name) => {
    const { last, code } = await runPlanted({
      "a.test.ts": passing,
      "setup.ts": `export function ${name}() { throw new Error("no"); }`,
    });
    expect(last).toMatch(/^[01] passed, 1 failed\n$/);
    expect(code).toBe(1);
  });
});
