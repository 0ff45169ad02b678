import { afterAll, beforeAll, expect, test } from "vitest";
import type { CivilDate } from "../../../schema/values/date.ts";
import type { PartialDate } from "../../../schema/values/partial-date.ts";
import type { UnitCode } from "../../../schema/values/unit-code.ts";
import { buildUnitDirectory } from "../../../subgraphs/kit/units/directory.ts";
import type { Unit, UnitKey } from "../../../subgraphs/kit/units/unit.ts";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { findResidence } from "../../../subgraphs/population/resides-in.ts";
import type { Period } from "../../../subgraphs/population/resides-in.ts";
import { population } from "../../../subgraphs/population/server.ts";
import { leVanTam, tamPin } from "../../lives/le-van-tam.ts";
import { insertRows } from "../../lives/life.ts";
import { nguyenVanXa, xaPin } from "../../lives/nguyen-van-xa.ts";
import { hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { SectorUnderTest } from "../../support/sector.ts";

let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  sector = await startSectorUnderTest(population);
  await insertRows(
    sector.database,
    tranThiHoa.population,
    leVanTam.population,
    nguyenVanXa.population,
  );
});
afterAll(() => sector?.stop());

async function ask(pin: string, unit: string, on: string) {
  const { data, errors } = await sector.ask(
    `{ citizen(pin: "${pin}") { residesIn(unit: "${unit}", on: "${on}") } }`,
  );
  const [error] = errors ?? [];
  if (error === undefined) return data.citizen.residesIn;
  expect(errors).toMatchObject([{ path: ["citizen", "residesIn"] }]);
  expect(data.citizen.residesIn).toBeNull();
  return [error.extensions.code, error.extensions["argument"]].filter(Boolean).join(" ");
}

test.each([
  ["the commune, by its code of then", "00004", "2013-05-05", true],
  ["the province around it", "01", "2013-05-05", true],
  ["another commune", "25942", "2013-05-05", false],
  ["another province", "74", "2013-05-05", false],
  ["the first day of a period", "00004", "2012-10-15", true],
  ["its last day", "00004", "2015-05-31", true],
  ["the day after", "00004", "2015-06-01", false],
])("Hoa's residence answers for %s", async (_, unit, on, expected) => {
  expect(await ask(hoaPin, unit, on)).toBe(expected);
});

test("A temporary residence counts beside a permanent one elsewhere", async () => {
  expect(await ask(hoaPin, "00167", "2007-03-03")).toBe(true);
  expect(await ask(hoaPin, "14215", "2007-03-03")).toBe(true);
});

test("A period known by month counts from the first day to the last that it may mean", async () => {
  expect(await ask(hoaPin, "00167", "2006-09-01")).toBe(true);
  expect(await ask(hoaPin, "00167", "2008-09-30")).toBe(true);
  expect(await ask(hoaPin, "00167", "2006-08-31")).toBe(false);
  expect(await ask(hoaPin, "00167", "2008-10-01")).toBe(false);
});

test("A notice of stay is no residence", async () => {
  expect(await ask(hoaPin, "00004", "2025-01-25")).toBe(false);
});

test("A residence that lasted through the mergers answers by the codes of each day", async () => {
  expect(await ask(hoaPin, "20245", "2025-06-30")).toBe(true);
  expect(await ask(hoaPin, "48", "2025-06-30")).toBe(true);
  // Phường Hòa Thuận Tây went into Phường Hòa Cường, and its code went out of use.
  expect(await ask(hoaPin, "20257", "2025-07-01")).toBe(true);
  expect(await ask(hoaPin, "20245", "2025-07-01")).toBe("BAD_USER_INPUT unit");
});

test("A code that no unit bore on the day is refused by a sentence that names the argument", async () => {
  // Bình Dương is in TP. Hồ Chí Minh since 01/07/2025.
  expect(await ask(hoaPin, "74", "2025-07-01")).toBe("BAD_USER_INPUT unit");
  expect(await ask(hoaPin, "99999", "2013-05-05")).toBe("BAD_USER_INPUT unit");
});

