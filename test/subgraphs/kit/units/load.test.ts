import { readFileSync } from "node:fs";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CivilDate } from "../../../../schema/values/date.ts";
import { parseCivilDate } from "../../../../schema/values/date.ts";
import { parseUnitCode } from "../../../../schema/values/unit-code.ts";
import { openDatabase } from "../../../../subgraphs/kit/database.ts";
import { readAddressDatabase } from "../../../../subgraphs/kit/units/address-database.ts";
import { readDefaultUnits } from "../../../../subgraphs/kit/units/default-units.ts";
import { buildUnitDirectory } from "../../../../subgraphs/kit/units/directory.ts";
import { keepUnitDirectory } from "../../../../subgraphs/kit/units/keep-directory.ts";
import { loadUnits } from "../../../../subgraphs/kit/units/load.ts";
import { unitMigrations } from "../../../../subgraphs/kit/units/migrations.ts";
import { readOfficialTable } from "../../../../subgraphs/kit/units/official-table.ts";
import { readEdition, readUnitDirectory } from "../../../../subgraphs/kit/units/read-directory.ts";
import type { Share, Succession, Unit, UnitEdition } from "../../../../subgraphs/kit/units/unit.ts";
import type { TestDatabase } from "../../../support/database.ts";
import { createDatabase } from "../../../support/database.ts";

const firstDay = parseCivilDate("1900-01-01");
const lastOldDay = parseCivilDate("2025-06-30");
const reform = parseCivilDate("2025-07-01");

let copy: TestDatabase;
let database: Kysely<unknown>;

beforeAll(async () => {
  copy = await createDatabase({ name: "units", migrations: unitMigrations });
  database = openDatabase(copy.url);
});
beforeEach(() =>
  sql`truncate unit, unit_successor, unit_edition restart identity cascade`.execute(database),
);
afterAll(async () => {
  await database?.destroy();
  await copy?.drop();
});

function unit(code: string, change: Partial<Unit> = {}): Unit {
  return {
    code: parseUnitCode(code),
    validFrom: firstDay,
    validTo: lastOldDay,
    level: "COMMUNE",
    name: `Xã ${code}`,
    parentCode: parseUnitCode("01"),
    districtName: null,
    ...change,
  };
}

const standing = { validFrom: reform, validTo: null };

function edition(
  source: UnitEdition["source"],
  units: readonly Unit[],
  successions: readonly (readonly [old: string, successor: string, share: Share])[] = [],
): UnitEdition {
  return {
    source,
    units,
    successions: successions.map(([old, successor, share]): Succession => ({
      old: unit(old),
      successor: unit(successor, standing),
      share,
    })),
    dropped: [],
    repaired: [],
  };
}

