import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Answer } from "../../support/federated-gateway.ts";
import { editRows } from "../../support/faulty-source.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, chi, dung, nobody } from "../../support/ministries.ts";

const { ministries, gateway, startAnother, heal, close } = await startMinistriesGateway();
afterEach(heal);
afterAll(close);

const pathsOf = (answer: Answer) => answer.errors.map(({ path }) => path?.join(".")).toSorted();
const cardOf = (person: { healthInsurance: { cardNumber: string } | null } | null) =>
  person?.healthInsurance?.cardNumber ?? null;

const list = `query ($pins: [PIN!]!) { citizens(pins: $pins) { pin fullName healthInsurance { cardNumber } } }`;

/** Row faults, and which of An, Chi and Bình still get what they have. */
const mixedUp: Record<string, { edit: (rows: unknown[]) => unknown; kept: (string | null)[] }> = {
  "too short": { edit: (rows) => rows.slice(0, 2), kept: ["CARD-AN", null, null] },
  "too short at its head": { edit: (rows) => rows.slice(1), kept: [null, null, null] },
  "too long": { edit: (rows) => [rows[0], ...rows], kept: ["CARD-AN", null, null] },
  "in the wrong order": { edit: (rows) => rows.toReversed(), kept: [null, null, null] },
  "of one person twice": {
    edit: (rows) => [rows[0], rows[0], rows[2]],
    kept: ["CARD-AN", null, "CARD-BINH"],
  },
  "null in places": { edit: (rows) => [null, rows[1], rows[2]], kept: [null, null, "CARD-BINH"] },
  empty: { edit: () => [], kept: [null, null, null] },
};

describe.each(Object.keys(mixedUp))("rows that are %s", (how) => {
  test("never bring another person's data, and each lost field has its error", async () => {
    const { edit, kept } = mixedUp[how]!;
    ministries.sources["health-insurance"].fault = editRows(edit);
    const answer = await gateway.ask(list, { pins: [an, nobody, dung, binh] });
    const [first, unknown, second, third] = answer.data.citizens;
    expect(unknown).toBeNull();
    expect([cardOf(first), third && cardOf(third)]).toEqual([kept[0], kept[2]]);
    expect(cardOf(second)).toSatisfy((card) => card === null || card === "CARD-DUNG");
    const lost = answer.data.citizens
      .map((citizen: object | null, index: number) =>
        citizen && cardOf(citizen as never) === null ? `citizens.${index}.healthInsurance` : null,
      )
      .filter(Boolean);
    expect(pathsOf(answer)).toEqual(lost);
    expect(
      answer.data.citizens.map((citizen: { fullName: string } | null) => citizen?.fullName),
    ).toEqual(["Nguyễn Văn An", undefined, "Phạm Dũng", "Trần Thị Bình"]);
  });
});

test("null in an answer whose rows are out of place means nobody's absence", async () => {
  ministries.sources.population.fault = {
    kind: "edit",
    edit: ({ data }) => ({ data: { _entities: (data!["_entities"] as unknown[]).toReversed() } }),
  };
  const answer = await gateway.ask(list, { pins: [an, chi, nobody] });
  expect(answer.data.citizens).toEqual([
    { pin: an, fullName: null, healthInsurance: { cardNumber: "CARD-AN" } },
    { pin: chi, fullName: "Lê Thị Chi", healthInsurance: null },
    { pin: nobody, fullName: null, healthInsurance: null },
  ]);
  expect(pathsOf(answer)).toEqual(["citizens.0.fullName", "citizens.2.fullName"]);
});

test("an error about one citizen stands at that citizen, past one whom nobody knows", async () => {
  ministries.sources["health-insurance"].fault = {
    kind: "edit",
    edit: ({ data }) => {
      const rows = data?.["_entities"] as object[];
      const place = rows.length - 1;
      return {
        data: {
          _entities: rows.map((row, index) =>
            index === place ? { ...row, healthInsurance: null } : row,
          ),
        },
        errors: [{ message: "cannot tell", path: ["_entities", place, "healthInsurance"] }],
      };
    },
  };
  const answer = await gateway.ask(list, { pins: [nobody, an, binh] });
  expect(pathsOf(answer)).toEqual(["citizens.2.healthInsurance"]);
  expect(answer.data.citizens.map(cardOf)).toEqual([null, "CARD-AN", null]);
});

test("somebody who never had a card has null without an error", async () => {
  const answer = await gateway.ask(list, { pins: [chi] });
  expect(answer.data.citizens).toEqual([
    { pin: chi, fullName: "Lê Thị Chi", healthInsurance: null },
  ]);
  expect(answer.errors).toEqual([]);
});

test("a person asked for twice travels once, and each place has a row of its own", async () => {
  const answer = await gateway.ask(
    `{ a: citizen(pin: "${an}") { enrolments { school { name } } healthInsurance { cardNumber } }
       b: citizen(pin: "${an}") { enrolments { grade } healthInsurance { cardNumber } }
       citizens(pins: ["${an}", "${an}"]) { fullName healthInsurance { cardNumber } maritalHistory { spouse { pin healthInsurance { cardNumber } } } } }`,
  );
  expect(answer.errors).toEqual([]);
  expect(answer.data.a).toEqual({
    enrolments: [{ school: { name: "School of An" } }],
    healthInsurance: { cardNumber: "CARD-AN" },
  });
  expect(answer.data.b).toEqual({
    enrolments: [{ grade: 1 }],
    healthInsurance: { cardNumber: "CARD-AN" },
  });
  expect(answer.data.citizens[0]).toEqual(answer.data.citizens[1]);
  expect(answer.data.citizens[0].maritalHistory[0].spouse).toEqual({
    pin: binh,
    healthInsurance: { cardNumber: "CARD-BINH" },
  });
  const travelled = ministries.sources["health-insurance"].requests.map(
    ({ variables }) => (variables["representations"] as unknown[]).length,
  );
  expect(travelled.slice(-3).every((count) => count === 1)).toBe(true);
});

