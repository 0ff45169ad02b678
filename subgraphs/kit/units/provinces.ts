import { addDays } from "../../../schema/values/date.ts";
import type { CivilDate } from "../../../schema/values/date.ts";
import type { UnitCode } from "../../../schema/values/unit-code.ts";
import type { Share, Succession, Unit, UnitKey } from "./unit.ts";
import { foldProvinceName } from "./unit-name.ts";

/**
 * The first day that the tables vouch for. They say what stood on 30/06/2025 and not since when, so
 * older names (Hà Tây, Tỉnh Thừa Thiên Huế) are not in them.
 */
export const firstDay = "1900-01-01" as CivilDate;
/** The last day of 63 provinces with districts. */
export const lastDayOfDistricts = "2025-06-30" as CivilDate;
/** The first day of 34 provinces and two tiers (Resolution 202/2025/QH15, Decision 19/2025/QĐ-TTg). */
export const firstDayOfTwoTiers = "2025-07-01" as CivilDate;

/** The 63 provinces of 30/06/2025. */
const oldProvinces: readonly (readonly [code: string, name: string])[] = [
  ["01", "Thành phố Hà Nội"],
  ["02", "Tỉnh Hà Giang"],
  ["04", "Tỉnh Cao Bằng"],
  ["06", "Tỉnh Bắc Kạn"],
  ["08", "Tỉnh Tuyên Quang"],
  ["10", "Tỉnh Lào Cai"],
  ["11", "Tỉnh Điện Biên"],
  ["12", "Tỉnh Lai Châu"],
  ["14", "Tỉnh Sơn La"],
  ["15", "Tỉnh Yên Bái"],
  ["17", "Tỉnh Hòa Bình"],
  ["19", "Tỉnh Thái Nguyên"],
  ["20", "Tỉnh Lạng Sơn"],
  ["22", "Tỉnh Quảng Ninh"],
  ["24", "Tỉnh Bắc Giang"],
  ["25", "Tỉnh Phú Thọ"],
  ["26", "Tỉnh Vĩnh Phúc"],
  ["27", "Tỉnh Bắc Ninh"],
  ["30", "Tỉnh Hải Dương"],
  ["31", "Thành phố Hải Phòng"],
  ["33", "Tỉnh Hưng Yên"],
  ["34", "Tỉnh Thái Bình"],
  ["35", "Tỉnh Hà Nam"],
  ["36", "Tỉnh Nam Định"],
  ["37", "Tỉnh Ninh Bình"],
  ["38", "Tỉnh Thanh Hóa"],
  ["40", "Tỉnh Nghệ An"],
  ["42", "Tỉnh Hà Tĩnh"],
  ["44", "Tỉnh Quảng Bình"],
  ["45", "Tỉnh Quảng Trị"],
  ["46", "Thành phố Huế"],
  ["48", "Thành phố Đà Nẵng"],
  ["49", "Tỉnh Quảng Nam"],
  ["51", "Tỉnh Quảng Ngãi"],
  ["52", "Tỉnh Bình Định"],
  ["54", "Tỉnh Phú Yên"],
  ["56", "Tỉnh Khánh Hòa"],
  ["58", "Tỉnh Ninh Thuận"],
  ["60", "Tỉnh Bình Thuận"],
  ["62", "Tỉnh Kon Tum"],
  ["64", "Tỉnh Gia Lai"],
  ["66", "Tỉnh Đắk Lắk"],
  ["67", "Tỉnh Đắk Nông"],
  ["68", "Tỉnh Lâm Đồng"],
  ["70", "Tỉnh Bình Phước"],
  ["72", "Tỉnh Tây Ninh"],
  ["74", "Tỉnh Bình Dương"],
  ["75", "Tỉnh Đồng Nai"],
  ["77", "Tỉnh Bà Rịa - Vũng Tàu"],
  ["79", "Thành phố Hồ Chí Minh"],
  ["80", "Tỉnh Long An"],
  ["82", "Tỉnh Tiền Giang"],
  ["83", "Tỉnh Bến Tre"],
  ["84", "Tỉnh Trà Vinh"],
  ["86", "Tỉnh Vĩnh Long"],
  ["87", "Tỉnh Đồng Tháp"],
  ["89", "Tỉnh An Giang"],
  ["91", "Tỉnh Kiên Giang"],
  ["92", "Thành phố Cần Thơ"],
  ["93", "Tỉnh Hậu Giang"],
  ["94", "Tỉnh Sóc Trăng"],
  ["95", "Tỉnh Bạc Liêu"],
  ["96", "Tỉnh Cà Mau"],
];

