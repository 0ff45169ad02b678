import { describe, expect, test } from "vitest";
import { judgeAnswer } from "./judge.ts";
import { namesSomebody } from "./leaks.ts";

const pin = "001085000001";
const life = {
  pin,
  fullName: "Nguyễn Văn An",
  sex: "MALE",
  birthDate: null,
  residences: [{ kind: "PERMANENT", address: "1 Hàng Bạc" }],
  maritalHistory: [
    { __typename: "Marriage", spouse: { pin: "001188000002", fullName: "Trần Thị Bình" } },
  ],
  healthInsurance: { cardNumber: "GD4790000000001" },
  enrolments: [],
};

/** A well-formed error, and what makes it another. */
function lossOf(path: readonly (string | number)[], changes: object = {}) {
  return {
    message: `The source could not be reached, so this is not known.`,
    path: ["citizen", ...path],
    extensions: {
      code: "SOURCE_UNAVAILABLE",
      source: "population",
      retryAt: "2026-01-02T03:04:05.678Z",
      nextStep: "Ask again from `retryAt` on.",
      ...changes,
    },
  };
}

function judge(citizen: unknown, errors: readonly object[] = [], alone?: object) {
  const text = JSON.stringify({ data: { citizen }, ...(errors.length > 0 && { errors }) });
  return judgeAnswer({ status: 200, text }, life, alone as typeof life | undefined);
}

const clean = { answered: true, malformed: [], untold: [], wrong: [], nobody: false, leaks: false };

describe("The drill's judge", () => {
  test("finds nothing in the truth, nor in losses that are told", () => {
    expect(judge(life)).toMatchObject({ ...clean, errors: 0, lost: new Set() });
    const told = [lossOf(["fullName"]), lossOf(["birthDate"])];
    const judged = judge({ ...life, fullName: null }, told);
    expect(judged).toMatchObject({ ...clean, errors: 2, lost: new Set(["population"]) });
  });

  test("finds another person's data, wherever it stands", () => {
    const others = {
      ...life,
      fullName: "Lê Thị Chi",
      residences: [{ kind: "PERMANENT", address: "2 Hàng Bạc" }],
      healthInsurance: { cardNumber: "GD4790000000002" },
      enrolments: [{ schoolYear: "2025-2026" }],
    };
    expect(judge(others).wrong).toEqual([
      "citizen.fullName",
      "citizen.residences.0.address",
      "citizen.healthInsurance.cardNumber",
      "citizen.enrolments",
    ]);
  });

  test("finds somebody who is said not to exist, and a null that nobody explains", () => {
    expect(judge(null)).toMatchObject({ answered: true, nobody: true });
    expect(judge({ ...life, healthInsurance: null }).untold).toEqual(["citizen.healthInsurance"]);
    expect(judge({ ...life, residences: [] }).untold).toEqual(["citizen.residences"]);
  });

  test.each([
    ["code", lossOf(["fullName"], { code: "INTERNAL_ERROR" }), "the code INTERNAL_ERROR"],
    ["excuse", lossOf(["fullName"], { code: "QUOTA_EXHAUSTED" }), "the code QUOTA_EXHAUSTED"],
    ["source", lossOf(["fullName"], { source: "education" }), "the source education instead of"],
    ["next step", lossOf(["fullName"], { nextStep: "" }), "no next step"],
    ["time", lossOf(["fullName"], { retryAt: null }), "retryAt null with SOURCE_UNAVAILABLE"],
    ["place", lossOf(["sex"]), "an error at citizen.sex, where nothing is lost"],
  ])("finds an error with a wrong %s", (_what, error, fault) => {
    const { malformed } = judge({ ...life, fullName: null }, [error]);
    expect(malformed).toContainEqual(expect.stringContaining(fault));
  });

  test("hears the reason of each error, or that it gives none", () => {
    const errors = [lossOf(["fullName"], { reason: "LEDGER_UNAVAILABLE" }), lossOf(["sex"])];
    const { reasons } = judge({ ...life, fullName: null, sex: null }, errors);
    expect(reasons).toEqual(["LEDGER_UNAVAILABLE", null]);
  });

  test("finds a second error for the same field", () => {
    const errors = [lossOf(["fullName"]), lossOf(["fullName"])];
    expect(judge({ ...life, fullName: null }, errors).malformed).toEqual([
      "a second error at citizen.fullName",
    ]);
  });

  test("finds the words of a source", () => {
    const error = { ...lossOf(["fullName"]), message: "connect ECONNREFUSED 127.0.0.1:4001" };
    expect(judge({ ...life, fullName: null }, [error]).leaks).toBe(true);
    expect(namesSomebody(`{"msg":"asked for ${pin}"}`)).toBe(true);
    expect(
      namesSomebody('{"time":1700000000000,"id":"0b6f0a52-1111-4222-8333-123456789012"}'),
    ).toBe(false);
  });

  test("says what is known under one number alone, where population is silent", () => {
    const lost = { ...life, fullName: null, healthInsurance: null };
    const alone = { ...life, healthInsurance: null };
    expect(judge(lost, [lossOf(["fullName"])], alone)).toMatchObject({
      ...clean,
      underOneNumber: true,
    });
    expect(judge({ ...life, healthInsurance: null }, [], alone).untold).toEqual([
      "citizen.healthInsurance",
    ]);
  });

  test("takes for an answer that nobody could be told afterwards who looked, and nothing beside it", () => {
    const refused = { errors: [{ message: "…", extensions: { code: "AUDIT_UNAVAILABLE" } }] };
    const of = (body: object) =>
      judgeAnswer({ status: 503, text: JSON.stringify(body) }, life, undefined);
    expect(of(refused)).toMatchObject({
      answered: true,
      errors: 1,
      reasons: ["AUDIT_UNAVAILABLE"],
    });
    expect(of({ ...refused, data: { citizen: life } }).answered).toBe(false);
    expect(of({ ...refused, extensions: { sources: [] } }).answered).toBe(false);
  });

  test("takes nothing for an answer that is none", () => {
    for (const came of [
      { status: 0, text: "" },
      { status: 500, text: "{}" },
      { status: 200, text: "<p>" },
    ])
      expect(judgeAnswer(came, life, undefined).answered).toBe(false);
  });
});
