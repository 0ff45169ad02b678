import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { findRegistryHosts } from "../support/house/files.ts";

it("The peers' lock file names no registry, as the project's own does not", () => {
  const lockFile = readFileSync(new URL("./peers/package-lock.json", import.meta.url), "utf8");
  expect(Object.keys((JSON.parse(lockFile) as { packages: object }).packages)).toContain(
    "node_modules/@graphql-hive/gateway-runtime",
  );
  expect(findRegistryHosts(lockFile)).toEqual([]);
});