async function readShares(): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    select concat_ws(' ', old_code, new_code, share) as text from unit_successor order by 1
  `.execute(database);
  return rows.map(({ text }) => text);
}

describe("Loading units", () => {
  const units = [unit("00001"), unit("00001", standing), unit("00002", standing)];

  test("twice changes nothing the second time, and leaves one trace", async () => {
    const first = edition("DEFAULT", units, [["00001", "00001", "UNKNOWN"]]);
    expect(await loadUnits(database, first)).toEqual({
      units: { inserted: 3, changed: 0, kept: 0, beyond: 0 },
      successions: { inserted: 1, changed: 0, kept: 0, removed: 0 },
    });
    expect(await loadUnits(database, first)).toEqual({
      units: { inserted: 0, changed: 0, kept: 3, beyond: 0 },
      successions: { inserted: 0, changed: 0, kept: 1, removed: 0 },
    });
    expect(await readEdition(database)).toBe(1);
  });

  test("gives back what it was given", async () => {
    const district = unit("001", { level: "DISTRICT" });
    const commune = unit("00001", { districtName: "Quận Một" });
    await loadUnits(
      database,
      edition("DEFAULT", [district, commune, ...units.slice(1)], [["00001", "00002", "UNKNOWN"]]),
    );
    const { directory } = await readUnitDirectory(database);
    expect(directory.versions.get("00001")).toEqual([commune, units[1]]);
    expect(directory.versions.get("001")).toEqual([district]);
    expect(directory.successors.get("00001@1900-01-01")).toEqual([units[2]]);
  });

  test("the official table replaces what the default data said of a commune's successors", async () => {
    await loadUnits(
      database,
      edition(
        "DEFAULT",
        [...units, unit("00003"), unit("00003", standing)],
        [
          ["00001", "00001", "UNKNOWN"],
          ["00003", "00003", "UNKNOWN"],
        ],
      ),
    );
    const report = await loadUnits(
      database,
      edition(
        "OFFICIAL",
        [...units, unit("00004", standing)],
        [
          ["00001", "00002", "PART"],
          ["00001", "00004", "PART_AREA_ALL_PEOPLE"],
        ],
      ),
    );
    expect(report.successions).toEqual({ inserted: 2, changed: 0, kept: 0, removed: 1 });
    expect(await readShares()).toEqual([
      "00001 00002 PART",
      "00001 00004 PART_AREA_ALL_PEOPLE",
      "00003 00003 UNKNOWN",
    ]);
  });

  test("the default data never takes back what the official table said", async () => {
    const named = unit("00001", { name: "Xã Chính Thức", parentCode: parseUnitCode("001") });
    await loadUnits(
      database,
      edition("OFFICIAL", [named, ...units.slice(1)], [["00001", "00002", "WHOLE"]]),
    );
    const report = await loadUnits(
      database,
      edition("DEFAULT", units, [["00001", "00001", "UNKNOWN"]]),
    );
    expect(report.units).toMatchObject({ inserted: 0, changed: 0, kept: 3 });
    expect(await readShares()).toEqual(["00001 00002 WHOLE"]);
    const { directory } = await readUnitDirectory(database);
    expect(directory.versions.get("00001")?.[0]?.name).toBe("Xã Chính Thức");
  });

  test("keeps units that the edition does not name, because registers refer to them", async () => {
    await loadUnits(database, edition("DEFAULT", units));
    const report = await loadUnits(database, edition("OFFICIAL", units.slice(0, 1)));
    expect(report.units).toEqual({ inserted: 0, changed: 1, kept: 0, beyond: 2 });
    expect((await readUnitDirectory(database)).directory.versions.size).toBe(2);
  });

  test("may end a version and begin the next at once, in whatever order", async () => {
    await loadUnits(database, edition("DEFAULT", [unit("00002", standing)]));
    const renamed = parseCivilDate("2026-04-30");
    await loadUnits(
      database,
      edition("DEFAULT", [
        unit("00002", { validFrom: renamed, validTo: null, name: "Phường Mới" }),
        unit("00002", { validFrom: reform, validTo: parseCivilDate("2026-04-29") }),
      ]),
    );
    const { directory } = await readUnitDirectory(database);
    expect(directory.versions.get("00002")?.map(({ validTo }) => validTo)).toEqual([
      "2026-04-29",
      null,
    ]);
  });

  test("is all or nothing", async () => {
    const orphan = edition("DEFAULT", units, [["00009", "00001", "UNKNOWN"]]);
    await expect(loadUnits(database, orphan)).rejects.toThrow("foreign key");
    expect((await readUnitDirectory(database)).directory.versions.size).toBe(0);
    expect(await readEdition(database)).toBe(0);
  });

  test("refuses an edition that names a unit or a succession twice", async () => {
    await expect(loadUnits(database, edition("DEFAULT", [...units, ...units]))).rejects.toThrow(
      "holds the unit 00001@1900-01-01 twice",
    );
    const twice = edition("DEFAULT", units, [
      ["00001", "00002", "PART"],
      ["00001", "00002", "WHOLE"],
    ]);
    await expect(loadUnits(database, twice)).rejects.toThrow("holds the succession");
  });
});

describe("The database refuses", () => {
  const expectRefusal = (change: Partial<Unit>, constraint: string) =>
    expect(loadUnits(database, edition("DEFAULT", [unit("00001", change)]))).rejects.toMatchObject({
      constraint,
    });

  test("two versions of a code on one day", async () => {
    await loadUnits(database, edition("DEFAULT", [unit("00001")]));
    await expectRefusal({ validFrom: lastOldDay, validTo: null }, "unit_versions_never_overlap");
  });

  test.each([
    [
      "a unit that ends before it begins",
      { validTo: "1899-12-31" as CivilDate },
      "unit_ends_after_it_begins",
    ],
    ["a commune with a district's level", { level: "DISTRICT" }, "unit_code_fits_level"],
    ["a commune without a parent", { parentCode: null }, "unit_parent_fits_level"],
    [
      "a commune within a commune",
      { parentCode: parseUnitCode("00002") },
      "unit_parent_fits_level",
    ],
    ["a name that is not NFC", { name: "Xã Cọ".normalize("NFD") }, "unit_name_is_tidy"],
    ["a name with a space at its end", { name: "Xã Cọ " }, "unit_name_is_tidy"],
  ] as const)("%s", async (_what, change, constraint) => {
    await expectRefusal(change, constraint);
  });

  test("a successor that is no later than the unit it follows", async () => {
    const [one, two] = [unit("00001"), unit("00002")];
    const sideways: UnitEdition = {
      ...edition("DEFAULT", [one, two]),
      successions: [{ old: one, successor: two, share: "WHOLE" }],
    };
    await expect(loadUnits(database, sideways)).rejects.toMatchObject({
      constraint: "unit_successor_is_later",
    });
  });
});

describe("The whole default data", () => {
  test("loads by a few statements, however many rows it has, and the official form replaces some", async () => {
    const defaults = readDefaultUnits(await readAddressDatabase());
    let statements = 0;
    const counted = openDatabase(copy.url, { onStatement: () => (statements += 1) });
    try {
      await loadUnits(counted, defaults);
    } finally {
      await counted.destroy();
    }
    expect(statements).toBeGreaterThan(1);
    expect(statements).toBeLessThan(10);

    const table = readOfficialTable(readFileSync(new URL("conversion-table.csv", import.meta.url)));
    await loadUnits(database, table);
    await loadUnits(database, defaults);
    const { directory } = await readUnitDirectory(database);
    const expected = buildUnitDirectory(
      [...defaults.units, ...table.units.filter(({ level }) => level !== "PROVINCE")],
      [...defaults.successions, ...table.successions.filter(({ old }) => old.code.length !== 2)],
    );
    expect(directory.versions.size).toBe(expected.versions.size);
    expect(directory.successors.size).toBe(expected.successors.size);
    expect(directory.successors.get("90007@1900-01-01")?.map(({ name }) => name)).toEqual([
      "Phường Sen Vàng",
      "Phường Sen Hồ",
    ]);
  });
});

describe("The directory that a server keeps", () => {
  let time = 0;
  let statements = 0;
  let counted: Kysely<unknown>;

  beforeEach(() => {
    time = 0;
    statements = 0;
    counted = openDatabase(copy.url, { onStatement: () => (statements += 1) });
  });
  afterEach(() => counted.destroy());

  const keep = (onError?: (error: unknown) => void) =>
    keepUnitDirectory(counted, { now: () => time, everyMs: 60_000, ...(onError && { onError }) });

  test("is read again when a load has changed the tables, at most every minute", async () => {
    const keeper = await keep();
    await loadUnits(database, edition("DEFAULT", [unit("00001")]));
    const before = statements;

    time = 59_999;
    expect(keeper.current().versions.size).toBe(0);
    expect(statements).toBe(before);

    time = 60_000;
    // The request that finds the minute over is not kept waiting: it gets what there is.
    expect(keeper.current().versions.size).toBe(0);
    await expect.poll(() => keeper.current().versions.size).toBe(1);
    await keeper.stop();
  });

  test("costs one small statement a minute while nothing changes", async () => {
    const keeper = await keep();
    const first = keeper.current();
    const before = statements;
    time = 60_000;
    for (let request = 0; request < 100; request++) keeper.current();
    await keeper.stop();
    expect(statements).toBe(before + 1);
    expect(keeper.current()).toBe(first);
  });

  test("stays as it is when the database is gone, and says so", async () => {
    const errors: unknown[] = [];
    await loadUnits(database, edition("DEFAULT", [unit("00001")]));
    const keeper = await keep((error) => errors.push(error));
    await sql`alter table unit_edition rename to unit_edition_gone`.execute(database);
    try {
      time = 60_000;
      expect(keeper.current().versions.size).toBe(1);
      await expect.poll(() => errors.length).toBe(1);
      expect(keeper.current().versions.size).toBe(1);
    } finally {
      await sql`alter table unit_edition_gone rename to unit_edition`.execute(database);
      await keeper.stop();
    }
  });

  test("reads nothing once it is stopped", async () => {
    const keeper = await keep();
    await keeper.stop();
    const before = statements;
    time = 600_000;
    keeper.current();
    await keeper.stop();
    expect(statements).toBe(before);
  });
});
