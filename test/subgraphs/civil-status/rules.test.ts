import { afterAll, beforeAll, expect, test } from "vitest";
import type { Kysely } from "kysely";
import type { DB } from "../../../subgraphs/civil-status/database/types.ts";
import { migrations } from "../../../subgraphs/civil-status/database/migrations.ts";
import { openDatabase } from "../../../subgraphs/kit/database.ts";
import { entry, insertRows } from "../../lives/life.ts";
import { haiPin, phamThiLan } from "../../lives/pham-thi-lan.ts";
import { trucBach } from "../../lives/places.ts";
import { findRuleBroken, listNamedRules } from "../../support/constraints.ts";
import type { Violation } from "../../support/constraints.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let file: TestDatabase;
let database: Kysely<DB>;

beforeAll(async () => {
  file = await createDatabase({ name: "civil-status", migrations });
  database = openDatabase<DB>(file.url);
  await insertRows(database, phamThiLan.civilStatus, {
    book_coverage: [
      {
        ...trucBach,
        book: "MARRIAGE",
        covered_from: "1990-01-01",
        covered_to: "1999-12-31",
        basis: "DIGITISED",
      },
    ],
  });
});
afterAll(async () => {
  await database?.destroy();
  await file?.drop();
});

const pin = "001085007731";
const inBook = entry(trucBach, "UBND phường Trúc Bạch", "9", "9", "2010-01-01");
const birth = { ...inBook, full_name: "Nguyễn Văn Minh", sex: "MALE", pin };
const marriage = {
  ...inBook,
  form: "REGISTERED",
  husband_pin: pin,
  husband_name: "Nguyễn Văn Minh",
  wife_name: "Trần Thị Hoa",
};
const end = { marriage_id: 3003, kind: "DIVORCE" };
const death = { ...inBook, full_name: "Nguyễn Văn Minh" };
const amendment = { act: "MARRIAGE", act_id: 3001, decision: "1/QĐ", effective_from: "2020-01-01" };
const coverage = { ...trucBach, book: "MARRIAGE", basis: "ANSWERED" };

const violations: readonly Violation[] = [
  ["nobody_is_their_own_parent", "birth", { ...birth, father_pin: pin }],
  [
    "unreadable_birth_date_is_text_alone",
    "birth",
    { ...birth, birth_date: "2010", birth_date_text: "31/04/2010" },
  ],
  ["nobody_marries_themselves", "marriage", { ...marriage, wife_pin: pin }],
  ["act_abroad_has_a_country", "marriage", { ...marriage, form: "ABROAD" }],
  ["act_abroad_has_a_country", "marriage", { ...marriage, country: "Lào" }],
  [
    "unreadable_marriage_date_is_text_alone",
    "marriage",
    { ...marriage, date: "1965", date_text: "30/02/1965" },
  ],
  [
    "judgment_takes_effect_after_it_is_given",
    "marriage_end",
    { ...end, judgment_date: "2019-05-20", effective_from: "2019-05-19" },
  ],
  ["note_is_whole_or_absent", "marriage_end", { ...end, book: "1" }],
  ["nobody_dies_before_birth", "death", { ...death, birth_date: "1985", date: "1984" }],
  [
    "unreadable_death_date_is_text_alone",
    "death",
    { ...death, date: "1984", date_text: "31/06/1984" },
  ],
  ["only_a_declared_death_is_revoked", "death", { ...death, revoked_on: "2020-01-01" }],
  ["correction_names_its_field", "amendment", { ...amendment, kind: "CORRECTION" }],
  [
    "coverage_ends_after_it_begins",
    "book_coverage",
    { ...coverage, covered_from: "2001-01-01", covered_to: "2000-12-31" },
  ],
  [
    "coverage_of_a_book_does_not_overlap",
    "book_coverage",
    { ...coverage, covered_from: "1999-12-31", covered_to: "2001-12-31" },
  ],
  [
    "marriage_unit_code_unit_from_book_number_key",
    "marriage",
    { ...marriage, ...entry(trucBach, "UBND phường Trúc Bạch", "1988", "2", "1988-01-12") },
  ],
  ["marriage_end_marriage_id_fkey", "marriage_end", { ...end, marriage_id: 999 }],
];

test.each(violations)("%s: %s refuses what breaks it", async (...violation) => {
  expect(await findRuleBroken(database, violation)).toBe(violation[0]);
});

test("Every rule with a name of its own has been broken", async () => {
  const broken = new Set(violations.map(([rule]) => rule));
  const rules = await listNamedRules(database);
  expect(rules.length).toBeGreaterThan(8);
  expect(rules.filter((rule) => !broken.has(rule))).toEqual([]);
});

test("Two acts of one person that contradict each other may stand: a register holds what was written", async () => {
  const second = { ...marriage, husband_pin: haiPin };
  expect(await findRuleBroken(database, ["", "marriage", second])).toBe("none");
});
