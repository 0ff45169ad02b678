import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { summaryReporter } from "./support/summary-reporter.ts";

/** Beyond any real test on a slow machine; a test that hangs still ends the run with its own name. */
const timeout = 30_000;

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  // Node takes graphql's "main"; vitest would take its "module" for our files alone, and two copies of
  // graphql refuse each other's schemas.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    reporters: ["default", summaryReporter()],
    testTimeout: timeout,
    hookTimeout: timeout,
    // What a test waits for comes in milliseconds, but on a busy machine not within the default second.
    expect: { poll: { timeout: timeout * 0.7 } },
    // The run's one PostgreSQL cluster.
    globalSetup: ["test/support/cluster.ts"],
    // vitest leaves one processor free; most of these tests wait for other processes and leave it free anyway.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          // The benchmark's peers lie in a node_modules below test/.
          exclude: ["test/slow/**", "**/node_modules/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "slow",
          include: ["test/slow/**/*.test.ts"],
          testTimeout: 20 * timeout,
          // Most of them measure time, and another beside them would be measured, too.
          maxWorkers: 1,
        },
      },
    ],
  },
});
