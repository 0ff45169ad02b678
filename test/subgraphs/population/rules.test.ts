import { afterAll, beforeAll, expect, test } from "vitest";
import type { Kysely } from "kysely";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { migrations } from "../../../subgraphs/population/database/migrations.ts";
import { openDatabase } from "../../../subgraphs/kit/database.ts";
import { leVanTam, tamPin } from "../../lives/le-van-tam.ts";
import { hoaFormerPin, hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { insertRows } from "../../lives/life.ts";
import { baDinhThanhHoa, trucBach } from "../../lives/places.ts";
import { findRuleBroken, listNamedRules } from "../../support/constraints.ts";
import type { Violation } from "../../support/constraints.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let file: TestDatabase;
let database: Kysely<DB>;

beforeAll(async () => {
  file = await createDatabase({ name: "population", migrations });
  database = openDatabase<DB>(file.url);
  await insertRows(database, leVanTam.population, tranThiHoa.population);
});
afterAll(async () => {
  await database?.destroy();
  await file?.drop();
});

const pin = "001085007739";
const person = {
  pin,
  family_name: "Nguyễn",
  middle_name: "Văn",
  given_name: "Minh",
  full_name: "Nguyễn Văn Minh",
  sex: "MALE",
  nationality: "Việt Nam",
};
const period = { pin: tamPin, kind: "TEMPORARY", ...trucBach, from_date: "2001-01-01" };

const violations: readonly Violation[] = [
  ["nobody_is_their_own_parent", "citizen", { ...person, mother_pin: pin }],
  ["nobody_is_their_own_spouse", "citizen", { ...person, spouse_pin: pin }],
  ["nobody_dies_before_birth", "citizen", { ...person, birth_date: "1985", death_date: "1984-12" }],
  [
    "unreadable_birth_date_is_text_alone",
    "citizen",
    { ...person, birth_date: "1985", birth_date_text: "30/02/1985" },
  ],
  [
    "replaced_number_is_another",
    "pin_alias",
    { pin: tamPin, old_pin: tamPin, replaced_on: "2021-01-01" },
  ],
  // Tám bears the one; the other was Hoa's, and is nobody's now.
  [
    "replaced_number_is_borne_by_nobody",
    "pin_alias",
    { pin: hoaPin, old_pin: tamPin, replaced_on: "2021-01-01" },
  ],
  ["borne_number_is_not_replaced", "citizen", { ...person, pin: hoaFormerPin }],
  ["personal_number_pkey", "personal_number", { pin: hoaFormerPin }],
  ["period_ends_after_it_begins", "residence", { ...period, to_date: "2000-12" }],
  ["period_abroad_has_a_country", "residence", { ...period, country: "Lào" }],
  [
    "period_here_has_a_unit",
    "residence",
    { pin: tamPin, kind: "TEMPORARY", from_date: "2001-01-01" },
  ],
  ["one_open_permanent_residence", "residence", { ...period, kind: "PERMANENT" }],
  ["citizen_pin_check", "citizen", { ...person, pin: "00108500773" }],
  ["residence_kind_check", "residence", { ...period, kind: "HOTEL" }],
  ["residence_unit_code_unit_from_fkey", "residence", { ...period, unit_code: "99999" }],
  ["residence_unit_code_unit_from_fkey", "residence", { ...period, unit_from: null }],
  [
    "counted_key_has_a_day_and_records",
    "meter_key",
    { key: "lease.1", arrived_at: "2026-06-15T03:00:00Z", day: "2026-06-15" },
  ],
];

test.each(violations)("%s: %s refuses what breaks it", async (...violation) => {
  expect(await findRuleBroken(database, violation)).toBe(violation[0]);
});

test("Every rule with a name of its own has been broken", async () => {
  const broken = new Set(violations.map(([rule]) => rule));
  const rules = await listNamedRules(database);
  expect(rules.length).toBeGreaterThan(5);
  expect(rules.filter((rule) => !broken.has(rule))).toEqual([]);
});

test("Two open permanent residences may stand where they are a known defect", async () => {
  const defect = { ...period, ...baDinhThanhHoa, kind: "PERMANENT", known_defect: true };
  expect(await findRuleBroken(database, ["", "residence", defect])).toBe("none");
});

test("A day that no calendar has is refused as a date", async () => {
  const born = { ...person, birth_date: "1985-02-30" };
  expect(await findRuleBroken(database, ["", "citizen", born])).toContain("out of range");
});

test("A number is replaced in one transaction, and what names the citizen follows", async () => {
  const next = "038042000325";
  await database.transaction().execute(async (transaction) => {
    await insertRows(transaction, { personal_number: [{ pin: next }] });
    await transaction.updateTable("citizen").set({ pin: next }).where("pin", "=", tamPin).execute();
    await transaction
      .updateTable("personal_number")
      .set({ replaced: true })
      .where("pin", "=", tamPin)
      .execute();
    await insertRows(transaction, {
      pin_alias: [{ old_pin: tamPin, pin: next, replaced_on: "2026-01-01" }],
    });
  });
  const { pin: bearer } = await database
    .selectFrom("residence")
    .select("pin")
    .where("pin", "in", [tamPin, next])
    .executeTakeFirstOrThrow();
  expect(bearer).toBe(next);
});

test("Of two that give one number at once, as borne and as replaced, only one succeeds", async () => {
  const contested = "001085007747";
  const outcomes = await Promise.allSettled([
    database.transaction().execute((transaction) =>
      insertRows(transaction, {
        personal_number: [{ pin: contested }],
        citizen: [{ ...person, pin: contested }],
      }),
    ),
    database.transaction().execute((transaction) =>
      insertRows(transaction, {
        personal_number: [{ pin: contested, replaced: true }],
        pin_alias: [{ old_pin: contested, pin: hoaPin, replaced_on: "2026-01-01" }],
      }),
    ),
  ]);
  expect(outcomes.filter(({ status }) => status === "rejected")).toMatchObject([
    { reason: { constraint: "personal_number_pkey" } },
  ]);
});
