import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readRights } from "../../../gateway/policy/rights.ts";
import {
  ask,
  askPrepared,
  composeWith,
  lan,
  nam,
  purposes,
  refusedPaths,
  rules,
  rulesOf,
  today,
} from "./asking.ts";

const certificate = "marital-status-certificate";

/** The Dossier without insurance and schooling. */
const counterDossier = `query Dossier($pin: PIN!) {
  citizen(pin: $pin) {
    pin fullName sex birthDate
    residences { kind address unit { name province { name } } from to }
    maritalHistory { __typename date registeredAt { name } spouse { pin fullName } }
  }
}`;

/** The rest of it. */
const insuranceAndSchooling = `query Rest($pin: PIN!) {
  citizen(pin: $pin) {
    healthInsurance { cardNumber validTo facility { name } }
    enrolments { school { name } grade schoolYear }
  }
}`;

describe("an operation of which every field is open", () => {
  it("is granted whole, with the people and fields that the log will name", () => {
    expect(ask(counterDossier, { purpose: certificate, variables: { pin: lan } })).toEqual({
      people: [lan],
      fields: [
        "Query.citizen",
        "Citizen.pin",
        "Citizen.fullName",
        "Citizen.sex",
        "Citizen.birthDate",
        "Citizen.residences",
        "Residence.kind",
        "Residence.address",
        "Residence.unit",
        "Residence.from",
        "Residence.to",
        "Citizen.maritalHistory",
        "MaritalEvent.date",
        "MaritalEvent.registeredAt",
        "MaritalEvent.spouse",
      ],
      thirdPartyFields: ["Citizen.pin", "Citizen.fullName"],
      predicates: [],
    });
  });

  it("is the whole Dossier for the citizen whose own it is", () => {
    for (const query of [counterDossier, insuranceAndSchooling])
      expect(
        refusedPaths(ask(query, { purpose: "own-data", pin: lan, variables: { pin: lan } })),
      ).toEqual([]);
  });

  it("names each person once, however written", () => {
    const rights = ask(
      `{ a: citizen(pin: "${lan}") { pin } b: citizen(pin: "001 302.000123") { pin } }`,
      {
        purpose: certificate,
      },
    );
    expect(rights).toMatchObject({ people: [lan] });
  });

  it("needs no purpose where nothing in it is personal, and one as soon as anything is", () => {
    expect(refusedPaths(ask("{ sources { name state } quota { lane limit } }"))).toEqual([]);
    expect(ask(`{ sources { name } citizen(pin: "${lan}") { __typename } }`)).toMatchObject({
      refusals: [
        { code: "PURPOSE_REQUIRED", path: ["citizen"], details: { field: "Query.citizen" } },
      ],
    });
  });
});

describe("an operation with a closed field", () => {
  it("is refused whole, with a word for each such field at its place in the answer", () => {
    const rights = ask(insuranceAndSchooling, { purpose: certificate, variables: { pin: lan } });
    expect(refusedPaths(rights)).toEqual([
      "citizen.healthInsurance",
      "citizen.healthInsurance.cardNumber",
      "citizen.healthInsurance.validTo",
      "citizen.healthInsurance.facility",
      "citizen.enrolments",
      "citizen.enrolments.school",
      "citizen.enrolments.grade",
      "citizen.enrolments.schoolYear",
    ]);
  });

  it("says what would open it: the purposes, and the ground of its owner", () => {
    expect(
      ask(`{ citizen(pin: "${lan}") { enrolments { grade } } }`, { purpose: certificate }),
    ).toMatchObject({
      refusals: [
        {
          code: "FORBIDDEN",
          message:
            "Citizen.enrolments is closed for marital-status-certificate; it is open for pupil-enrolment, data-cleaning, own-data (Nghị định 278/2025/NĐ-CP (đề xuất)).",
          path: ["citizen", "enrolments"],
          details: {
            field: "Citizen.enrolments",
            missing: "purpose",
            purposes: ["pupil-enrolment", "data-cleaning", "own-data"],
            ground: "Nghị định 278/2025/NĐ-CP (đề xuất)",
          },
        },
        { path: ["citizen", "enrolments", "grade"] },
      ],
    });
  });

  it("tells a hundred of its faults and no more", () => {
    const aliases = Array.from({ length: 150 }, (_, i) => `a${i}: pupilCode`).join(" ");
    const rights = askPrepared(`{ citizen(pin: "${lan}") { ${aliases} } }`, {
      purpose: certificate,
    });
    expect(refusedPaths(rights)).toHaveLength(100);
  });
});