test("with population gone, several citizens still get the other ministries' data, each their own", async () => {
  ministries.sources.population.fault = { kind: "reset" };
  const answer = await gateway.ask(
    `query ($pins: [PIN!]!, $names: Boolean!) {
       citizens(pins: $pins) { ...card fullName @include(if: $names) maritalHistory { ... on Marriage { spouse { pin sex ...card } } } }
       b: citizen(pin: "${binh}") { ...card enrolments { school { name } } }
     }
     fragment card on Citizen { healthInsurance { cardNumber } }`,
    { pins: [an, dung, an], names: true },
  );
  expect(answer.status).toBe(200);
  expect(answer.data.citizens).toEqual([
    {
      healthInsurance: { cardNumber: "CARD-AN" },
      fullName: null,
      maritalHistory: [
        { spouse: { pin: binh, sex: null, healthInsurance: { cardNumber: "CARD-BINH" } } },
      ],
    },
    { healthInsurance: { cardNumber: "CARD-DUNG" }, fullName: null, maritalHistory: [] },
    {
      healthInsurance: { cardNumber: "CARD-AN" },
      fullName: null,
      maritalHistory: [
        { spouse: { pin: binh, sex: null, healthInsurance: { cardNumber: "CARD-BINH" } } },
      ],
    },
  ]);
  expect(answer.data.b).toEqual({
    healthInsurance: { cardNumber: "CARD-BINH" },
    enrolments: [
      { school: { name: "School of Bình" } },
      { school: { name: "Second school of Bình" } },
    ],
  });
  expect(pathsOf(answer)).toEqual([
    "b",
    "citizens.0.fullName",
    "citizens.0.maritalHistory.0.spouse.sex",
    "citizens.1.fullName",
    "citizens.2.fullName",
    "citizens.2.maritalHistory.0.spouse.sex",
  ]);
});

test("a spouse whose number was lost is told as lost by the ministry that lost it, not by one that failed later", async () => {
  const {
    population,
    "civil-status": civilStatus,
    "health-insurance": insurance,
  } = ministries.sources;
  const hasty = await startAnother({
    timeoutMs: 20_000,
    terms: { "health-insurance": { timeoutMs: 50 }, population: { timeoutMs: 500 } },
  });
  // Answers who is asked for, and then nothing about anybody's spouse.
  population.fault = {
    kind: "edit",
    edit: (answer) => {
      population.fault = { kind: "silent" };
      return answer;
    },
  };
  insurance.fault = { kind: "silent" };
  civilStatus.fault = editRows((rows) =>
    rows.map((row, index) => {
      const copy = structuredClone(row) as { maritalHistory: { spouse: { pin: unknown } }[] };
      if (index === 0) copy.maritalHistory[0]!.spouse.pin = null;
      return copy;
    }),
  );
  const answer = await hasty.ask(
    `query ($pins: [PIN!]!) { citizens(pins: $pins) { pin maritalHistory { spouse { fullName } } healthInsurance { cardNumber } } }`,
    { pins: [an, binh] },
  );
  await hasty.close();
  expect(
    answer.errors.map(({ path, extensions }) => [path?.join("."), extensions["source"]]),
  ).toEqual([
    ["citizens.0.healthInsurance", "health-insurance"],
    ["citizens.1.healthInsurance", "health-insurance"],
    ["citizens.0.maritalHistory.0.spouse.fullName", "civil-status"],
    ["citizens.1.maritalHistory.0.spouse.fullName", "population"],
  ]);
});

test("with a look-up's row of another person, nobody's data comes", async () => {
  ministries.sources.population.fault = {
    kind: "edit",
    edit: ({ data }) => ({ data: { a: data?.["b"], b: data?.["a"] } }),
  };
  const answer = await gateway.ask(
    `{ a: citizen(pin: "${an}") { fullName healthInsurance { cardNumber } } b: citizen(pin: "${binh}") { fullName healthInsurance { cardNumber } } }`,
  );
  expect(answer.data).toEqual({
    a: { fullName: null, healthInsurance: { cardNumber: "CARD-AN" } },
    b: { fullName: null, healthInsurance: { cardNumber: "CARD-BINH" } },
  });
  expect(pathsOf(answer)).toEqual(["a.fullName", "b.fullName"]);
});

test("what is unknown to population alone is nobody, and no failure of another ministry says so", async () => {
  const known = await gateway.ask(list, { pins: [nobody] });
  expect([known.data, known.errors]).toEqual([{ citizens: [null] }, []]);
  ministries.sources.population.fault = { kind: "reset" };
  const lost = await gateway.ask(list, { pins: [nobody] });
  expect(lost.data.citizens).toEqual([{ pin: nobody, fullName: null, healthInsurance: null }]);
  expect(pathsOf(lost)).toEqual(["citizens.0.fullName"]);
});
