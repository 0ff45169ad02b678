import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../../../subgraphs/kit/database.ts";
import { prepareDatabase } from "../../../../subgraphs/kit/start.ts";
import { unitMigrations } from "../../../../subgraphs/kit/units/migrations.ts";
import { readUnitDirectory } from "../../../../subgraphs/kit/units/read-directory.ts";
import { migrations as populationMigrations } from "../../../../subgraphs/population/database/migrations.ts";
import type { DB } from "../../../../subgraphs/population/database/types.ts";
import type { TestDatabase } from "../../../support/database.ts";
import { createDatabase, createEmptyDatabase } from "../../../support/database.ts";

const program = fileURLToPath(
  new URL("../../../../subgraphs/kit/units/import.ts", import.meta.url),
);
const table = fileURLToPath(new URL("conversion-table.csv", import.meta.url));

// As a fresh installation has them: with the default units.
const sector = { name: "units", migrations: unitMigrations };
let population: TestDatabase;
let education: TestDatabase;

beforeAll(async () => {
  population = await createDatabase(sector);
  education = await createDatabase(sector);
});
afterAll(async () => {
  await population?.drop();
  await education?.drop();
});

function run(args: readonly string[], environment: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], { env: environment }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

test("An import prints what it read, left out, mended and changed in each database that is named", async () => {
  const environment = {
    POPULATION_DATABASE_URL: population.url,
    EDUCATION_DATABASE_URL: education.url,
  };
  const first = await run([table], environment);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain(
    "14 old communes in 7 districts, 11 new communes; 6 old communes were split.",
  );
  expect(first.stdout).toContain(
    "Shares: WHOLE 6, PART 6, PART_AREA 3, PART_AREA_ALL_PEOPLE 2, UNCHANGED 1, RENAMED 2, UNKNOWN 1.",
  );
  expect(first.stdout).toContain(
    "Left out, 2 × an old code is that of several communes:\n  line 28:",
  );
  expect(first.stdout).toContain(
    "education: units 32 new, 98 changed, 0 as before, 13356 not in the table; " +
      "successors 21 new, 64 changed, 0 as before, 0 removed.",
  );

  const again = await run([table, "--json"], environment);
  const report = JSON.parse(again.stdout);
  expect(report.databases.map(({ sector }: { sector: string }) => sector)).toEqual([
    "education",
    "population",
  ]);
  for (const { units, successions } of report.databases) {
    expect(units).toMatchObject({ inserted: 0, changed: 0 });
    expect(successions).toMatchObject({ inserted: 0, changed: 0, removed: 0 });
  }

  const database = openDatabase(population.url);
  try {
    const { directory } = await readUnitDirectory(database);
    expect(directory.successors.get("90007@1900-01-01")?.map(({ name }) => name)).toEqual([
      "Phường Sen Vàng",
      "Phường Sen Hồ",
    ]);
  } finally {
    await database.destroy();
  }
});

test("An import before the first start gives the units that one after it gives, and the start goes on from there", async () => {
  const [before, after] = [await createEmptyDatabase(), await createDatabase(sector)];
  for (const { url } of [before, after]) {
    const { code, stderr } = await run([table], { POPULATION_DATABASE_URL: url });
    expect([code, stderr]).toEqual([0, ""]);
  }
  const early = openDatabase<DB>(before.url);
  const late = openDatabase<DB>(after.url);
  try {
    await prepareDatabase(early, { migrations: populationMigrations });
    const { directory } = await readUnitDirectory(early);
    expect(directory).toEqual((await readUnitDirectory(late)).directory);
    expect(directory.versions.size).toBeGreaterThan(10_000);
  } finally {
    await early.destroy();
    await late.destroy();
    await after.drop();
  }
});

test("A database without a server is named, and the exit code is 1", async () => {
  const gone = await run([table], {
    CIVIL_STATUS_DATABASE_URL: "postgres://nobody:secret@127.0.0.1:1/civil_status",
  });
  expect(gone.code).toBe(1);
  expect(gone.stderr).toMatch(/^The database of civil-status did not take the table: .+\n$/);
  expect(gone.stderr).not.toContain("secret");
});

test("A file that is no such table is refused by name and line, with exit code 1", async () => {
  const environment = { POPULATION_DATABASE_URL: population.url };
  const wrong = await run([program], environment);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toMatch(/import\.ts was not imported\. Line \d+: .+\n$/);
  const missing = await run(["/nowhere/units.csv"], environment);
  expect(missing).toMatchObject({ code: 1 });
  expect(missing.stderr).toContain("/nowhere/units.csv cannot be read (ENOENT)");
});

test("No file, two files, an unknown flag and no database are wrong use, with exit code 2", async () => {
  for (const [args, sentence] of [
    [[], "Give one FILE"],
    [[table, table], "Give one FILE"],
    [[table, "--fast"], "--fast"],
    [[table], "Set CIVIL_STATUS_DATABASE_URL, EDUCATION_DATABASE_URL"],
  ] as const) {
    const { code, stderr } = await run(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  }
  expect((await run(["--help"])).stdout).toContain("lien-thong units import FILE");
});
