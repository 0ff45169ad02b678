import { expect, test } from "vitest";
import type {
  DeathRow,
  MarriageEndRow,
  MarriageRow,
} from "../../../subgraphs/civil-status/loaders.ts";
import { listMaritalEvents } from "../../../subgraphs/civil-status/marital-history.ts";

const wife = "036188004512";
const husband = "001085007731";

const entry = {
  book: "1",
  number: "1",
  office: "UBND phường Trúc Bạch",
  unit_code: "00004",
  unit_from: "1900-01-01",
  status: "VALID",
};

const marriage = (fields: Partial<MarriageRow> = {}): MarriageRow => ({
  ...entry,
  id: 1,
  form: "REGISTERED",
  husband_pin: husband,
  husband_name: "Nguyễn Văn Minh",
  husband_birth_date: null,
  wife_pin: wife,
  wife_name: "Trần Thị Hoa",
  wife_birth_date: null,
  date: "2010-01-01",
  date_text: null,
  country: null,
  registered_on: "2010-01-01",
  ...fields,
});

const divorce = (fields: Partial<MarriageEndRow> = {}): MarriageEndRow => ({
  ...entry,
  id: 1,
  marriage_id: 1,
  kind: "DIVORCE",
  judgment_number: null,
  court: null,
  judgment_date: "2014-01-01",
  effective_from: "2014-01-15",
  country: null,
  registered_on: "2014-02-01",
  husband_pin: husband,
  wife_pin: wife,
  ...fields,
});

const death = (fields: Partial<DeathRow> = {}): DeathRow => ({
  ...entry,
  id: 1,
  pin: husband,
  full_name: "Nguyễn Văn Minh",
  birth_date: null,
  date: "2020-01-01",
  date_text: null,
  declared_by: null,
  revoked_on: null,
  registered_on: "2020-01-03",
  asked_pin: wife,
  ...fields,
});

const outline = (
  marriages: readonly MarriageRow[],
  ends: readonly MarriageEndRow[] = [],
  deaths: readonly DeathRow[] = [],
  pins: readonly string[] = [wife],
) =>
  listMaritalEvents(pins, { marriages, ends, deaths }).map(
    ({ __typename, date }) => `${__typename} ${date}`,
  );

test("A death before the divorce took effect, or on that day, ended the marriage", () => {
  expect(outline([marriage()], [divorce()], [death({ date: "2014-01-15" })])).toEqual([
    "SpouseDeath 2014-01-15",
    "Divorce 2014-01-15",
    "Marriage 2010-01-01",
  ]);
});

test("A death after a divorce in force is a stranger's", () => {
  expect(outline([marriage()], [divorce()], [death()])).toEqual([
    "Divorce 2014-01-15",
    "Marriage 2010-01-01",
  ]);
});

test("A divorce that was cancelled, or whose day of effect is unknown, has ended nothing", () => {
  expect(outline([marriage()], [divorce({ status: "CANCELLED" })], [death()])).toContain(
    "SpouseDeath 2020-01-01",
  );
  expect(outline([marriage()], [divorce({ effective_from: null })], [death()])).toContain(
    "SpouseDeath 2020-01-01",
  );
});

test("A death before the marriage, or of a marriage that was cancelled, is none of a spouse", () => {
  expect(outline([marriage()], [], [death({ date: "2009" })])).toEqual(["Marriage 2010-01-01"]);
  expect(outline([marriage({ status: "CANCELLED" })], [], [death()])).toEqual([
    "Marriage 2010-01-01",
  ]);
});

test("Who died first was not widowed", () => {
  const own = death({ id: 2, pin: wife, date: "2015", registered_on: "2015-03-01" });
  expect(outline([marriage()], [], [death(), own])).toEqual(["Marriage 2010-01-01"]);
});

test("A remarriage to the same person has its own end, and the death stands once", () => {
  const again = marriage({ id: 2, date: "2016-06-06", registered_on: "2016-06-06" });
  const underBothPins = [death(), death({ asked_pin: "036088004512" })];
  expect(outline([marriage(), again], [divorce()], underBothPins)).toEqual([
    "SpouseDeath 2020-01-01",
    "Marriage 2016-06-06",
    "Divorce 2014-01-15",
    "Marriage 2010-01-01",
  ]);
});

test("A revoked declaration of death is listed and does not count", () => {
  const [event] = listMaritalEvents([wife], {
    marriages: [marriage()],
    ends: [],
    deaths: [death({ declared_by: "Tòa án nhân dân quận Ba Đình", revoked_on: "2022-01-01" })],
  });
  expect(event).toMatchObject({ __typename: "SpouseDeath", entry: { status: "CANCELLED" } });
});

test("A judgment that was lifted before it was noted is not shown, for no entry could say so", () => {
  const unnoted = {
    book: null,
    number: null,
    office: null,
    unit_code: null,
    unit_from: null,
    registered_on: null,
  };
  expect(outline([marriage()], [divorce(unnoted)])).toContain("Divorce 2014-01-15");
  expect(outline([marriage()], [divorce({ ...unnoted, status: "CANCELLED" })])).toEqual([
    "Marriage 2010-01-01",
  ]);
});

test("Dates that cannot be read come last, by day of registration, whatever order they came in", () => {
  const acts = [
    marriage({ id: 1, date: null, registered_on: "1990-01-01" }),
    marriage({ id: 2, date: "1970" }),
    marriage({ id: 3, date: null, registered_on: "1991-01-01" }),
    marriage({ id: 4, date: "1970-01-01" }),
  ];
  const ids = (marriages: readonly MarriageRow[]) =>
    listMaritalEvents([wife], { marriages, ends: [], deaths: [] }).map(({ id }) => id);
  expect(ids(acts)).toEqual([4, 2, 3, 1]);
  expect(ids(acts.toReversed())).toEqual([4, 2, 3, 1]);
});