test("A district's code is not known to the default units, which is not the asker's mistake", async () => {
  // Quận Ba Đình was 001, and Trúc Bạch lay in it.
  expect(await ask(hoaPin, "001", "2013-05-05")).toBe("NOT_RECORDED unit");
  expect(await ask(hoaPin, "001", "2025-07-01")).toBe("BAD_USER_INPUT unit");
});

test("A day without a residence on record is not known, rather than no", async () => {
  expect(await ask(tamPin, "14776", "1979-12-31")).toBe("NOT_RECORDED");
  expect(await ask(tamPin, "14776", "1980-05-01")).toBe(true);
});

test("A day that has not come is not known", async () => {
  expect(await ask(hoaPin, "48", "2026-06-15")).toBe(true);
  expect(await ask(hoaPin, "48", "2026-06-16")).toBe("NOT_RECORDED");
});

test("Who lived abroad lived elsewhere, and an absence alone says nothing", async () => {
  expect(await ask(xaPin, "01", "2005-01-01")).toBe(false);
  expect(await ask(xaPin, "01", "2011-06-01")).toBe("NOT_RECORDED");
});

test("Two questions in one request cost one statement a table", async () => {
  await sector.ask(
    `{ citizen(pin: "${hoaPin}") {
         a: residesIn(unit: "01", on: "2013-05-05") b: residesIn(unit: "48", on: "2025-05-05")
         residences { kind } } }`,
  );
  expect(sector.statements.filter((sql) => !sql.includes("meter_"))).toHaveLength(2);
});

const day = (text: string) => text as CivilDate;

function unit(level: Unit["level"], code: string, validFrom: string, parentCode: string | null) {
  return {
    code: code as UnitCode,
    validFrom: day(validFrom),
    validTo: validFrom < "2025" ? day("2025-06-30") : null,
    level,
    name: `Đơn vị ${code}`,
    parentCode: parentCode as UnitCode | null,
    districtName: null as string | null,
  };
}

function livedIn(key: UnitKey): Period[] {
  return [{ kind: "PERMANENT", from: "2001" as PartialDate, to: null, unit: key }];
}

test("Where a commune was divided, its parts answer together or not at all", () => {
  const old = unit("COMMUNE", "00001", "1900-01-01", "01");
  const parts = ["00010", "00020"].map((code) => unit("COMMUNE", code, "2025-07-01", "01"));
  const provinces = ["1900-01-01", "2025-07-01"].map((from) => unit("PROVINCE", "01", from, null));
  const units = buildUnitDirectory(
    [old, ...provinces, ...parts],
    parts.map((successor) => ({ old, successor, share: "PART" })),
  );
  const answer = (code: string) => findResidence(livedIn(old), code, day("2025-07-01"), units);
  expect(answer("01")).toBe("YES");
  expect(answer("00010")).toBe("UNIT_DOES_NOT_TELL");
  expect(answer("00030")).toBe("NO");
});

test("A district answers for the communes under its code, and for those under a mere name not at all", () => {
  const inDistrict = unit("COMMUNE", "00001", "1900-01-01", "001");
  const inAnother = unit("COMMUNE", "00002", "1900-01-01", "002");
  const byName = { ...unit("COMMUNE", "00003", "1900-01-01", "01"), districtName: "Quận 001" };
  const districts = ["001", "002"].map((code) => unit("DISTRICT", code, "1900-01-01", "01"));
  const province = unit("PROVINCE", "01", "1900-01-01", null);
  const units = buildUnitDirectory([inDistrict, inAnother, byName, ...districts, province], []);
  const answer = (key: UnitKey, code = "001") =>
    findResidence(livedIn(key), code, day("2013-05-05"), units);
  expect(answer(inDistrict)).toBe("YES");
  expect(answer(inAnother)).toBe("NO");
  expect(answer(byName)).toBe("UNIT_DOES_NOT_TELL");
  expect(answer(byName, "01")).toBe("YES");
  expect(answer(byName, "00001")).toBe("NO");
});
