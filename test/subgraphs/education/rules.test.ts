import { afterAll, beforeAll, expect, test } from "vitest";
import type { Kysely } from "kysely";
import type { DB } from "../../../subgraphs/education/database/types.ts";
import { migrations } from "../../../subgraphs/education/database/migrations.ts";
import { openDatabase } from "../../../subgraphs/kit/database.ts";
import { insertRows } from "../../lives/life.ts";
import { tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { findRuleBroken, listNamedRules } from "../../support/constraints.ts";
import type { Violation } from "../../support/constraints.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let file: TestDatabase;
let database: Kysely<DB>;

beforeAll(async () => {
  file = await createDatabase({ name: "education", migrations });
  database = openDatabase<DB>(file.url);
  await insertRows(database, tranThiHoa.education);
});
afterAll(async () => {
  await database?.destroy();
  await file?.drop();
});

const pupil = { code: "0100000001", full_name: "Lê Bình An" };
const year = {
  pupil_code: "0100013871",
  school_code: "25942TH2",
  school_year: "2020-2021",
  level: "PRIMARY",
  grade: 2,
  state: "COMPLETED",
};

const violations: readonly Violation[] = [
  [
    "unreadable_birth_date_is_text_alone",
    "pupil",
    { ...pupil, birth_date: "2013", birth_date_text: "31/11/2013" },
  ],
  ["school_year_is_one_year", "enrolment", { ...year, school_year: "2020-2022" }],
  ["grade_fits_level", "enrolment", { ...year, grade: 6 }],
  ["grade_fits_level", "enrolment", { ...year, level: "KINDERGARTEN" }],
  ["pupil_code_check", "pupil", { ...pupil, code: "A100000001" }],
  ["pupil_unit_code_check", "pupil", { ...pupil, unit_code: "Xã Bình An" }],
  ["enrolment_pkey", "enrolment", { ...year, school_year: "2019-2020" }],
];

test.each(violations)("%s: %s refuses what breaks it", async (...violation) => {
  expect(await findRuleBroken(database, violation)).toBe(violation[0]);
});

test("Every rule with a name of its own has been broken", async () => {
  const broken = new Set(violations.map(([rule]) => rule));
  const rules = await listNamedRules(database);
  expect(rules).not.toEqual([]);
  expect(rules.filter((rule) => !broken.has(rule))).toEqual([]);
});

test("A number that is none is taken as the school wrote it", async () => {
  expect(await findRuleBroken(database, ["", "pupil", { ...pupil, pin: "HS-2019/7" }])).toBe(
    "none",
  );
});
