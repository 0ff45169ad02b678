import { afterAll, beforeAll, expect, test } from "vitest";
import type { DB } from "../../../subgraphs/civil-status/database/types.ts";
import { civilStatus } from "../../../subgraphs/civil-status/server.ts";
import { doThiMai, maiPin } from "../../lives/do-thi-mai.ts";
import { leVanTam, tamPin } from "../../lives/le-van-tam.ts";
import { insertRows } from "../../lives/life.ts";
import { haiPin, lanPin, phamThiLan, sonPin } from "../../lives/pham-thi-lan.ts";
import {
  baoPin,
  hoaFormerPin,
  hoaPin,
  khoiPin,
  minhPin,
  tranThiHoa,
} from "../../lives/tran-thi-hoa.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { SectorUnderTest } from "../../support/sector.ts";

let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  sector = await startSectorUnderTest(civilStatus);
  await insertRows(
    sector.database,
    tranThiHoa.civilStatus,
    leVanTam.civilStatus,
    phamThiLan.civilStatus,
    doThiMai.civilStatus,
  );
});
afterAll(() => sector?.stop());

const nobodysPin = "001099999999";

const citizen = (pin: string, formerPins: readonly string[] | null = []) => ({
  __typename: "Citizen",
  pin,
  currentPin: formerPins && pin,
  formerPins,
});

const history = `{ maritalHistory {
  __typename date dateText registeredAt { name province { name } } spouse { pin } spouseName
  entry { book number office registeredOn status }
  ... on Marriage { form country }
  ... on Divorce { judgment { number court date effectiveFrom country } }
} }`;

test("A marital history joins the acts under a former number, newest first", async () => {
  const { data, errors } = await sector.askEntities(history, [citizen(hoaPin, [hoaFormerPin])]);
  expect(errors).toBeUndefined();
  expect(data._entities[0].maritalHistory).toEqual([
    {
      __typename: "Marriage",
      date: "2023-11-18",
      dateText: null,
      registeredAt: { name: "Phường Trảng Dài", province: { name: "Tỉnh Đồng Nai" } },
      spouse: { pin: baoPin },
      spouseName: "Phan Quốc Bảo",
      entry: {
        book: "KH-02/2023",
        number: "212/2023",
        office: "UBND phường Trảng Dài",
        registeredOn: "2023-11-18",
        status: "VALID",
      },
      form: "REGISTERED",
      country: null,
    },
    {
      __typename: "Divorce",
      date: "2019-05-28",
      dateText: null,
      registeredAt: { name: "Thị trấn Yên Định", province: { name: "Tỉnh Nam Định" } },
      spouse: { pin: minhPin },
      spouseName: "Nguyễn Văn Minh",
      entry: {
        book: "GC-01/2019",
        number: "3/2019",
        office: "UBND thị trấn Yên Định",
        registeredOn: "2019-07-02",
        status: "VALID",
      },
      judgment: {
        number: "112/2019/QĐST-HNGĐ",
        court: "Tòa án nhân dân thành phố Dĩ An",
        date: "2019-05-20",
        effectiveFrom: "2019-05-28",
        country: null,
      },
    },
    {
      __typename: "Marriage",
      date: "2012-10-06",
      dateText: null,
      registeredAt: { name: "Thị trấn Yên Định", province: { name: "Tỉnh Nam Định" } },
      spouse: { pin: minhPin },
      spouseName: "Nguyễn Văn Minh",
      entry: {
        book: "KH-01/2012",
        number: "45/2012",
        office: "UBND thị trấn Yên Định",
        registeredOn: "2012-10-06",
        status: "VALID",
      },
      form: "REGISTERED",
      country: null,
    },
  ]);
});

const outline = async (...representations: readonly object[]) => {
  const { data, errors } = await sector.askEntities(history, representations);
  expect(errors).toBeUndefined();
  return data._entities.map(
    (row: {
      maritalHistory: {
        __typename: string;
        date: string | null;
        dateText: string | null;
        spouseName: string;
        entry: { status: string } | null;
      }[];
    }) =>
      row.maritalHistory.map(
        ({ __typename, date, dateText, spouseName, entry }) =>
          `${date ?? dateText} ${__typename} ${spouseName} ${entry?.status ?? "not noted"}`,
      ),
  );
};

test("Without the population register only the number itself is searched", async () => {
  expect(await outline(citizen(hoaPin, null))).toEqual([
    ["2023-11-18 Marriage Phan Quốc Bảo VALID"],
  ]);
});

test("The other spouse sees the same acts from the other side", async () => {
  expect(await outline(citizen(minhPin))).toEqual([
    ["2019-05-28 Divorce Trần Thị Hoa VALID", "2012-10-06 Marriage Trần Thị Hoa VALID"],
  ]);
});

test("A spouse's death counts for the marriage that existed, a cancelled act is listed as such", async () => {
  expect(await outline(citizen(lanPin))).toEqual([
    [
      "2015-04-30 SpouseDeath Bùi Văn Hải VALID",
      "1988-01-12 Marriage Bùi Văn Hải VALID",
      "1987-12-12 Marriage Bùi Văn Hải CANCELLED",
      "1985-04-17 Divorce Đinh Văn Sơn not noted",
      "1978-02 Marriage Đinh Văn Sơn VALID",
    ],
  ]);
});

test("A divorce that nobody has noted has a judgment, and neither an office nor an entry", async () => {
  const { data } = await sector.askEntities(history, [citizen(lanPin)]);
  expect(data._entities[0].maritalHistory[3]).toMatchObject({
    registeredAt: null,
    entry: null,
    spouse: { pin: sonPin },
    judgment: { number: "40/LH", effectiveFrom: "1985-04-17" },
  });
});

