import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, parseCivilDate } from "../../../../schema/values/date.ts";
import type { CivilDate } from "../../../../schema/values/date.ts";
import { parseUnitCode } from "../../../../schema/values/unit-code.ts";
import { readAddressDatabase } from "../../../../subgraphs/kit/units/address-database.ts";
import { readDefaultUnits } from "../../../../subgraphs/kit/units/default-units.ts";
import {
  buildUnitDirectory,
  isWithin,
  provinceOf,
  unitOf,
  unitOn,
  unitsNow,
} from "../../../../subgraphs/kit/units/directory.ts";
import { unitResolvers } from "../../../../subgraphs/kit/units/resolvers.ts";
import { isValidOn, keyText, shares } from "../../../../subgraphs/kit/units/unit.ts";
import type { Share, Succession, Unit } from "../../../../subgraphs/kit/units/unit.ts";

const firstDay = parseCivilDate("1900-01-01");
const lastOldDay = parseCivilDate("2025-06-30");
const reform = parseCivilDate("2025-07-01");
const today = parseCivilDate("2026-06-01");

const edition = readDefaultUnits(await readAddressDatabase());
const country = buildUnitDirectory(edition.units, edition.successions);

const get = (directory: typeof country, code: string, validFrom: CivilDate): Unit => {
  const unit = unitOf(directory, { code: parseUnitCode(code), validFrom });
  if (unit === undefined) throw new Error(`No unit ${code} from ${validFrom}`);
  return unit;
};
const names = (units: readonly (Unit | null | undefined)[]) => units.map((unit) => unit?.name);

describe("A code names a unit only together with a day", () => {
  test("00004 was Phường Trúc Bạch and is Phường Ba Đình, from one day to the next", () => {
    expect(unitOn(country, "00004", lastOldDay)?.name).toBe("Phường Trúc Bạch");
    expect(unitOn(country, "00004", reform)?.name).toBe("Phường Ba Đình");
    expect(names(unitsNow(country, get(country, "00004", firstDay), today))).toEqual([
      "Phường Ba Đình",
    ]);
  });

  test("an unknown code or day names none", () => {
    expect(unitOn(country, "99999", today)).toBeUndefined();
    expect(unitOn(country, "02", reform)).toBeUndefined();
    expect(
      unitOf(country, { code: parseUnitCode("00004"), validFrom: lastOldDay }),
    ).toBeUndefined();
  });
});

describe("The province of a unit", () => {
  test("is the one of its last day for a unit that has ended: code 15 was Yên Bái, and is Lào Cai", () => {
    const old = edition.units.find((unit) => unit.parentCode === "15" && unit.validTo !== null);
    const standing = edition.units.find((unit) => unit.parentCode === "15" && !unit.validTo);
    expect(names([old, standing].map((unit) => provinceOf(country, unit!, today)))).toEqual([
      "Tỉnh Yên Bái",
      "Tỉnh Lào Cai",
    ]);
  });

  test("is today's version for a unit that stands: Đồng Nai has been a city since 30/04/2026", () => {
    const commune = edition.units.find((unit) => unit.parentCode === "75" && !unit.validTo)!;
    const on = (day: string) => provinceOf(country, commune, parseCivilDate(day))?.name;
    expect(on("2026-04-29")).toBe("Tỉnh Đồng Nai");
    expect(on("2026-04-30")).toBe("Thành phố Đồng Nai");
    // Before the commune stood there is no day to go by but its first.
    expect(on("2020-01-01")).toBe("Tỉnh Đồng Nai");
  });

  test("is the province itself for a province", () => {
    expect(provinceOf(country, get(country, "70", firstDay), today)?.name).toBe("Tỉnh Bình Phước");
  });

  test("is found through the district where there is one, and null where the parent is missing", () => {
    expect(provinceOf(village, get(village, "90001", firstDay), today)?.name).toBe("Tỉnh Tre");
    const orphan = make("90009", firstDay, null, "Xã Lạc", "77");
    expect(provinceOf(village, orphan, today)).toBeNull();
  });

  test("is what the schema's `province` resolves to", () => {
    const { province } = unitResolvers.AdministrativeUnit;
    const commune = get(country, "00004", reform);
    expect(province(commune, {}, { units: country, today })?.name).toBe("Thành phố Hà Nội");
  });
});

/** One province, whose commune 90001 was split four ways, and 90002 merged twice. */
const village = (() => {
  const second = parseCivilDate("2026-01-01");
  const units = [
    make("90", firstDay, lastOldDay, "Tỉnh Tre", null),
    make("91", firstDay, lastOldDay, "Tỉnh Sen", null),
    make("90", reform, null, "Tỉnh Tre Sen", null),
    make("901", firstDay, lastOldDay, "Huyện Tre", "90"),
    make("90001", firstDay, lastOldDay, "Xã Một", "901"),
    make("90002", firstDay, lastOldDay, "Xã Hai", "901"),
    make("90001", reform, null, "Xã Mới Một", "90"),
    make("90003", reform, null, "Xã Mới Ba", "90"),
    make("90004", reform, null, "Xã Mới Bốn", "90"),
    make("90005", reform, null, "Xã Mới Năm", "90"),
    make("90002", reform, parseCivilDate("2025-12-31"), "Xã Mới Hai", "90"),
    make("90006", second, null, "Phường Sáu", "90"),
  ];
  const succeed = (old: string, code: string, share: Share, from = firstDay, to = reform) => ({
    old: { code: parseUnitCode(old), validFrom: from },
    successor: { code: parseUnitCode(code), validFrom: to },
    share,
  });
  return buildUnitDirectory(units, [
    succeed("90001", "90003", "PART"),
    succeed("90001", "90005", "PART_AREA_ALL_PEOPLE"),
    succeed("90001", "90001", "PART"),
    succeed("90001", "90004", "PART_AREA"),
    succeed("90002", "90002", "WHOLE"),
    succeed("90002", "90006", "WHOLE", reform, second),
    succeed("90", "90", "WHOLE"),
    succeed("91", "90", "WHOLE"),
  ]);
})();

