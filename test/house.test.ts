import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as rules from "./support/house/files.ts";
import { isModule, listTrackedFiles, parseModule } from "./support/house/modules.ts";
import { countModules, findForbiddenImports } from "./support/house/rooms.ts";
import { findAmbientReads, findFocusedTests } from "./support/house/syntax.ts";

const files = listTrackedFiles();
const modules = files.filter(isModule).map(parseModule);

/** Planted text, parsed as if it lay at `path`. */
function plant(path: string, text: string) {
  return [parseModule({ path, text })];
}

describe("Import directions", () => {
  test("are those of the table", () => {
    expect(findForbiddenImports(modules)).toEqual([]);
  });

  test("are read from every module: no room that stands is empty", () => {
    const counts = countModules(modules);
    const standing = Object.keys(counts).filter((room) => {
      const prefix = room.replace(/<.*/, "");
      return files.some(({ path }) => path.startsWith(prefix));
    });
    expect(standing).toEqual(expect.arrayContaining(["schema/", "subgraphs/kit/", "test/"]));
    for (const room of standing) expect(counts[room], room).toBeGreaterThan(0);
    expect(modules.flatMap(({ imports }) => imports).length).toBeGreaterThan(modules.length);
  });

  test.each([
    ["the agreement imports a ministry", "schema/terms.ts", `import "../subgraphs/kit/server.ts"`],
    ["the kit imports a sector", "subgraphs/kit/a.ts", `export * from "../population/server.ts"`],
    ["a sector imports another", "subgraphs/education/a.ts", `import "../population/loaders.ts"`],
    ["… or its types", "subgraphs/education/a.ts", `import type { A } from "../population/a.ts"`],
    [
      "a sector imports the gateway",
      "subgraphs/education/a.ts",
      `import "../../gateway/errors.ts"`,
    ],
    ["the seed runs a resolver", "subgraphs/seed/a.ts", `import "../population/resolvers.ts"`],
    ["the gateway imports a ministry", "gateway/source/a.ts", `import "../../subgraphs/kit/a.ts"`],
    ["… or its types", "gateway/cli/a.ts", `type A = import("../../subgraphs/kit/a.ts").A`],
    ["… or in passing", "gateway/cli/a.ts", "await import(`../../subgraphs/kit/a.ts`)"],
    ["… or by a computed path", "gateway/cli/a.ts", "await import(`./${name}.ts`)"],
    ["a room loads another", "gateway/source/a.ts", `import { a } from "../http/a.ts"`],
    ["… with only its names typed", "gateway/source/a.ts", `import { type A } from "../http/a.ts"`],
    ["a room loads the configuration", "gateway/source/a.ts", `import { a } from "../config.ts"`],
    ["the server knows the issuer", "gateway/server.ts", `import { a } from "./local/issuer.ts"`],
    ["… or its types", "gateway/server.ts", `import type { A } from "./local/issuer.ts"`],
    ["somebody imports the cli", "gateway/local/a.ts", `import type { A } from "../cli/a.ts"`],
    ["somebody imports a test", "gateway/local/a.ts", `import "../../test/support/clock.ts"`],
    ["a pure module opens a file", "schema/values/a.ts", `import { open } from "node:fs/promises"`],
    ["… or a database", "gateway/policy/a.ts", `import pg from "pg"`],
    ["… or another room", "gateway/policy/a.ts", `import type { A } from "../source/a.ts"`],
    ["the verifier imports the writer", "gateway/audit/verify.ts", `import "./log.ts"`],
    ["a proof reads a file", "gateway/audit/merkle.ts", `import { open } from "node:fs/promises"`],
    ["evidence imports its writer", "gateway/evidence/verify.ts", `import "./sign.ts"`],
    ["a proof reads the machine", "gateway/evidence/record.ts", `import os from "node:os"`],
    ["a page imports what signs", "gateway/verifier/a.ts", `import "../evidence/sign.ts"`],
    ["a page imports the gateway", "gateway/explorer/page.tsx", `import "../errors.ts"`],
    ["a module lies in no room", "scripts/a.ts", ""],
  ])("are violated when %s", (_what, path, text) => {
    expect(findForbiddenImports(plant(path, text))).toEqual([expect.stringContaining(path)]);
  });

  test.each([
    ["the agreement", "schema/terms.ts", `import "node:fs"; import "graphql"; import "./a.ts"`],
    ["a value", "schema/values/a.ts", `import "./b.ts"; import "../scalars.ts"; import "graphql"`],
    ["a sector", "subgraphs/education/a.ts", `import "./database/b.ts"; import "../kit/b.ts"`],
    ["the seed", "subgraphs/seed/a.ts", `import "../population/database/migrations.ts"`],
    [
      "a room",
      "gateway/source/a.ts",
      `import type { A } from "../http/b.ts"; import "../errors.ts"`,
    ],
    ["a proof", "gateway/audit/verify.ts", `import "node:crypto"; import "./merkle.ts"`],
    [
      "the server",
      "gateway/server.ts",
      `import "./http/a.ts"; import "./config.ts"; import "fastify"`,
    ],
    ["the cli", "gateway/cli/a.ts", `import "../server.ts"; import "../local/a.ts"`],
    ["a test", "test/a.test.ts", `import "../gateway/cli/a.ts"; import "../subgraphs/seed/a.ts"`],
  ])("allow what %s needs", (_whose, path, text) => {
    expect(findForbiddenImports(plant(path, text))).toEqual([]);
  });

  test("cannot be read from a file that does not parse", () => {
    expect(() => plant("schema/a.ts", "import {")).toThrow("schema/a.ts does not parse");
  });
});