test("An act whose day no calendar has keeps its words, and a spouse without a number is a name", async () => {
  const { data, errors } = await sector.askEntities(history, [citizen(tamPin)]);
  expect(errors).toBeUndefined();
  expect(data._entities[0].maritalHistory).toMatchObject([
    { date: null, dateText: "30/02/1965", spouse: null, spouseName: "Hoàng Thị Mận" },
  ]);
});

test("A marriage abroad has its country, and an annulment its judgment", async () => {
  const { data, errors } = await sector.askEntities(
    `{ maritalHistory { __typename date spouse { pin } spouseName registeredAt { name } entry { book }
         ... on Marriage { form country }
         ... on Annulment { judgment { number court date effectiveFrom country } } } }`,
    [citizen(maiPin)],
  );
  expect(errors).toBeUndefined();
  const both = {
    spouse: null,
    spouseName: "Kim Min-jun",
    registeredAt: { name: "Phường Trúc Bạch" },
  };
  expect(data._entities[0].maritalHistory).toEqual([
    {
      ...both,
      __typename: "Annulment",
      date: "2018-09-02",
      entry: { book: "GC-LH-2018" },
      judgment: {
        number: "9/2018/HNGĐ-ST",
        court: "Tòa án nhân dân thành phố Hà Nội",
        date: "2018-08-01",
        effectiveFrom: "2018-09-02",
        country: null,
      },
    },
    {
      ...both,
      __typename: "Marriage",
      date: "2015-05",
      entry: { book: "GC-KH-2016" },
      form: "ABROAD",
      country: "Hàn Quốc",
    },
  ]);
});

test("Somebody without acts has a row: an empty list, and nothing registered", async () => {
  const { data, errors } = await sector.askEntities(
    `{ pin maritalHistory { date } maritalCertificates { purpose }
       birthRegistration { fullName } deathRegistration { date } }`,
    [citizen(nobodysPin)],
  );
  expect(errors).toBeUndefined();
  expect(data._entities).toEqual([
    {
      pin: nobodysPin,
      maritalHistory: [],
      maritalCertificates: [],
      birthRegistration: null,
      deathRegistration: null,
    },
  ]);
});

test("Births, deaths and certificates come with their entries", async () => {
  const { data, errors } = await sector.askEntities(
    `{ pin birthRegistration { fullName birthDate birthDateText mother { pin } motherName father { pin }
         registeredAt { name } entry { number } }
       deathRegistration { date dateText registeredAt { name } entry { number status } }
       maritalCertificates { purpose registeredAt { name } entry { number registeredOn } } }`,
    [citizen(khoiPin), citizen(haiPin), citizen(hoaPin, [hoaFormerPin])],
  );
  expect(errors).toBeUndefined();
  expect(data._entities).toEqual([
    {
      pin: khoiPin,
      birthRegistration: {
        fullName: "Nguyễn Minh Khôi",
        birthDate: "2013-12-01",
        birthDateText: null,
        mother: { pin: hoaFormerPin },
        motherName: "Trần Thị Hoa",
        father: { pin: minhPin },
        registeredAt: { name: "Phường Trúc Bạch" },
        entry: { number: "310/2013" },
      },
      deathRegistration: null,
      maritalCertificates: [],
    },
    {
      pin: haiPin,
      birthRegistration: null,
      deathRegistration: {
        date: "2015-04-30",
        dateText: null,
        registeredAt: { name: "Phường Trúc Bạch" },
        entry: { number: "31", status: "VALID" },
      },
      maritalCertificates: [],
    },
    {
      pin: hoaPin,
      birthRegistration: null,
      deathRegistration: null,
      maritalCertificates: [
        {
          purpose: "Kết hôn với ông Phan Quốc Bảo",
          registeredAt: { name: "Phường Trảng Dài" },
          entry: { number: "801/2023", registeredOn: "2023-11-02" },
        },
      ],
    },
  ]);
});

test("A batch of 1,000 with every field costs one statement a table", async () => {
  const known = [
    citizen(hoaPin, [hoaFormerPin]),
    citizen(lanPin),
    citizen(tamPin),
    citizen(minhPin),
  ];
  const representations = Array.from(
    { length: 1_000 },
    (_, i) => known[i] ?? citizen(`0010990${String(i).padStart(5, "0")}`),
  );
  const { data, errors } = await sector.askEntities(
    `{ pin maritalHistory { date spouse { pin } } maritalCertificates { purpose }
       birthRegistration { fullName } deathRegistration { date } }`,
    representations,
  );
  expect(errors).toBeUndefined();
  expect(data._entities.map(({ pin }: { pin: string }) => pin)).toEqual(
    representations.map(({ pin }) => pin),
  );
  expect(
    data._entities
      .slice(0, 5)
      .map((row: { maritalHistory: unknown[] }) => row.maritalHistory.length),
  ).toEqual([3, 5, 1, 2, 0]);
  const mainTables = sector.statements.map(
    (sql) => /^(?:with .*\) )?select .*? from "(\w+)"/.exec(sql)?.[1],
  );
  expect(mainTables).toHaveLength(5);
  expect(new Set(mainTables)).toEqual(
    new Set(["birth", "certificate", "concerned", "marriage", "marriage_end"]),
  );
  expect(sector.statements.filter((sql) => sql.includes('join "death"'))).toHaveLength(1);
});