/** The 34 provinces of 01/07/2025, each with the old codes that went into it whole. */
const newProvinces: readonly (readonly [code: string, name: string, from: readonly string[]])[] = [
  ["01", "Thành phố Hà Nội", ["01"]],
  ["04", "Tỉnh Cao Bằng", ["04"]],
  ["08", "Tỉnh Tuyên Quang", ["08", "02"]],
  ["11", "Tỉnh Điện Biên", ["11"]],
  ["12", "Tỉnh Lai Châu", ["12"]],
  ["14", "Tỉnh Sơn La", ["14"]],
  ["15", "Tỉnh Lào Cai", ["10", "15"]],
  ["19", "Tỉnh Thái Nguyên", ["19", "06"]],
  ["20", "Tỉnh Lạng Sơn", ["20"]],
  ["22", "Tỉnh Quảng Ninh", ["22"]],
  ["24", "Tỉnh Bắc Ninh", ["27", "24"]],
  ["25", "Tỉnh Phú Thọ", ["25", "26", "17"]],
  ["31", "Thành phố Hải Phòng", ["31", "30"]],
  ["33", "Tỉnh Hưng Yên", ["33", "34"]],
  ["37", "Tỉnh Ninh Bình", ["37", "35", "36"]],
  ["38", "Tỉnh Thanh Hóa", ["38"]],
  ["40", "Tỉnh Nghệ An", ["40"]],
  ["42", "Tỉnh Hà Tĩnh", ["42"]],
  ["44", "Tỉnh Quảng Trị", ["45", "44"]],
  ["46", "Thành phố Huế", ["46"]],
  ["48", "Thành phố Đà Nẵng", ["48", "49"]],
  ["51", "Tỉnh Quảng Ngãi", ["51", "62"]],
  ["52", "Tỉnh Gia Lai", ["64", "52"]],
  ["56", "Tỉnh Khánh Hòa", ["56", "58"]],
  ["66", "Tỉnh Đắk Lắk", ["66", "54"]],
  ["68", "Tỉnh Lâm Đồng", ["68", "67", "60"]],
  ["75", "Tỉnh Đồng Nai", ["75", "70"]],
  ["79", "Thành phố Hồ Chí Minh", ["79", "74", "77"]],
  ["80", "Tỉnh Tây Ninh", ["72", "80"]],
  ["82", "Tỉnh Đồng Tháp", ["87", "82"]],
  ["86", "Tỉnh Vĩnh Long", ["86", "83", "84"]],
  ["91", "Tỉnh An Giang", ["89", "91"]],
  ["92", "Thành phố Cần Thơ", ["92", "93", "94"]],
  ["96", "Tỉnh Cà Mau", ["96", "95"]],
];

/** Changes of kind or name since, on their first day. More will follow. */
const renamedProvinces: readonly (readonly [code: string, from: string, name: string])[] = [
  ["75", "2026-04-30", "Thành phố Đồng Nai"],
];

/** Every version of every province, with its successors: no source but the acts is needed for these. */
export function listProvinces(): { units: Unit[]; successions: Succession[] } {
  const units = [
    ...oldProvinces.map(([code, name]) => province(code, name, firstDay, lastDayOfDistricts)),
    ...newProvinces.map(([code, name]) => province(code, name, firstDayOfTwoTiers, null)),
  ];
  const successions = newProvinces.flatMap(([code, , from]) =>
    from.map((old) =>
      succession(
        old,
        firstDay,
        code,
        firstDayOfTwoTiers,
        from.length === 1 ? "UNCHANGED" : "WHOLE",
      ),
    ),
  );
  for (const [code, from, name] of renamedProvinces) {
    const standing = units.findIndex((unit) => unit.code === code && unit.validTo === null);
    const before = units[standing];
    if (before === undefined) throw new Error(`Province ${code} is renamed but does not stand.`);
    units[standing] = { ...before, validTo: addDays(from as CivilDate, -1) };
    units.push(province(code, name, from as CivilDate, null));
    successions.push(succession(code, before.validFrom, code, from as CivilDate, "RENAMED"));
  }
  return { units, successions };
}

/** The code of the old province with this name, however it spells its kind and its tones. */
export function findOldProvince(name: string): UnitCode | undefined {
  return oldByName.get(foldProvinceName(name));
}

/** The code of the province of 01/07/2025 with this name. */
export function findNewProvince(name: string): UnitCode | undefined {
  return newByName.get(foldProvinceName(name));
}

const oldByName = byName(oldProvinces);
const newByName = byName(newProvinces);

function byName(provinces: readonly (readonly [string, string, ...unknown[]])[]) {
  return new Map(provinces.map(([code, name]) => [foldProvinceName(name), code as UnitCode]));
}

function province(
  code: string,
  name: string,
  validFrom: CivilDate,
  validTo: CivilDate | null,
): Unit {
  return {
    code: code as UnitCode,
    validFrom,
    validTo,
    level: "PROVINCE",
    name,
    parentCode: null,
    districtName: null,
  };
}

function succession(
  oldCode: string,
  oldFrom: CivilDate,
  code: string,
  from: CivilDate,
  share: Share,
): Succession {
  const key = (unit: string, validFrom: CivilDate): UnitKey => ({
    code: unit as UnitCode,
    validFrom,
  });
  return { old: key(oldCode, oldFrom), successor: key(code, from), share };
}
