import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { population } from "../../../subgraphs/population/server.ts";
import { leVanTam, tamPin } from "../../lives/le-van-tam.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaFormerPin, hoaPin, khoiPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { SectorUnderTest } from "../../support/sector.ts";

let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  sector = await startSectorUnderTest(population);
  await insertRows(sector.database, tranThiHoa.population, leVanTam.population);
});
afterAll(() => sector?.stop());

const nobodysPin = "001099999999";

test("A citizen is found by the present number and by a former one, and both echo what was asked", async () => {
  const { data, errors } = await sector.ask(
    `{ now: citizen(pin: "${hoaPin}") { ...names } before: citizen(pin: "${hoaFormerPin}") { ...names } }
     fragment names on Citizen { pin currentPin formerPins fullName sex birthDate pinFlags }`,
  );
  const names = {
    currentPin: hoaPin,
    formerPins: [hoaFormerPin],
    fullName: "Trần Thị Hoa",
    sex: "FEMALE",
    birthDate: "1988-03-12",
    pinFlags: [],
  };
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    now: { pin: hoaPin, ...names },
    before: { pin: hoaFormerPin, ...names },
  });
});

test("Nobody under a number is null without an error, alone, in a list and in a batch", async () => {
  const root = await sector.ask(
    `{ citizen(pin: "${nobodysPin}") { pin }
       citizens(pins: ["${hoaPin}", "${nobodysPin}", "${tamPin}"]) { fullName } }`,
  );
  expect(root).toEqual({
    data: {
      citizen: null,
      citizens: [{ fullName: "Trần Thị Hoa" }, null, { fullName: "Lê Văn Tám" }],
    },
  });
  const batch = await sector.askEntities("{ pin }", [
    { __typename: "Citizen", pin: tamPin },
    { __typename: "Citizen", pin: nobodysPin },
    { __typename: "Citizen", pin: tamPin },
  ]);
  expect(batch).toEqual({ data: { _entities: [{ pin: tamPin }, null, { pin: tamPin }] } });
});

test("A number that is none costs its own row of a batch, with a sentence that does not repeat it", async () => {
  const { data, errors } = await sector.askEntities("{ pin }", [
    { __typename: "Citizen", pin: "12345678901" },
    { __typename: "Citizen", pin: hoaPin },
  ]);
  expect(data._entities).toEqual([null, { pin: hoaPin }]);
  expect(errors).toHaveLength(1);
  expect(errors?.[0]).toMatchObject({
    path: ["_entities", 0],
    extensions: { code: "BAD_USER_INPUT" },
  });
  expect(errors?.[0]?.message).toContain("12 digits");
  expect(errors?.[0]?.message).not.toContain("12345678901");
});

test("More than 100 numbers in one look-up are refused by a sentence that names the argument", async () => {
  const ask = (count: number) =>
    sector.ask("query ($pins: [PIN!]!) { citizens(pins: $pins) { pin } }", {
      pins: Array.from({ length: count }, (_, i) => `0010850${String(i).padStart(5, "0")}`),
    });
  expect((await ask(100)).errors).toBeUndefined();
  const { data, errors } = await ask(101);
  expect(data).toBeNull();
  expect(errors?.[0]).toMatchObject({
    message: 'Argument "pins" takes at most 100 numbers; 101 came. Split the list.',
    extensions: { code: "BAD_USER_INPUT", argument: "pins" },
  });
});

test("A date of which only the year is known stays a year, and a life without moves has one period", async () => {
  const { data } = await sector.ask(
    `{ citizen(pin: "${tamPin}") {
         birthDate birthDateText otherNames deathDate historyCompleteFrom mother { pin }
         residences { kind from to address }
       } }`,
  );
  expect(data.citizen).toEqual({
    birthDate: "1942",
    birthDateText: null,
    otherNames: ["Lê Tám"],
    deathDate: null,
    historyCompleteFrom: "1980-05-01",
    mother: null,
    residences: [{ kind: "PERMANENT", from: "1980-05", to: null, address: null }],
  });
});

