import type { Reporter, TestModule, TestSuite } from "vitest/node";

/** What came of a run, in the unit that CI adds up. */
export type Outcome = { passed: number; failed: number; skipped: number };

/**
 * A vitest reporter whose one line, `N passed, N failed`, is the last thing the run prints.
 *
 * It is printed as the process ends, because the teardown of a global set-up still prints, and can still fail, after
 * vitest has reported its end. The line never contradicts the exit code: a run that fails without a failed test (no
 * test found, a failed teardown) counts as one failure.
 */
export function summaryReporter(): Reporter {
  let outcome: Outcome = { passed: 0, failed: 0, skipped: 0 };
  return {
    onInit() {
      process.once("exit", (exitCode) => {
        process.stdout.write(`${formatOutcome(accordWithExit(outcome, exitCode))}\n`);
      });
    },
    onTestRunEnd(modules, unhandledErrors) {
      outcome = countOutcome(modules, unhandledErrors.length);
    },
  };
}

/** One failure for each failed or unfinished test, for each suite or file that failed of itself, and for each error outside. */
function countOutcome(modules: readonly TestModule[], unhandledErrors: number): Outcome {
  const outcome = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      outcome[state === "pending" ? "failed" : state] += 1;
    }
    for (const suite of [module, ...module.children.allSuites()])
      if (failedOfItself(suite)) outcome.failed += 1;
  }
  return outcome;
}

/** A hook that threw, a file that could not be read, or one whose worker died before it had a test to run. */
function failedOfItself(suite: TestModule | TestSuite): boolean {
  if (suite.errors().length > 0) return true;
  return suite.type === "module" && suite.children.size === 0 && suite.state() !== "skipped";
}

function accordWithExit(outcome: Outcome, exitCode: number): Outcome {
  return exitCode !== 0 && outcome.failed === 0 ? { ...outcome, failed: 1 } : outcome;
}

function formatOutcome({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
