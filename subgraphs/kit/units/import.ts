import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { runProgram } from "../../../schema/program.ts";
import { databaseVariable, readSectors } from "../../../schema/sectors.ts";
import { migrateToLatest, openDatabase } from "../database.ts";
import { ensureUnits } from "./ensure-units.ts";
import { describeImport, summarizeImport } from "./import-report.ts";
import type { SectorImport } from "./import-report.ts";
import { loadUnits } from "./load.ts";
import { unitMigrations } from "./migrations.ts";
import { readOfficialTable } from "./official-table.ts";
import type { UnitEdition } from "./unit.ts";

const usage = `lien-thong units import FILE [--json]

Loads the official table of administrative units before and after 01/07/2025 (CSV of the General
Statistics Office, UTF-8) into every sector's database that is named by <SECTOR>_DATABASE_URL. It
brings split communes, shares and districts, which the data of a fresh installation lack. A second
import of the same table changes nothing.

  --json    print the report as one JSON object
`;

if (import.meta.main) await runProgram(() => importUnits(process.argv.slice(2), process.env));

async function importUnits(args: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [file, ...more] = positionals;
  const databases = readSectors()
    .map(({ name }) => ({ sector: name, url: environment[databaseVariable(name)] }))
    .filter((database): database is { sector: string; url: string } => !!database.url);
  if (file === undefined || more.length > 0)
    return misused("Give one FILE: the official table as CSV.");
  if (databases.length === 0)
    return misused(
      `No database is named. Set ${readSectors()
        .map(({ name }) => databaseVariable(name))
        .join(", ")} or some of them.`,
    );

  const edition = await readTable(file);
  const imports: SectorImport[] = [];
  for (const { sector, url } of databases)
    imports.push({ sector, ...(await loadInto(sector, url, edition)) });
  const report = { file, edition, imports };
  process.stdout.write(
    `${values.json ? JSON.stringify(summarizeImport(report)) : describeImport(report)}\n`,
  );
  return 0;
}

function misused(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return 2;
}

async function readTable(file: string): Promise<UnitEdition> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code}). Give the path of the official table.`);
  });
  try {
    return readOfficialTable(bytes);
  } catch (error) {
    throw new Error(`${file} was not imported. ${messageOf(error)}`, { cause: error });
  }
}

async function loadInto(sector: string, url: string, edition: UnitEdition) {
  const database = openDatabase(url, { connections: 1, statementMs: 0 });
  try {
    await makeTables(database);
    // Registers may hold rows of the default units, which the table corrects and does not replace.
    await ensureUnits(database);
    return await loadUnits(database, edition);
  } catch (error) {
    throw new Error(
      `The database of ${sector} did not take the table: ${messageOf(error)}. ` +
        "Mend the cause and import again, which does no harm to the others.",
      { cause: error },
    );
  } finally {
    await database.destroy();
  }
}

/**
 * Before the first start a database has no tables. The units' come before all others of a sector, so
 * that it migrates on from here.
 */
async function makeTables<Tables>(database: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ known: boolean }>`
    select to_regclass('unit') is not null as known
  `.execute(database);
  if (!rows[0]?.known) await migrateToLatest(database, unitMigrations);
}

function messageOf(error: unknown): string {
  return error instanceof Error
    ? error.message || String((error as { code?: string }).code)
    : String(error);
}
