import { afterAll, beforeAll, expect, test } from "vitest";
import type { Kysely } from "kysely";
import type { DB } from "../../../subgraphs/health-insurance/database/types.ts";
import { migrations } from "../../../subgraphs/health-insurance/database/migrations.ts";
import { openDatabase } from "../../../subgraphs/kit/database.ts";
import { findRuleBroken, listNamedRules } from "../../support/constraints.ts";
import type { Violation } from "../../support/constraints.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let file: TestDatabase;
let database: Kysely<DB>;

beforeAll(async () => {
  file = await createDatabase({ name: "health-insurance", migrations });
  database = openDatabase<DB>(file.url);
});
afterAll(async () => {
  await database?.destroy();
  await file?.drop();
});

const card = {
  pin: "001085007731",
  card_number: "7912345678",
  social_insurance_number: "7912345678",
  group_code: "DN",
  benefit_level: 4,
  valid_from: "2022-01-01",
  valid_to: "2022-12-31",
};

const violations: readonly Violation[] = [
  ["validity_ends_after_it_begins", "card", { ...card, valid_to: "2021-12-31" }],
  ["card_card_number_check", "card", { ...card, card_number: "DN979123456789" }],
  ["card_benefit_level_check", "card", { ...card, benefit_level: 6 }],
  ["card_facility_code_fkey", "card", { ...card, facility_code: "00000" }],
  [
    "facility_unit_code_unit_from_fkey",
    "facility",
    { code: "1".repeat(5), name: "Trạm Y tế", unit_code: "00004" },
  ],
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

test.each(["DN4797912345678", "7912345678", "001085007731"])(
  "A card number of each of the three forms is taken: %s",
  async (card_number) => {
    expect(await findRuleBroken(database, ["", "card", { ...card, card_number }])).toBe("none");
  },
);
