import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSectors } from "../../../schema/sectors.ts";
import { parseTermsBySource } from "../../../schema/terms.ts";
import type { SourceTerms } from "../../../schema/terms.ts";
import { migrate } from "../../database/migrate.ts";
import { openPool } from "../../database/pool.ts";
import type { GatewayDatabase } from "../../database/pool.ts";
import { findRunningDatabases } from "../../local/postgres/running.ts";
import { describeUnknownSource } from "../../quota/unknown-source.ts";
import { defaultDataDirectory } from "../on-databases.ts";

/** Something to be done with a ledger. */
export interface QuotaTask {
  readonly place: LedgerPlace;
  /** The exit code. @throws {Error} with a sentence where it failed */
  run(database: GatewayDatabase): Promise<number>;
}

/** Reads what is to be done from the words after its name. @throws {Error} with a sentence where they are wrong */
export type ReadTask = (args: readonly string[]) => QuotaTask;

/** Where a ledger is, what it is kept by, and who reads what is told of it. */
export interface LedgerPlace {
  readonly terms: ReadonlyMap<string, SourceTerms>;
  /** Where a gateway of this machine may have its embedded database. */
  readonly data: string;
  /** Whether its gateway keeps a log, which one for a foreign supergraph does not. */
  readonly logged: boolean;
  /** Whether a program reads the answer. */
  readonly json: boolean;
}

/** For `parseArgs`: the options that lead to a ledger. */
export const placeOptions = {
  terms: { type: "string" },
  data: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export function readPlace({
  terms: file,
  data,
  json,
}: {
  readonly terms?: string | undefined;
  readonly data?: string | undefined;
  readonly json: boolean;
}): LedgerPlace {
  return {
    terms:
      file === undefined
        ? new Map(readSectors().map(({ name, terms }) => [name, terms]))
        : parseTermsBySource(readFileSync(file, "utf8"), file),
    data: data ?? (file === undefined ? defaultDataDirectory : join(defaultDataDirectory, "open")),
    logged: file === undefined,
    json,
  };
}

/** Does a task over its ledger's database, brought to the newest migration. */
export async function runTask({ place, run }: QuotaTask): Promise<number> {
  const database = openPool(await findDatabase(place));
  try {
    await migrate(database);
    return await run(database);
  } finally {
    await database.destroy();
  }
}

/** The URL of a gateway's database. @throws {Error} with a sentence where none is known */
export async function findDatabase({ data }: Pick<LedgerPlace, "data">): Promise<string> {
  const url =
    process.env["GATEWAY_DATABASE_URL"] || (await findRunningDatabases(data))?.["gateway"];
  if (url) return url;
  throw new Error(
    `GATEWAY_DATABASE_URL is not set, and no gateway's database runs in ${data}; set the one, or start the other by \`npx lien-thong start\`.`,
  );
}

/** The terms of a source. @throws {Error} with a sentence that names those that are known */
export function termsOf({ terms }: LedgerPlace, source: string): SourceTerms {
  const known = terms.get(source);
  if (known) return known;
  throw new Error(describeUnknownSource(source, terms.keys()));
}

/** An option that must be given. @throws {Error} with a sentence where it is not */
export function required(value: string | undefined, option: string): string {
  if (value === undefined) throw new Error(`--${option} must be given.`);
  return value;
}

/** Digits of an option as a number; anything else is none. */
export function toCount(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
