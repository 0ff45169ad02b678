import { sql, type Kysely } from "kysely";
import { migrations as civilStatus } from "../civil-status/database/migrations.ts";
import { migrations as education } from "../education/database/migrations.ts";
import { migrations as healthInsurance } from "../health-insurance/database/migrations.ts";
import type { Migrations } from "../kit/database.ts";
import { migrations as population } from "../population/database/migrations.ts";
import { defectTable, manifestMigrations, storyTable } from "./manifest.ts";
import * as acts from "./registers/civil-status-tables.ts";
import { enrolmentTable, pupilTable, schoolTable } from "./registers/education.ts";
import { cardTable, facilityTable } from "./registers/health-insurance.ts";
import { aliasTable, citizenTable, numberTable, residenceTable } from "./registers/population.ts";
import { UsedWrongly } from "./used-wrongly.ts";

/** A database that the seed fills. */
export interface Destination {
  readonly name: string;
  /** The environment variable with its URL. */
  readonly variable: string;
  readonly migrations: Migrations;
  /** The tables that it fills; a foreign key points to an earlier one. */
  readonly tables: readonly { readonly name: string }[];
  /** Whether it keeps administrative units. */
  readonly hasUnits: boolean;
}

export const destinations = {
  population: {
    name: "population",
    variable: "POPULATION_DATABASE_URL",
    migrations: population,
    tables: [numberTable, citizenTable, aliasTable, residenceTable],
    hasUnits: true,
  },
  "civil-status": {
    name: "civil-status",
    variable: "CIVIL_STATUS_DATABASE_URL",
    migrations: civilStatus,
    tables: [
      acts.birthTable,
      acts.marriageTable,
      acts.marriageEndTable,
      acts.deathTable,
      acts.certificateTable,
      acts.amendmentTable,
      acts.coverageTable,
    ],
    hasUnits: true,
  },
  "health-insurance": {
    name: "health-insurance",
    variable: "HEALTH_INSURANCE_DATABASE_URL",
    migrations: healthInsurance,
    tables: [facilityTable, cardTable],
    hasUnits: true,
  },
  education: {
    name: "education",
    variable: "EDUCATION_DATABASE_URL",
    migrations: education,
    tables: [schoolTable, pupilTable, enrolmentTable],
    hasUnits: true,
  },
  seed: {
    name: "seed",
    variable: "SEED_DATABASE_URL",
    migrations: manifestMigrations,
    tables: [defectTable, storyTable],
    hasUnits: false,
  },
} as const satisfies Record<string, Destination>;

export type DestinationName = keyof typeof destinations;
export const destinationNames = Object.keys(destinations) as DestinationName[];

/**
 * Where a database is.
 *
 * @throws {UsedWrongly} where its variable is not set
 */
export function readUrl({ variable }: Destination, env: NodeJS.ProcessEnv): string {
  const url = env[variable];
  if (url) return url;
  throw new UsedWrongly(
    `${variable} is not set. Set it to postgres://user:password@host:port/database.`,
  );
}

/** Who lives in a database: nobody, invented people, or people without the mark of invented ones. */
export type Contents =
  | { readonly kind: "EMPTY" }
  | { readonly kind: "SYNTHETIC"; readonly seed: number; readonly citizens: number }
  | { readonly kind: "REAL"; readonly table: string };

export async function readContents(
  database: Kysely<unknown>,
  { tables }: Pick<Destination, "tables">,
): Promise<Contents> {
  const mark = await sql<{ seed: number; citizens: number }>`
    select seed, citizens from synthetic_mark
  `.execute(database);
  const [marked] = mark.rows;
  if (marked) return { kind: "SYNTHETIC", ...marked };
  for (const { name } of tables) {
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(database);
    if (rows.length > 0) return { kind: "REAL", table: name };
  }
  return { kind: "EMPTY" };
}