describe("Every module", () => {
  test("is named for its subject", () => {
    expect(rules.findEmptyNames(files)).toEqual([]);
    const planted = [
      "utils.ts",
      "a/index.ts",
      "date-helpers.tsx",
      "b/common.ts",
      "pool-manager.ts",
    ];
    const harmless = ["index.html", "manager.md", "indexes.ts", "schema/common.graphql"];
    const named = [...planted, ...harmless].map((path) => ({ path, text: "" }));
    expect(rules.findEmptyNames(named)).toHaveLength(planted.length);
  });

  test("has at most 400 lines, or says why", () => {
    expect(rules.findLongModules(files)).toEqual([]);
    const text = "let a;\n".repeat(400);
    const reason = "// Longer than 400 lines because the decree has 500 articles.\n";
    expect(rules.findLongModules([{ path: "a.ts", text }])).toEqual([]);
    expect(rules.findLongModules([{ path: "a.ts", text: `${text}let b;\n` }])).toHaveLength(1);
    expect(rules.findLongModules([{ path: "a.ts", text: reason + text }])).toEqual([]);
  });

  test("has the clock, chance and the environment handed in, but for composition roots", () => {
    expect(findAmbientReads(modules)).toEqual([]);
    const reads = `f(process.env.A, Date.now, new Date(), Math.random());`;
    expect(findAmbientReads(plant("gateway/source/a.ts", reads))).toHaveLength(4);
    expect(findAmbientReads(plant("gateway/source/a.ts", `f(clock = Date["now"])`))).toHaveLength(
      1,
    );
    expect(findAmbientReads(plant("gateway/source/a.ts", `new Date(0); "Date.now()"`))).toEqual([]);
    for (const root of ["gateway/config.ts", "subgraphs/population/server.ts", "gateway/cli/a.ts"])
      expect(findAmbientReads(plant(root, reads))).toEqual([]);
    const program = `${reads} if (import.meta.main) f();`;
    expect(findAmbientReads(plant("subgraphs/seed/seed.ts", program))).toEqual([]);
  });

  test("of the tests runs all of its tests", () => {
    expect(findFocusedTests(modules)).toEqual([]);
    const planted = `it.only("a"); describe.skip("b"); test.each([]).only("c"); suite.concurrent.skip("d");`;
    expect(findFocusedTests(plant("test/a.test.ts", planted))).toHaveLength(4);
    expect(findFocusedTests(plant("test/a.test.ts", `test.skipIf(a)("b"); c.skip(1);`))).toEqual(
      [],
    );
  });
});

describe("The repository", () => {
  test("has nothing at its top level that nobody agreed on", () => {
    expect(rules.findStrayEntries(files)).toEqual([]);
    const planted = ["notes.txt", "src/a.ts", "src/b.ts", ".gitignore", "test/a.ts"];
    const strays = rules.findStrayEntries(planted.map((path) => ({ path, text: "" })));
    expect(strays).toHaveLength(2);
  });

  test("locks versions, not the registry they come from", () => {
    const lockFile = new URL("../package-lock.json", import.meta.url);
    expect(rules.findRegistryHosts(readFileSync(lockFile, "utf8"))).toEqual([]);
    const resolved = "https://registry.example/a.tgz";
    const planted = JSON.stringify({ packages: { "": {}, "node_modules/a": { resolved } } });
    expect(rules.findRegistryHosts(planted)).toHaveLength(1);
  });

  test("names no path of somebody's machine", () => {
    expect(rules.findMachinePaths(files)).toEqual([]);
    const planted = ["work", "root", "home"].map((top) => ["", top, "an", "a.ts"].join("/"));
    for (const text of planted)
      expect(rules.findMachinePaths([{ path: "a", text }])).toHaveLength(1);
    const harmless = "https://host/work/a ./work/a /home/node/app";
    expect(rules.findMachinePaths([{ path: "a", text: harmless }])).toEqual([]);
  });
});
