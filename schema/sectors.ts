import { readdirSync, readFileSync } from "node:fs";
import { parse } from "graphql";
import type { DocumentNode } from "graphql";
import { parseTerms } from "./terms.ts";
import type { Terms } from "./terms.ts";

/** A ministry's part of the agreement: its SDL and its terms. */
export interface Sector {
  /** Name of the source, such as `civil-status`. */
  readonly name: string;
  readonly terms: Terms;
  /** Its own types together with the values and the policy directives that all sectors share. */
  readonly typeDefs: DocumentNode;
}

/** What a sector's variables begin with: `CIVIL_STATUS` of `CIVIL_STATUS_DATABASE_URL`. */
export function environmentPrefix(sector: string): string {
  return sector.replaceAll("-", "_").toUpperCase();
}

/** The variable that names a sector's database, such as `CIVIL_STATUS_DATABASE_URL`. */
export function databaseVariable(sector: string): string {
  return `${environmentPrefix(sector)}_DATABASE_URL`;
}

const schemaFolder = new URL("./", import.meta.url);
const termsEnding = ".terms.json";

/**
 * Every sector of the folder, by name. A sector is there when its two files are, `<name>.graphql` and
 * `<name>.terms.json`: a new one needs no line of code.
 *
 * @throws {Error} with a sentence that names the file that cannot be read
 */
export function readSectors(folder: URL = schemaFolder): Sector[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(termsEnding))
    .map((file) => readSector(file.slice(0, -termsEnding.length), folder))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
}

/** One sector, by name. */
export function readSector(name: string, folder: URL = schemaFolder): Sector {
  const read = (file: string) => readFileSync(new URL(file, folder), "utf8");
  const sdl = [`${name}.graphql`, "common.graphql", "policy.graphql"].map(read).join("\n");
  return {
    name,
    terms: parseTerms(read(`${name}${termsEnding}`), `${name}${termsEnding}`),
    typeDefs: parse(sdl),
  };
}
