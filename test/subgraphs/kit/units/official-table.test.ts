import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readOfficialTable } from "../../../../subgraphs/kit/units/official-table.ts";
import { readShareNote } from "../../../../subgraphs/kit/units/share-note.ts";

const file = new URL("conversion-table.csv", import.meta.url);
const text = readFileSync(file, "utf8");
const edition = readOfficialTable(readFileSync(file));

const unit = (code: string, validFrom: string) =>
  edition.units.find((one) => one.code === code && one.validFrom === validFrom);
const successors = (code: string) =>
  edition.successions
    .filter(({ old }) => old.code === code && old.validFrom === "1900-01-01")
    .map(({ successor, share }) => `${successor.code} ${share}`);
const findings = (list: typeof edition.dropped) =>
  Object.fromEntries(list.map(({ reason, count }) => [reason, count]));

describe("The official table", () => {
  test("gives old communes with their district, and new ones in their province", () => {
    expect(unit("90001", "1900-01-01")).toEqual({
      code: "90001",
      validFrom: "1900-01-01",
      validTo: "2025-06-30",
      level: "COMMUNE",
      name: "Phường Sen Trắng",
      parentCode: "901",
      districtName: null,
    });
    expect(unit("901", "1900-01-01")).toMatchObject({
      level: "DISTRICT",
      name: "Quận Sen",
      parentCode: "01",
      validTo: "2025-06-30",
    });
    expect(unit("90004", "2025-07-01")).toMatchObject({
      name: "Phường Sen Hồ",
      parentCode: "01",
      validTo: null,
    });
  });

  test("knows every successor of a split commune, with its share", () => {
    expect(successors("90004")).toEqual(["90004 PART", "90010 PART"]);
    expect(successors("90007")).toEqual(["90004 PART_AREA", "90010 PART_AREA_ALL_PEOPLE"]);
    expect(successors("90010")).toEqual(["90010 PART", "90013 PART_AREA"]);
  });

  test("re-opens an unchanged commune, since its district is gone", () => {
    expect(successors("90013")).toEqual(["90013 UNCHANGED"]);
    expect(unit("90013", "1900-01-01")?.parentCode).toBe("902");
    expect(unit("90013", "2025-07-01")).toMatchObject({ name: "Xã Tre Xanh", parentCode: "01" });
  });

  test("takes an island district without communes as the commune's predecessor", () => {
    expect(successors("931")).toEqual(["90301 WHOLE"]);
    expect(unit("90301", "2025-07-01")?.name).toBe("Đặc khu Đảo Yến");
  });

  test("goes by a province's name where its code is another's of that time", () => {
    expect(unit("931", "1900-01-01")?.parentCode).toBe("45");
    expect(unit("932", "1900-01-01")?.parentCode).toBe("44");
  });

  test("puts a district into the province that most of its rows name", () => {
    expect(unit("912", "1900-01-01")).toMatchObject({ name: "Thị xã Chè", parentCode: "17" });
  });

  test("gives a commune under another one's code the code that it has elsewhere", () => {
    expect(unit("90201", "1900-01-01")?.name).toBe("Xã Đồng Một");
    expect(unit("90207", "1900-01-01")?.name).toBe("Xã Đồng Hai");
    expect(successors("90207")).toEqual(["90204 PART_AREA_ALL_PEOPLE", "90201 PART_AREA"]);
  });

  test("gives a code that two communes claim alike to neither", () => {
    expect(unit("90210", "1900-01-01")).toBeUndefined();
  });

  test("writes names in NFC, with one capital in their kind", () => {
    expect(unit("90101", "2025-07-01")?.name).toBe("Xã Cọ Lớn");
    expect(unit("90007", "1900-01-01")?.name).toBe("Phường Đê Cũ");
    expect(edition.units.every(({ name }) => name === name.normalize("NFC"))).toBe(true);
  });

  test("counts what it left out and what it mended", () => {
    expect(findings(edition.dropped)).toEqual({
      "a row repeats an earlier one": 1,
      "an old code is that of several communes": 2,
      "an old area has no code": 1,
    });
    expect(findings(edition.repaired)).toEqual({
      "a name is not in Unicode form NFC": 1,
      "a province's code belongs to another one of its time": 1,
      "a district stands in another province than on most rows": 1,
      "a note is in no known wording, so the share is UNKNOWN": 2,
      "an old commune has another one's code, and its own elsewhere": 1,
    });
    expect(edition.dropped[0]?.examples).toEqual([
      "line 22: 90116 Xã Chè Nam Thị xã Chè → 90113 Xã Chè Đông",
    ]);
  });
});

