import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Kysely } from "kysely";
import { migrate } from "../../gateway/database/migrate.ts";
import { startEmbeddedPostgres } from "../../gateway/local/embedded-postgres.ts";
import { migrations as civilStatus } from "../../subgraphs/civil-status/database/migrations.ts";
import { migrations as education } from "../../subgraphs/education/database/migrations.ts";
import { migrations as healthInsurance } from "../../subgraphs/health-insurance/database/migrations.ts";
import { migrateToLatest, openDatabase } from "../../subgraphs/kit/database.ts";
import type { Migrations } from "../../subgraphs/kit/database.ts";
import { migrations as population } from "../../subgraphs/population/database/migrations.ts";

/** Where the types of each database lie and how it is migrated, by its name. */
const databases = {
  civil_status: sector("civil-status", civilStatus),
  education: sector("education", education),
  gateway: { file: "gateway/database/types.ts", migrate },
  health_insurance: sector("health-insurance", healthInsurance),
  population: sector("population", population),
} as const;

function sector(folder: string, migrations: Migrations) {
  return {
    file: `subgraphs/${folder}/database/types.ts`,
    migrate: (database: Kysely<unknown>) => migrateToLatest(database, migrations),
  };
}

const codegen = createRequire(import.meta.url).resolve("kysely-codegen/dist/cli/bin.js");

const help = `generate-types — the tables' types of each database, out of it as it is migrated

  --check   writes nothing; fails where a file differs from what its database says
  --help`;

/** The program. Exit 0 done, 1 a file is out of date or a database could not be read. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { check: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(help);
  const names = Object.keys(databases) as (keyof typeof databases)[];
  const postgres = await startEmbeddedPostgres({ dataDirectory: "memory", databases: names });
  try {
    for (const name of names) {
      const { file, migrate } = databases[name];
      const database = openDatabase(postgres.urls[name]);
      try {
        await migrate(database);
      } finally {
        await database.destroy();
      }
      const types = readTypes(postgres.urls[name]);
      const place = new URL(`../../${file}`, import.meta.url);
      if (!values.check) writeFileSync(place, types);
      else if (readFileSync(place, "utf8") !== types)
        throw new Error(`${file} is out of date; run \`npm run generate:types\` and commit it.`);
      console.log(`${file} ${values.check ? "is up to date" : "written"}`);
    }
  } finally {
    await postgres.stop();
  }
}

/** The types as the kit's parsers give the values: a day is text, and a big integer a number. */
function readTypes(url: string): string {
  const folder = mkdtempSync(join(tmpdir(), "types-"));
  const file = join(folder, "types.ts");
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        codegen,
        ...["--url", url, "--dialect", "postgres", "--out-file", file],
        ...["--date-parser", "string", "--type-mapping", '{"int8":"number"}'],
        ...["--exclude-pattern", "kysely_*"],
      ],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`kysely-codegen failed: ${stderr}`);
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