describe("a citizen who is found through another", () => {
  it("has a number and a name, and nothing else", () => {
    const rights = ask(
      `{ citizen(pin: "${lan}") { maritalHistory { spouse { pin fullName sex residences { kind } } } } }`,
      { purpose: certificate },
    );
    expect(refusedPaths(rights)).toEqual([
      "citizen.maritalHistory.spouse.sex",
      "citizen.maritalHistory.spouse.residences",
      "citizen.maritalHistory.spouse.residences.kind",
    ]);
    expect(rights).toMatchObject({
      refusals: [
        {
          message:
            "Citizen.sex is closed of a citizen who is not named in the request. Ask about that citizen by personal number, in a case of which he or she is part.",
        },
        {},
        {},
      ],
    });
  });

  it("has what a purpose names besides, once the owner has written it", () => {
    const opened = rulesOf(
      composeWith("population", (sdl) =>
        sdl.replace(
          /(sex: Sex @open\(to: "[^"]*")/,
          `$1, thirdParty: "marital-status-certificate"`,
        ),
      ),
    );
    const query = `{ citizen(pin: "${lan}") { spouseOnRecord { sex } } }`;
    expect(refusedPaths(askPrepared(query, { purpose: certificate }, opened))).toEqual([]);
    expect(refusedPaths(askPrepared(query, { purpose: certificate }))).toEqual([
      "citizen.spouseOnRecord.sex",
    ]);
  });

  it("leads to no third one, whatever is open", () => {
    const opened = rulesOf(
      composeWith("population", (sdl) =>
        sdl.replace(/(mother: Citizen @open\(to: "[^"]*")/, `$1, thirdParty: "own-data"`),
      ),
    );
    const query = `{ citizen(pin: "${lan}") { mother { pin mother { pin } } } }`;
    expect(askPrepared(query, { purpose: "own-data", pin: lan }, opened)).toMatchObject({
      refusals: [
        {
          message: expect.stringContaining("leads from one citizen over another to a third"),
          path: ["citizen", "mother", "mother"],
        },
        { path: ["citizen", "mother", "mother", "pin"] },
      ],
    });
  });

  it("is the same person whom the arguments name, and still no more open there", () => {
    const rights = ask(
      `{ citizens(pins: ["${lan}", "${nam}"]) { spouseOnRecord { birthDate } } }`,
      { purpose: certificate },
    );
    expect(refusedPaths(rights)).toEqual(["citizens.spouseOnRecord.birthDate"]);
  });
});

describe("a field of an interface", () => {
  it("is open where it is open on each type that the object may have", () => {
    const narrower = rulesOf(
      composeWith("civil-status", (sdl) =>
        sdl.replace(
          /(type Divorce [^}]*?spouseName: String)/s,
          `$1 @open(to: "own-data", ground: "Luật Hộ tịch 60/2014/QH13")`,
        ),
      ),
    );
    const paths = (fields: string) =>
      refusedPaths(
        askPrepared(
          `{ citizen(pin: "${lan}") { maritalHistory { ${fields} } } }`,
          { purpose: certificate },
          narrower,
        ),
      );
    expect(paths("spouseName")).toEqual(["citizen.maritalHistory.spouseName"]);
    expect(paths("... on MaritalEvent { spouseName }")).toHaveLength(1);
    expect(paths("... on Divorce { spouseName }")).toHaveLength(1);
    expect(paths("... on Marriage { spouseName }")).toEqual([]);
  });
});

describe("a contradiction in policies", () => {
  const askOf = (sdl: string, query: string) =>
    refusedPaths(askPrepared(query, { purpose: certificate }, rulesOf(sdl)));

  it("is read closed where a field is told both personal and not", () => {
    const sdl = composeWith("population", (each) =>
      each.replace("nativePlace: String", "nativePlace: String @impersonal"),
    );
    expect(askOf(sdl, `{ citizen(pin: "${lan}") { nativePlace } }`)).toEqual([
      "citizen.nativePlace",
    ]);
  });

  it("is read closed where an interface is told impersonal, and one of its types is not", () => {
    const sdl = composeWith("civil-status", (each) =>
      each.replace(
        /interface MaritalEvent (@open\([^)]*\) ?)+/,
        "interface MaritalEvent @impersonal ",
      ),
    );
    const query = `{ citizen(pin: "${lan}") { maritalHistory { dateText } } }`;
    expect(askOf(sdl, query)).toEqual([]);
    expect(refusedPaths(askPrepared(query, { purpose: "data-cleaning" }, rulesOf(sdl)))).toEqual([
      "citizen.maritalHistory",
      "citizen.maritalHistory.dateText",
    ]);
  });
});

describe("the rights of an operation", () => {
  it("are read once and asked again with other purposes, people and variables", () => {
    const rights = readRights(
      parse("query ($pin: PIN!) { citizen(pin: $pin) { pin pupilCode } }"),
      undefined,
      rules,
      purposes,
    );
    const check = (code: string | undefined, pin: string) =>
      refusedPaths(
        rights.check({
          purpose: code === undefined ? undefined : purposes.get(code)!,
          pin: lan,
          variables: { pin },
          day: today,
          grants: { authenticated: true, scopes: new Set(), policies: new Set() },
        }),
      );
    for (let round = 0; round < 2; round++) {
      expect(check("own-data", lan)).toEqual([]);
      expect(check("own-data", nam)).toEqual(["citizen"]);
      expect(check(undefined, lan)).toEqual(["citizen", "citizen.pin", "citizen.pupilCode"]);
      expect(check("pupil-enrolment", nam)).toEqual([]);
      expect(check(certificate, lan)).toEqual(["citizen.pupilCode"]);
    }
  });

  it("are not kept for a purpose that is none of the list", () => {
    const rights = readRights(
      parse(`{ citizen(pin: "${lan}") { pin } }`),
      undefined,
      rules,
      purposes,
    );
    const made = { ...purposes.get("utility-supply")!, code: "made-up" };
    const asking = {
      pin: undefined,
      variables: {},
      day: today,
      grants: { authenticated: true, scopes: new Set<string>(), policies: new Set<string>() },
    };
    expect(refusedPaths(rights.check({ ...asking, purpose: made }))).toHaveLength(2);
    expect(
      refusedPaths(rights.check({ ...asking, purpose: purposes.get("utility-supply") })),
    ).toEqual([]);
    expect(refusedPaths(rights.check({ ...asking, purpose: undefined }))).toHaveLength(2);
  });
});

describe("@skip and @include", () => {
  const query = `query Q($pin: PIN!, $all: Boolean!) {
    citizen(pin: $pin) { pin pupilCode @include(if: $all) ...more @skip(if: $all) }
  }
  fragment more on Citizen { healthInsurance { validTo } }`;
  const paths = (all: unknown) =>
    refusedPaths(askPrepared(query, { purpose: certificate, variables: { pin: lan, all } }));

  it("leave out what a variable excludes for certain", () => {
    expect(paths(true)).toEqual(["citizen.pupilCode"]);
    expect(paths(false)).toEqual(["citizen.healthInsurance", "citizen.healthInsurance.validTo"]);
    expect(
      refusedPaths(
        ask(`{ citizen(pin: "${lan}") { pin pupilCode @include(if: false) } }`, {
          purpose: certificate,
        }),
      ),
    ).toEqual([]);
  });

  it("leave out nothing where the variable is missing or no truth value", () => {
    for (const value of [undefined, null, "false", 0, 1]) expect(paths(value)).toHaveLength(3);
  });

  it("decide which people and fields the log will name", () => {
    const two = `query Q($other: Boolean!) {
      a: citizen(pin: "${lan}") { pin } b: citizen(pin: "${nam}") @include(if: $other) { fullName }
    }`;
    const named = (other: boolean) => ask(two, { purpose: certificate, variables: { other } });
    expect(named(true)).toMatchObject({
      people: [lan, nam],
      fields: ["Query.citizen", "Citizen.pin", "Citizen.fullName"],
    });
    expect(named(false)).toMatchObject({ people: [lan], fields: ["Query.citizen", "Citizen.pin"] });
  });
});