test.each([
  ["Nhập toàn bộ", "WHOLE"],
  ["Nhập  một phần\n", "PART"],
  ["Nhâp một phần diện tích", "PART_AREA"],
  ["Nhập một phần diện tích, toàn bộ dân số", "PART_AREA_ALL_PEOPLE"],
  ["Nhập một phần diện tích và toàn bộ dân số", "PART_AREA_ALL_PEOPLE"],
  ["Nhập một phần dân số", "PART"],
  ["Nhập toàn bộ diện tích", "PART"],
  ["Giữ nguyên ", "UNCHANGED"],
  ["Đổi tên", "RENAMED"],
  ["Đổi loại hình", "RENAMED"],
  ["Đổi tên từ một phần Phường 15", "PART"],
  ["Đổi tên, đổi loại hình từ một phần thị trấn Lai Uyên", "PART"],
  ["Phần còn lại sau khi tách một phần vào xã Canh Vinh", "PART"],
  ["Sắp xếp toàn bộ huyện Lý Sơn thành đặc khu Lý Sơn", "WHOLE"],
  ["Sắp xếp toàn bộ xã Thổ Châu thành đặc khu Thổ Châu", "RENAMED"],
  ["Nhập toàn bộ".normalize("NFD"), "WHOLE"],
  ["Nhập một ít", undefined],
  ["", undefined],
])("The note «%s» says %s", (note, share) => {
  expect(readShareNote(note)).toBe(share);
});

describe("A malformed table is refused, and the sentence names the line:", () => {
  const read = (changed: string) => () => readOfficialTable(new TextEncoder().encode(changed));
  const [, , , row = ""] = text.split("\n");

  test.each([
    ["a new code with a letter", [",90004,", ",9000O,"], 'Line 4: "Mã Xã mới" must be a code'],
    ["an old code that lost its zero", [",90001,", ",4,"], 'Line 4: "Mã Xã cũ" must be a code'],
    ["a province of no time", ["Nội (01),Ph", "Nộp (01),Ph"], 'Line 4: "Tỉnh, thành phố" must be'],
    ["a district without code", ["Quận Sen (901)", "Quận Sen"], 'Line 4: "Quận/huyện" must be'],
    ["an old code without a name", ["Phường Sen Trắng", ""], 'Line 4: "Tên Xã cũ" must be'],
    ["a new commune without a name", ["Phường Sen Hồ", " "], 'Line 4: "Tên Xã mới" must be'],
    [
      "too few columns",
      [",Quận Sen (901),Thành phố Hà Nội (01),", ""],
      "Line 4: expected at least 8",
    ],
  ] as const)("%s", (_what, [from, to], sentence) => {
    expect(row).toContain(from);
    expect(read(text.replace(row, row.replace(from, to)))).toThrow(sentence);
  });

  test("a new code of two communes", () => {
    expect(read(text.replace("Phường Sen Vàng,90010", "Phường Sen Vàng,90004"))).toThrow(
      "Line 7: the new code 90004 is Phường Sen Vàng in province 01; on line 4 it is Phường Sen Hồ",
    );
  });

  test("another header", () => {
    expect(read(text.replace("Mã Xã cũ", "Mã cũ"))).toThrow("Line 2: expected the column names");
    expect(read("")).toThrow("Line 2: expected the column names");
  });

  test("semicolons instead of commas", () => {
    expect(read(text.replaceAll(",", ";"))).toThrow("comma-separated");
  });

  test("a quote that never closes", () => {
    expect(read(`${text}"Tỉnh Phú Thọ (25),Xã`)).toThrow(/^Line \d+: Quote Not Closed/);
  });

  test("the header alone", () => {
    expect(read(text.split("\n").slice(0, 3).join("\n"))).toThrow("no commune");
  });

  test("another encoding", () => {
    expect(() => readOfficialTable(Buffer.from(text, "utf16le"))).toThrow("UTF-8");
  });
});
