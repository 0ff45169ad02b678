import { CsvError, parse } from "csv-parse/sync";
import type { UnitCode } from "../../../schema/values/unit-code.ts";
import { findNewProvince, findOldProvince } from "./provinces.ts";
import { tidyUnitName } from "./unit-name.ts";

/** A row of the official conversion table, its cells read and checked one by one. */
export type ConversionRow = {
  readonly line: number;
  readonly newProvince: UnitCode;
  readonly newCode: UnitCode;
  readonly newName: string;
  /** Null where the table has none. */
  readonly oldCode: UnitCode | null;
  /** Empty where a district without communes became a commune. */
  readonly oldName: string;
  readonly note: string;
  readonly districtCode: UnitCode;
  readonly districtName: string;
  readonly oldProvince: UnitCode;
  /** What was mended in the cells, if anything. */
  readonly repairs: readonly string[];
};

/** A table that can't be read; the message names the line. */
export class UnreadableTable extends Error {
  override readonly name = "UnreadableTable";
}

/**
 * Reads the rows of the conversion table of the General Statistics Office, a CSV file in UTF-8: two
 * header lines, then for each province a title and rows of new province (code), new commune, its code,
 * old commune, its code, note, old district (code), old province (code).
 *
 * @throws {UnreadableTable}
 */
export function readConversionRows(bytes: Uint8Array): ConversionRow[] {
  const [first, second, ...body] = readLines(decode(bytes));
  const header = second?.cells.slice(0, columns.length) ?? [];
  if (first === undefined || header.join("|") !== columns.join("|"))
    throw new UnreadableTable(
      `Line 2: expected the column names ${columns.join(", ")}; got ${header.join(", ") || "nothing"}. ` +
        "Give the conversion table of communes before and after 01/07/2025 as comma-separated CSV.",
    );
  const rows = body
    .filter(({ cells }) => cells.slice(1).some((cell) => cell !== ""))
    .map(({ line, cells }) => readRow(line, cells));
  if (rows.length === 0)
    throw new UnreadableTable("The table has its header and no commune. Give the whole table.");
  return rows;
}

const columns = [
  "Tỉnh, thành phố",
  "Tên Xã mới",
  "Mã Xã mới",
  "Tên Xã cũ",
  "Mã Xã cũ",
  "Ghi chú",
  "Quận/huyện",
  "Tỉnh cũ",
];

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableTable("The file is not text in UTF-8. Save the table as CSV UTF-8.");
  }
}

type Line = { readonly line: number; readonly cells: readonly string[] };

function readLines(text: string): Line[] {
  try {
    const records = parse(text, { bom: true, info: true, relax_column_count: true }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    return records.map(({ record, info }) => ({
      line: info.lines,
      cells: record.map((cell) => cell.replace(/\s+/g, " ").trim()),
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UnreadableTable(
      `Line ${String(error["lines"])}: ${error.message}. Give the table as comma-separated CSV.`,
    );
  }
}

function readRow(line: number, cells: readonly string[]): ConversionRow {
  const [province, newName, newCode, oldName, oldCode, note, district, oldProvince] = cells.map(
    (cell) => cell.normalize("NFC"),
  );
  const refuse = (column: number, expected: string): never => {
    throw new UnreadableTable(
      `Line ${line}: "${columns[column]}" must be ${expected}; it is "${cells[column] ?? ""}". ` +
        "Correct the line, or get the table anew.",
    );
  };
  if (cells.length < columns.length)
    throw new UnreadableTable(
      `Line ${line}: expected at least ${columns.length} columns; it has ${cells.length}. ` +
        "Correct the line, or get the table anew.",
    );
  const repairs: string[] = [];
  if (cells.some((cell) => cell !== cell.normalize("NFC")))
    repairs.push("a name is not in Unicode form NFC");

  const findProvince = (column: number, cell: string | undefined, find: typeof findOldProvince) => {
    const named = splitCode(cell, 2);
    const code = named && find(named.name);
    if (named === undefined || code === undefined)
      return refuse(column, 'the name of a province of its time and its code, as in "Tỉnh A (01)"');
    if (code !== named.code) repairs.push("a province's code belongs to another one of its time");
    return code;
  };
  if (!newName) refuse(1, "the name of a commune");
  if (!isCommuneCode(newCode)) return refuse(2, "a code of 5 digits");
  if (oldCode && !isCommuneCode(oldCode)) refuse(4, "a code of 5 digits, or empty");
  if (oldCode && !oldName) refuse(3, "the name of a commune");
  const oldDistrict = splitCode(district, 3) ?? refuse(6, 'a name and code, as in "Quận A (001)"');
  return {
    line,
    newProvince: findProvince(0, province, findNewProvince),
    newCode,
    newName: tidyUnitName(newName ?? ""),
    oldCode: oldCode ? (oldCode as UnitCode) : null,
    oldName: tidyUnitName(oldName ?? ""),
    note: note ?? "",
    districtCode: oldDistrict.code,
    districtName: tidyUnitName(oldDistrict.name),
    oldProvince: findProvince(7, oldProvince, findOldProvince),
    repairs,
  };
}

/** "Quận Ba Đình (001)" as name and code. */
function splitCode(cell: string | undefined, digits: number) {
  const parts = /^(.+?) ?\(([0-9]+)\)$/.exec(cell ?? "");
  const [, name, code] = parts ?? [];
  return name && code?.length === digits ? { name, code: code as UnitCode } : undefined;
}

function isCommuneCode(text: string | undefined): text is UnitCode {
  return /^[0-9]{5}$/.test(text ?? "");
}