test("Every period stands in the history, newest first, with the unit of then and the one of today", async () => {
  const { data, errors } = await sector.ask(
    `{ citizen(pin: "${hoaPin}") { residences {
         kind from to endReason unit { name level province { name } } unitsNow { name province { name } }
       } } }`,
  );
  expect(errors).toBeUndefined();
  const lines = data.citizen.residences.map(
    (period: {
      kind: string;
      from: string;
      unit: { name: string; province: { name: string } };
      unitsNow: { name: string; province: { name: string } }[];
    }) =>
      `${period.from} ${period.kind} ${period.unit.name}, ${period.unit.province.name}` +
      ` → ${period.unitsNow.map(({ name, province }) => `${name}, ${province.name}`).join("; ")}`,
  );
  expect(lines).toEqual([
    "2025-01-20 STAY Phường Trúc Bạch, Thành phố Hà Nội → Phường Ba Đình, Thành phố Hà Nội",
    "2024-03-01 PERMANENT Phường Hòa Thuận Tây, Thành phố Đà Nẵng → Phường Hòa Cường, Thành phố Đà Nẵng",
    "2020-01-01 PERMANENT Phường Trảng Dài, Tỉnh Đồng Nai → Phường Trảng Dài, Thành phố Đồng Nai",
    "2015-06-01 PERMANENT Phường Dĩ An, Tỉnh Bình Dương → Phường Dĩ An, Thành phố Hồ Chí Minh",
    "2012-10-15 PERMANENT Phường Trúc Bạch, Thành phố Hà Nội → Phường Ba Đình, Thành phố Hà Nội",
    "2006-09 TEMPORARY Phường Dịch Vọng Hậu, Thành phố Hà Nội → Phường Cầu Giấy, Thành phố Hà Nội",
    "1988 PERMANENT Thị trấn Yên Định, Tỉnh Nam Định → Xã Hải Hậu, Tỉnh Ninh Bình",
  ]);
});

test("A parent who died before the register began is a number, and what else she was is not in it", async () => {
  const { data, errors } = await sector.ask(
    `{ citizens(pins: ["${hoaPin}", "${khoiPin}"]) { mother { pin fullName residences { kind } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.citizens[0].mother).toEqual({
    pin: "036155000019",
    fullName: null,
    residences: null,
  });
  expect(data.citizens[1].mother).toMatchObject({ pin: hoaPin, fullName: "Trần Thị Hoa" });
});

test("A number that contradicts the register is flagged, and its bearer answered for", async () => {
  const pin = "999599000001";
  await insertRows(sector.database, {
    personal_number: [{ pin }],
    citizen: [
      {
        pin,
        family_name: "Lò",
        middle_name: "",
        given_name: "Páo",
        full_name: "Lò Páo",
        sex: "MALE",
        birth_date: "1999",
        nationality: "Việt Nam",
      },
    ],
  });
  const { data, errors } = await sector.ask(`{ citizen(pin: "${pin}") { fullName pinFlags } }`);
  expect(errors).toBeUndefined();
  expect(data.citizen).toEqual({
    fullName: "Lò Páo",
    pinFlags: ["PLACE_UNKNOWN", "SEX_DIFFERS", "BIRTH_YEAR_DIFFERS", "BIRTH_YEAR_IN_FUTURE"],
  });
});

describe("A batch costs one statement a table, and one that counts it", () => {
  test("for 1,000 citizens, of whom the register knows three by four numbers", async () => {
    const known = [hoaPin, hoaFormerPin, tamPin, khoiPin];
    const pins = Array.from(
      { length: 1_000 },
      (_, i) => known[i] ?? `0010990${String(i).padStart(5, "0")}`,
    );
    const { data, errors } = await sector.askEntities(
      "{ pin currentPin formerPins fullName residences { kind unit { name } } }",
      pins.map((pin) => ({ __typename: "Citizen", pin })),
    );
    expect(errors).toBeUndefined();
    expect(data._entities).toHaveLength(1_000);
    expect(data._entities.slice(0, 5).map((row: { pin: string } | null) => row?.pin)).toEqual([
      ...known,
      undefined,
    ]);
    expect(data._entities[1].residences).toHaveLength(7);
    expect(sector.statements[0]).toContain("meter_count");
    expect(sector.statements.filter((sql) => !sql.includes("meter_"))).toHaveLength(2);
    expect(sector.statements.filter((sql) => sql.includes('"citizen"'))).toHaveLength(1);
    expect(sector.statements.filter((sql) => sql.includes('"residence"'))).toHaveLength(1);
  });

  test("and one more than 1,000 is refused before any", async () => {
    const { data, errors } = await sector.askEntities(
      "{ pin }",
      Array.from({ length: 1_001 }, () => ({ __typename: "Citizen", pin: hoaPin })),
    );
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({
      message: "This register takes 1000 keys in one call; 1001 came. Split the batch.",
      extensions: { code: "BAD_USER_INPUT", argument: "representations" },
    });
    expect(sector.statements).toEqual([]);
  });

  test("and so are 1,001 that come by several fields", async () => {
    const representations = Array.from({ length: 450 }, () => ({
      __typename: "Citizen",
      pin: hoaPin,
    }));
    const { data, errors } = await sector.ask(
      `query ($representations: [_Any!]!, $pins: [PIN!]!) {
        first: _entities(representations: $representations) { ...names }
        second: _entities(representations: $representations) { ...names }
        ... on Query { list: citizens(pins: $pins) { fullName } }
        one: citizen(pin: "${hoaPin}") { fullName }
      }
      fragment names on Citizen { fullName }`,
      { representations, pins: Array.from({ length: 100 }, () => hoaPin) },
    );
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([
      {
        message: "This register takes 1000 keys in one call; 1001 came. Split the batch.",
        extensions: { code: "BAD_USER_INPUT", argument: "pin" },
      },
    ]);
    expect(sector.statements).toEqual([]);
  });
});
