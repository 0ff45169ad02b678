import { describe, expect, test } from "vitest";
import { readAddressDatabase } from "../../../../subgraphs/kit/units/address-database.ts";
import { readDefaultUnits } from "../../../../subgraphs/kit/units/default-units.ts";
import { keyText } from "../../../../subgraphs/kit/units/unit.ts";

const data = await readAddressDatabase();
const edition = readDefaultUnits(data);
const count = (level: string, validFrom: string) =>
  edition.units.filter((unit) => unit.level === level && unit.validFrom === validFrom).length;
const isNfc = (text: string) => text === text.normalize("NFC");

describe("The npm data set has the faults that the reader was written for", () => {
  const rows = data.ward_mappings;
  const withoutCode = rows.filter((row) => !row.old_ward_code);
  const known = new Set(data.wards.map((ward) => ward.ward_code));
  const intoNothing = rows.filter((row) => !known.has(row.new_ward_code));

  test("10,977 rows, 943 of them without an old code", () => {
    expect(rows).toHaveLength(10_977);
    expect(withoutCode).toHaveLength(943);
  });

  test("431 rows into a code that its own table lacks, all of them among the 943", () => {
    expect(intoNothing).toHaveLength(431);
    expect(intoNothing.every((row) => withoutCode.includes(row))).toBe(true);
  });

  test("97 rows that are not NFC", () => {
    expect(rows.filter((row) => !isNfc(row.new_ward_name))).toHaveLength(97);
  });

  test("one successor for each old code, so that split communes don't show", () => {
    const codes = rows.map((row) => row.old_ward_code).filter(Boolean);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe("The default units", () => {
  test("are 63 provinces and 10,035 communes until 30/06/2025, 34 and 3,321 since", () => {
    expect([count("PROVINCE", "1900-01-01"), count("COMMUNE", "1900-01-01")]).toEqual([63, 10_035]);
    expect([count("PROVINCE", "2025-07-01"), count("COMMUNE", "2025-07-01")]).toEqual([34, 3_321]);
    expect(count("DISTRICT", "1900-01-01")).toBe(0);
  });

  test("keep the same code apart by day", () => {
    const versions = edition.units.filter(({ code }) => code === "00004");
    expect(versions).toMatchObject([
      {
        name: "Phường Trúc Bạch",
        validFrom: "1900-01-01",
        validTo: "2025-06-30",
        parentCode: "01",
        districtName: "Quận Ba Đình",
      },
      { name: "Phường Ba Đình", validFrom: "2025-07-01", validTo: null, districtName: null },
    ]);
  });

  test("give every old commune one successor of share UNKNOWN, out of as many rows as they say", () => {
    const communes = edition.successions.filter(({ old }) => old.code.length === 5);
    expect(communes.every(({ share }) => share === "UNKNOWN")).toBe(true);
    expect(new Set(communes.map(({ old }) => old.code)).size).toBe(communes.length);
    const left = edition.dropped.reduce((sum, finding) => sum + finding.count, 0);
    // One more than the data set's rows: Xã Ia Mơ, which has none.
    expect(communes.length + left).toBe(data.ward_mappings.length + 1);
  });

  test("say what was dropped and mended, with counts", () => {
    const counts = (list: typeof edition.dropped) =>
      list.map(({ reason, count }) => [count, reason]);
    expect(counts(edition.dropped)).toEqual([
      [5, "the row names no old commune"],
      [919, "the row has no old code, and no such commune stood"],
      [19, "the row has no old code and names a commune that another row has with its code"],
    ]);
    expect(counts(edition.repaired)).toEqual([
      [1, "a new commune stands under another commune's code"],
      [1, "an old commune has no row"],
      [32, "a new commune's name is not in Unicode form NFC"],
      [97, "a name in a row is not in Unicode form NFC"],
    ]);
  });

  test("are named in NFC and coded as text of the level's width", () => {
    const width = { PROVINCE: 2, DISTRICT: 3, COMMUNE: 5 };
    for (const unit of edition.units) {
      expect(isNfc(unit.name), unit.name).toBe(true);
      expect(unit.code).toMatch(new RegExp(`^[0-9]{${width[unit.level]}}$`));
    }
  });

  test("name no unit twice and no successor that isn't there", () => {
    const keys = new Set(edition.units.map(keyText));
    expect(keys.size).toBe(edition.units.length);
    expect(edition.successions.every(({ successor }) => keys.has(keyText(successor)))).toBe(true);
  });
});

test("A row whose new commune does not exist leaves its old commune without a successor, counted", () => {
  const [row] = data.ward_mappings.filter(({ old_ward_code }) => old_ward_code === "00004");
  const { successions, dropped } = readDefaultUnits({
    wards: data.wards,
    ward_mappings: [{ ...row!, new_ward_code: "99999" }],
  });
  expect(successions.filter(({ old }) => old.code === "00004")).toEqual([]);
  expect(dropped).toMatchObject([{ reason: "the row's new commune does not exist", count: 1 }]);
});
