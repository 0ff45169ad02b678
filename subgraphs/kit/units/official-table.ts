import type { UnitCode } from "../../../schema/values/unit-code.ts";
import { readConversionRows, UnreadableTable } from "./conversion-rows.ts";
import type { ConversionRow } from "./conversion-rows.ts";
import { collectFindings } from "./findings.ts";
import { firstDay, firstDayOfTwoTiers, lastDayOfDistricts, listProvinces } from "./provinces.ts";
import { readShareNote } from "./share-note.ts";
import { keyText } from "./unit.ts";
import type { Succession, Unit, UnitEdition } from "./unit.ts";
import { foldName } from "./unit-name.ts";

/**
 * Reads the official conversion table of communes (see `readConversionRows` for its form): old
 * communes with their districts, new ones, and every successor of a split commune with its share.
 *
 * @throws {UnreadableTable} with a sentence that names the line.
 */
export function readOfficialTable(bytes: Uint8Array): UnitEdition {
  const rows = readConversionRows(bytes);
  const dropped = collectFindings();
  const repaired = collectFindings();
  for (const row of rows) for (const repair of row.repairs) repaired.add(repair, describe(row));

  const provinces = listProvinces();
  const newCommunes = readNewCommunes(rows);
  const districts = readDistricts(rows, repaired.add);
  const findOldCode = chooseOldCodes(rows);
  const oldCommunes = new Map<UnitCode, Unit>();
  const successions = new Map<string, Succession>();

  for (const row of rows) {
    const share = readShareNote(row.note);
    if (share === undefined)
      repaired.add("a note is in no known wording, so the share is UNKNOWN", describe(row));
    const code = row.oldCode && findOldCode(row);
    let old: Unit | undefined;
    if (row.oldCode === null && row.oldName === "") old = districts.get(row.districtCode);
    else if (row.oldCode === null) dropped.add("an old area has no code", describe(row));
    else if (!code) dropped.add("an old code is that of several communes", describe(row));
    else {
      if (code !== row.oldCode)
        repaired.add("an old commune has another one's code, and its own elsewhere", describe(row));
      old = oldCommunes.get(code) ?? oldCommune(code, row);
      oldCommunes.set(code, old);
    }
    const successor = newCommunes.get(row.newCode);
    if (old === undefined || successor === undefined) continue;
    const pair = `${keyText(old)} → ${keyText(successor)}`;
    if (successions.has(pair)) dropped.add("a row repeats an earlier one", describe(row));
    else successions.set(pair, { old, successor, share: share ?? "UNKNOWN" });
  }

  return {
    source: "OFFICIAL",
    units: [
      ...provinces.units,
      ...districts.values(),
      ...oldCommunes.values(),
      ...newCommunes.values(),
    ],
    successions: [...provinces.successions, ...successions.values()],
    dropped: dropped.list(),
    repaired: repaired.list(),
  };
}

/** New codes carry every register from here on: one that stands for two communes spoils the table. */
function readNewCommunes(rows: readonly ConversionRow[]): Map<UnitCode, Unit> {
  const first = new Map<UnitCode, ConversionRow>();
  for (const row of rows) {
    const known = first.get(row.newCode);
    if (known === undefined) first.set(row.newCode, row);
    else if (
      known.newProvince !== row.newProvince ||
      foldName(known.newName) !== foldName(row.newName)
    )
      throw new UnreadableTable(
        `Line ${row.line}: the new code ${row.newCode} is ${row.newName} in province ${row.newProvince}; ` +
          `on line ${known.line} it is ${known.newName} in province ${known.newProvince}. ` +
          "Correct one of the lines, or get the table anew.",
      );
  }
  return new Map(
    [...first.values()].map((row) => [
      row.newCode,
      {
        code: row.newCode,
        validFrom: firstDayOfTwoTiers,
        validTo: null,
        level: "COMMUNE",
        name: row.newName,
        parentCode: row.newProvince,
        districtName: null,
      },
    ]),
  );
}

/** Districts stand on the rows of their communes only, so most rows decide. */
function readDistricts(
  rows: readonly ConversionRow[],
  repaired: (reason: string, example: string) => void,
): Map<UnitCode, Unit> {
  const provinceOf = (row: ConversionRow) => row.oldProvince;
  const settled = settle(rows, (row) => row.districtCode, provinceOf);
  const districts = new Map<UnitCode, Unit>();
  for (const row of rows) {
    if (row.oldProvince !== settled.get(row.districtCode)?.value)
      repaired("a district stands in another province than on most rows", describe(row));
    else if (!districts.has(row.districtCode))
      districts.set(row.districtCode, {
        ...ended(row.districtCode, row.districtName),
        level: "DISTRICT",
        parentCode: row.oldProvince,
      });
  }
  return districts;
}

/**
 * The published table has old codes that two communes bear. The one on most rows has it; the other's
 * row gets the code that its name has elsewhere in the district, or none. Where as many rows say one
 * as the other, nobody has it.
 */
function chooseOldCodes(
  rows: readonly ConversionRow[],
): (row: ConversionRow) => UnitCode | undefined {
  const coded = rows.filter((row) => row.oldCode !== null);
  const placeOf = (row: ConversionRow) => `${row.districtCode}/${foldName(row.oldName)}`;
  const places = settle(coded, (row) => row.oldCode ?? "", placeOf);
  const owners = new Map<string, UnitCode | undefined>();
  for (const [code, { value, disputed }] of places)
    if (!disputed) owners.set(value, owners.has(value) ? undefined : (code as UnitCode));
  return (row) => {
    const owner = places.get(row.oldCode ?? "");
    if (owner?.disputed) return undefined;
    return owner?.value === placeOf(row) ? (row.oldCode ?? undefined) : owners.get(placeOf(row));
  };
}

/** For each key the value that most rows give it, and whether another is as frequent. */
function settle(
  rows: readonly ConversionRow[],
  keyOf: (row: ConversionRow) => string,
  valueOf: (row: ConversionRow) => string,
): Map<string, { value: string; disputed: boolean }> {
  const counts = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const values = counts.get(keyOf(row)) ?? new Map<string, number>();
    counts.set(keyOf(row), values.set(valueOf(row), (values.get(valueOf(row)) ?? 0) + 1));
  }
  const settled = new Map<string, { value: string; disputed: boolean }>();
  for (const [key, values] of counts) {
    const [[value, most], second] = [...values].toSorted((a, b) => b[1] - a[1]) as [
      [string, number],
      [string, number]?,
    ];
    settled.set(key, { value, disputed: second?.[1] === most });
  }
  return settled;
}

function oldCommune(code: UnitCode, row: ConversionRow): Unit {
  return { ...ended(code, row.oldName), level: "COMMUNE", parentCode: row.districtCode };
}

function ended(code: UnitCode, name: string) {
  return {
    code,
    validFrom: firstDay,
    validTo: lastDayOfDistricts,
    name,
    districtName: null,
  };
}

function describe(row: ConversionRow): string {
  const old = [row.oldCode, row.oldName, row.districtName].filter(Boolean).join(" ");
  return `line ${row.line}: ${old} → ${row.newCode} ${row.newName}`;
}