function make(
  code: string,
  validFrom: CivilDate,
  validTo: CivilDate | null,
  name: string,
  parent: string | null,
): Unit {
  return {
    code: parseUnitCode(code),
    validFrom,
    validTo,
    level: code.length === 2 ? "PROVINCE" : code.length === 3 ? "DISTRICT" : "COMMUNE",
    name,
    parentCode: parent === null ? null : parseUnitCode(parent),
    districtName: null,
  };
}

describe("Where an old commune's books and people went", () => {
  test("a split commune: first who took all people, then the heir of the code, then the others", () => {
    expect(names(unitsNow(village, get(village, "90001", firstDay), today))).toEqual([
      "Xã Mới Năm",
      "Xã Mới Một",
      "Xã Mới Ba",
      "Xã Mới Bốn",
    ]);
  });

  test("a commune that was merged twice: the last of the chain, or the one of the day asked for", () => {
    const commune = get(village, "90002", firstDay);
    const on = (day: string) => names(unitsNow(village, commune, parseCivilDate(day)));
    expect(on("2025-06-30")).toEqual(["Xã Hai"]);
    expect(on("2025-12-31")).toEqual(["Xã Mới Hai"]);
    expect(on("2026-01-01")).toEqual(["Phường Sáu"]);
  });

  test("nothing before a unit begins, and nothing for a district, which has no successor", () => {
    expect(unitsNow(village, get(village, "90006", parseCivilDate("2026-01-01")), reform)).toEqual(
      [],
    );
    expect(unitsNow(village, get(village, "901", firstDay), today)).toEqual([]);
  });

  test("a successor that is not among the units is refused", () => {
    const [unit] = edition.units;
    const gone = { ...edition.successions[0]!, successor: { ...unit!, validFrom: today } };
    expect(() => buildUnitDirectory(edition.units, [gone])).toThrow("not among the units");
  });
});

describe("Whether a unit lies within another on a day", () => {
  const commune = get(village, "90001", firstDay);

  test("goes by the parents of that day", () => {
    expect(isWithin(village, commune, "901", lastOldDay)).toBe(true);
    expect(isWithin(village, commune, "90", lastOldDay)).toBe(true);
    expect(isWithin(village, commune, "91", lastOldDay)).toBe(false);
    expect(isWithin(village, commune, "90001", lastOldDay)).toBe(true);
    // 901 is no code of this day.
    expect(isWithin(village, commune, "901", today)).toBe(false);
  });

  test("can be told of a split commune for the province, and not for one of its parts", () => {
    expect(isWithin(village, commune, "90", today)).toBe(true);
    expect(isWithin(village, commune, "90003", today)).toBeNull();
  });

  test("can't be told for a day before the unit began", () => {
    expect(isWithin(village, get(village, "90003", reform), "90", lastOldDay)).toBeNull();
  });
});

test("Every old unit of the default data leads to at least one unit that stands today", () => {
  for (const unit of edition.units) {
    const now = unitsNow(country, unit, today);
    expect(now.length, keyText(unit)).toBeGreaterThan(0);
    expect(now.every((one) => isValidOn(one, today) && one.level === unit.level)).toBe(true);
  }
});

test("63 provinces lead to 34, and every commune's successor lies where its province went", () => {
  const provinces = edition.units.filter(({ level }) => level === "PROVINCE");
  const now = new Set(provinces.flatMap((unit) => unitsNow(country, unit, today)));
  expect(now.size).toBe(34);
  for (const unit of edition.units.filter(({ level, validTo }) => level === "COMMUNE" && validTo)) {
    const [heir] = unitsNow(country, provinceOf(country, unit, today)!, today);
    for (const successor of unitsNow(country, unit, today))
      expect(provinceOf(country, successor, today), keyText(unit)).toBe(heir);
  }
});

/** Any history: communes with periods of their own, and successions in any direction, loops included. */
const histories = fc
  .array(fc.record({ code: fc.nat(19), from: fc.nat(60), days: fc.option(fc.nat(20)) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((drawn) =>
    drawn.map(({ code, from, days }) => {
      const validFrom = addDays(firstDay, from);
      const validTo = days === null ? null : addDays(validFrom, days);
      return make(String(90_000 + code), validFrom, validTo, "Xã", "90");
    }),
  )
  .map((units) => [...new Map(units.map((unit) => [keyText(unit), unit])).values()])
  .chain((units) =>
    fc.record({
      units: fc.constant(units),
      successions: fc.array(
        fc.record({
          old: fc.constantFrom(...units),
          successor: fc.constantFrom(...units),
          share: fc.constantFrom(...shares),
        }),
        { maxLength: 60 },
      ) as fc.Arbitrary<Succession[]>,
      day: fc.nat(90).map((days) => addDays(firstDay, days)),
    }),
  );

test("The walk to today's units ends, whatever the table says, and finds standing units, each once", () => {
  fc.assert(
    fc.property(histories, ({ units, successions, day }) => {
      const directory = buildUnitDirectory(units, successions);
      for (const unit of units) {
        const now = unitsNow(directory, unit, day);
        expect(now.every((one) => isValidOn(one, day))).toBe(true);
        expect(new Set(now.map(keyText)).size).toBe(now.length);
        const standsItself = now.length === 1 && now[0] === unit;
        expect(standsItself || !isValidOn(unit, day)).toBe(true);
      }
    }),
  );
});
