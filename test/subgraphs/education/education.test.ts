import { afterAll, beforeAll, expect, test } from "vitest";
import type { DB } from "../../../subgraphs/education/database/types.ts";
import { education } from "../../../subgraphs/education/server.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaPin, khoiPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { SectorUnderTest } from "../../support/sector.ts";

let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  sector = await startSectorUnderTest(education);
  await insertRows(sector.database, tranThiHoa.education, {
    pupil: [{ code: "0100099999", pin: "001219000001", full_name: "Lê Bình An" }],
  });
});
afterAll(() => sector?.stop());

test("Every school year stands in the history, the newest first, the school left after the next one", async () => {
  const { data, errors } = await sector.askEntities(
    `{ pin pupilCode enrolments {
         schoolYear grade className level state school { code name unit { name province { name } } }
       } }`,
    [{ __typename: "Citizen", pin: khoiPin, currentPin: khoiPin, formerPins: [] }],
  );
  expect(errors).toBeUndefined();
  const [khoi] = data._entities;
  expect(khoi.pupilCode).toBe("0100013871");
  expect(
    khoi.enrolments.map(
      (year: { schoolYear: string; state: string; school: { name: string } }) =>
        `${year.schoolYear} ${year.state} ${year.school.name}`,
    ),
  ).toEqual([
    "2025-2026 ATTENDING Trường Trung học cơ sở Trưng Vương",
    "2019-2020 COMPLETED Trường Tiểu học Dĩ An",
    "2019-2020 TRANSFERRED Trường Tiểu học Nguyễn Trung Trực",
  ]);
  expect(khoi.enrolments[0]).toEqual({
    schoolYear: "2025-2026",
    grade: 7,
    className: "7B",
    level: "LOWER_SECONDARY",
    state: "ATTENDING",
    school: {
      code: "20245CS1",
      name: "Trường Trung học cơ sở Trưng Vương",
      unit: { name: "Phường Hòa Thuận Tây", province: { name: "Thành phố Đà Nẵng" } },
    },
  });
  expect(sector.statements).toHaveLength(1);
});

test("A pupil is found under a former number that the school wrote down", async () => {
  const { data } = await sector.askEntities("{ pin pupilCode }", [
    {
      __typename: "Citizen",
      pin: "001213000999",
      currentPin: "001213000999",
      formerPins: [khoiPin],
    },
  ]);
  expect(data._entities).toEqual([{ pin: "001213000999", pupilCode: "0100013871" }]);
});

test("A pupil entered and not yet enrolled has a code and no school year", async () => {
  const { data, errors } = await sector.askEntities("{ pupilCode enrolments { schoolYear } }", [
    { __typename: "Citizen", pin: "001219000001" },
  ]);
  expect(errors).toBeUndefined();
  expect(data._entities).toEqual([{ pupilCode: "0100099999", enrolments: [] }]);
});

test("A batch of 1,000 costs one statement, and who never went to school has a row", async () => {
  const { data, errors } = await sector.askEntities(
    "{ pin pupilCode enrolments { schoolYear school { name } } }",
    Array.from({ length: 1_000 }, (_, i) => ({
      __typename: "Citizen",
      pin: i === 999 ? khoiPin : `0010990${String(i).padStart(5, "0")}`,
    })),
  );
  expect(errors).toBeUndefined();
  expect(data._entities[0]).toEqual({ pin: "001099000000", pupilCode: null, enrolments: [] });
  expect(data._entities[999].enrolments).toHaveLength(3);
  expect(sector.statements).toHaveLength(1);
});

test("A mother is not found by her child's enrolments", async () => {
  const { data } = await sector.askEntities("{ pupilCode enrolments { grade } }", [
    { __typename: "Citizen", pin: hoaPin },
  ]);
  expect(data._entities).toEqual([{ pupilCode: null, enrolments: [] }]);
});
