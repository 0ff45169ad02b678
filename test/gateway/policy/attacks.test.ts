import { describe, expect, it } from "vitest";
import { preparationOf, published, refusalsOf } from "../../support/supergraphs.ts";
import { ask, askPrepared, composeWith, lan, nam, refusedPaths, rulesOf } from "./asking.ts";

const certificate = "marital-status-certificate";

const asOfficer = (query: string, variables = {}) =>
  refusedPaths(ask(query, { purpose: certificate, variables }));
const asLan = (query: string, variables = {}) =>
  refusedPaths(ask(query, { purpose: "own-data", pin: lan, variables }));

describe("a closed field stays closed", () => {
  it.each([
    ["under an alias", "card: healthInsurance { __typename }", ["card"]],
    ["under the alias of an open field's look", "x1: pupilCode x2: pupilCode", ["x1", "x2"]],
    ["in a fragment", "...f", ["pupilCode"]],
    ["in a fragment of a fragment", "...g", ["pupilCode"]],
    ["in an inline fragment", "... { pupilCode }", ["pupilCode"]],
    ["in an inline fragment on its own type", "... on Citizen { pupilCode }", ["pupilCode"]],
    [
      "in inline fragments in each other",
      "... { ... on Citizen { ... { pupilCode } } }",
      ["pupilCode"],
    ],
    ["beside open ones of one name", "pin pupilCode pin", ["pupilCode"]],
    ["when only its type is asked", "enrolments { __typename }", ["enrolments"]],
    ["when only the type is asked under an alias", "e: enrolments { t: __typename }", ["e"]],
    ["behind a true condition", "pupilCode @include(if: true) @skip(if: false)", ["pupilCode"]],
    ["behind a fragment's true condition", "...f @include(if: true)", ["pupilCode"]],
    [
      "behind conditions of which one holds",
      "... @skip(if: false) { pupilCode @include(if: true) }",
      ["pupilCode"],
    ],
    ["when a copy of it is left out", "a: pupilCode @skip(if: true) pupilCode", ["pupilCode"]],
    [
      "through the spouse of the register's copy",
      "spouseOnRecord { pupilCode }",
      ["spouseOnRecord.pupilCode"],
    ],
    [
      "through a list",
      "maritalCertificates { entry { book } } healthInsuranceCards { group }",
      ["healthInsuranceCards", "healthInsuranceCards.group"],
    ],
  ])("%s", (_how, selection, paths) => {
    const query = `{ citizen(pin: "${lan}") { ${selection} } }
      ${/\.\.\.[fg]/.test(selection) ? "fragment f on Citizen { pupilCode }" : ""}
      ${selection.includes("...g") ? "fragment g on Citizen { pin ...f }" : ""}`;
    expect(asOfficer(query)).toEqual(paths.map((path) => `citizen.${path}`));
  });

  it("wherever a fragment is used for the second time, in another relation", () => {
    const query = `{ citizen(pin: "${lan}") { ...f spouseOnRecord { ...f } } } fragment f on Citizen { pin birthDate }`;
    expect(asOfficer(query)).toEqual(["citizen.spouseOnRecord.birthDate"]);
  });

  it("through an interface, whatever type a fragment names", () => {
    const query = (fragment: string) =>
      `{ citizen(pin: "${lan}") { maritalHistory { ${fragment} } } }`;
    for (const fragment of [
      "spouse { birthDate }",
      "... on Marriage { spouse { birthDate } }",
      "... on MaritalEvent { spouse { birthDate } }",
      "... on MaritalEvent { ... on Divorce { spouse { birthDate } } }",
    ])
      expect(asOfficer(query(fragment))).toEqual(["citizen.maritalHistory.spouse.birthDate"]);
  });

  it("however often another operation of the same document is harmless", () => {
    const document = `
      query Harmless { citizen(pin: "${lan}") { pin } }
      query Harmful { citizen(pin: "${lan}") { pupilCode } }`;
    const by = (operationName: string) =>
      refusedPaths(ask(document, { purpose: certificate, operationName }));
    expect(by("Harmless")).toEqual([]);
    expect(by("Harmful")).toEqual(["citizen.pupilCode"]);
    expect(() => askPrepared(document, { purpose: certificate })).toThrow("the one operation");
    expect(() => askPrepared(document, { purpose: certificate, operationName: "Other" })).toThrow(
      "the one operation",
    );
  });

  it("where a default of a variable includes it", () => {
    const query = `query ($all: Boolean = true) { citizen(pin: "${lan}") { pupilCode @include(if: $all) } }`;
    expect(asOfficer(query)).toEqual(["citizen.pupilCode"]);
    expect(asOfficer(query, { all: false })).toEqual([]);
    // Also when nobody has filled the default in.
    expect(refusedPaths(askPrepared(query, { purpose: certificate }))).toEqual([
      "citizen.pupilCode",
    ]);
  });

  it("where a variable bears the name of something that every object has", () => {
    const query = `query ($constructor: Boolean) { citizen(pin: "${lan}") { pupilCode @include(if: $constructor) } }`;
    expect(refusedPaths(askPrepared(query, { purpose: certificate }))).toEqual([
      "citizen.pupilCode",
    ]);
  });

  it("at the end of a long chain through spouses", () => {
    const chain = "spouseOnRecord { pin ".repeat(8);
    const paths = asOfficer(`{ citizen(pin: "${lan}") { ${chain} ${"}".repeat(8)} } }`);
    expect(paths[0]).toBe("citizen.spouseOnRecord.spouseOnRecord");
    expect(paths).not.toContain("citizen.spouseOnRecord.pin");
    expect(paths).toHaveLength(14);
  });

  it("through parents of parents, one's own", () => {
    expect(asLan(`{ citizen(pin: "${lan}") { mother { pin fullName } } }`)).toEqual([]);
    expect(asLan(`{ citizen(pin: "${lan}") { mother { father { fullName } } } }`)).toEqual([
      "citizen.mother.father",
      "citizen.mother.father.fullName",
    ]);
  });

  it("behind fragments that are many and deep, in the time of reading them", () => {
    const depth = 500;
    const chain = Array.from(
      { length: depth },
      (_, i) => `fragment f${i} on Citizen { ...f${i + 1} ...f${i + 1} }`,
    );
    const query = `{ citizen(pin: "${lan}") { ${"...f0 ".repeat(1000)} } } ${chain.join(" ")} fragment f${depth} on Citizen { pupilCode }`;
    expect(refusedPaths(askPrepared(query, { purpose: certificate }))).toEqual([
      "citizen.pupilCode",
    ]);
  });
});

describe("a field that does not exist for clients", () => {
  it.each([
    `{ _entities(representations: [{ __typename: "Citizen", pin: "${lan}" }]) { ... on Citizen { pin } } }`,
    "{ _service { sdl } }",
    "{ __proto__ }",
    `{ citizen(pin: "${lan}") { constructor } }`,
  ])("is refused by name: %s", (query) => {
    expect(refusalsOf(preparationOf(published)(query, undefined))).not.toEqual([]);
    // And if it came as far as this, it would be closed.
    const [first] = refusedPaths(askPrepared(query, { purpose: certificate }));
    expect(first).toMatch(/^(_entities|_service|__proto__|citizen\.constructor)$/);
  });

  it("is no reason to forget that introspection is asked", () => {
    const query = `{ __schema { types { name } } t: __type(name: "Citizen") { name } }`;
    expect(ask(query)).toEqual({ people: [], fields: [], thirdPartyFields: [], predicates: [] });
  });
});

describe("a citizen under own-data", () => {
  it.each([
    ["the own number", `{ citizen(pin: "${lan}") { pin } }`, {}],
    ["the own number with spaces and dots", `{ citizen(pin: "001 302.000 123") { pin } }`, {}],
    [
      "the own number in a variable",
      "query ($p: PIN!) { citizen(pin: $p) { pin } }",
      { p: "００1302000123" },
    ],
    ["a list of it", `{ citizens(pins: ["${lan}", "${lan}"]) { pin } }`, {}],
    ["an empty list", "{ citizens(pins: []) { pin } }", {}],
    [
      "a stranger in a field that is left out",
      `query ($x: Boolean!) { citizen(pin: "${nam}") @include(if: $x) { pin } }`,
      { x: false },
    ],
  ])("may name %s", (_what, query, variables) => {
    expect(asLan(query, variables)).toEqual([]);
  });

  it.each([
    ["a stranger", `{ citizen(pin: "${nam}") { pin } }`, {}, ["citizen"]],
    ["a stranger under an alias", `{ self: citizen(pin: "${nam}") { pin } }`, {}, ["self"]],
    [
      "a stranger beside himself",
      `{ a: citizen(pin: "${lan}") { pin } b: citizen(pin: "${nam}") { pin } }`,
      {},
      ["b"],
    ],
    ["a stranger in a list", `{ citizens(pins: ["${lan}", "${nam}"]) { pin } }`, {}, ["citizens"]],
    [
      "a stranger in a variable",
      "query ($p: PIN!) { citizen(pin: $p) { pin } }",
      { p: nam },
      ["citizen"],
    ],
    [
      "a stranger in a list's variable",
      `query ($p: PIN!) { citizens(pins: ["${lan}", $p]) { pin } }`,
      { p: nam },
      ["citizens"],
    ],
    [
      "a stranger in a variable of lists",
      "query ($p: [PIN!]!) { citizens(pins: $p) { pin } }",
      { p: [lan, nam] },
      ["citizens"],
    ],
    [
      "a stranger in a single value for a list",
      "query ($p: [PIN!]!) { citizens(pins: $p) { pin } }",
      { p: nam },
      ["citizens"],
    ],
    [
      "a stranger by a variable's default",
      `query ($p: PIN! = "${nam}") { citizen(pin: $p) { pin } }`,
      {},
      ["citizen"],
    ],
    [
      "a stranger in a fragment on the root",
      `{ ...f } fragment f on Query { citizen(pin: "${nam}") { pin } }`,
      {},
      ["citizen"],
    ],
    [
      "a stranger behind a true condition",
      `query ($x: Boolean! = true) { citizen(pin: "${nam}") @include(if: $x) { pin } }`,
      {},
      ["citizen"],
    ],
    [
      "a stranger whose type alone is asked",
      `{ citizen(pin: "${nam}") { __typename } }`,
      {},
      ["citizen"],
    ],
  ])("may not name %s", (_what, query, variables, paths) => {
    expect(asLan(query, variables)).toEqual(paths);
  });

  it("may name himself where nobody has put that into its normal form, or filled in a default", () => {
    for (const query of [
      `{ citizen(pin: "001 302.000 123") { pin } }`,
      `query ($p: PIN! = "${lan}") { citizen(pin: $p) { pin } }`,
      `query ($p: [PIN!]! = ["001 302 000 123"]) { citizens(pins: $p) { pin } }`,
    ])
      expect(askPrepared(query, { purpose: "own-data", pin: lan })).toMatchObject({
        people: [lan],
      });
  });

  it("may not name one by a default that nobody has filled in", () => {
    const query = `query ($p: PIN! = "${nam}") { citizen(pin: $p) { pin } }`;
    expect(refusedPaths(askPrepared(query, { purpose: "own-data", pin: lan }))).toEqual([
      "citizen",
    ]);
  });

  it("may not name what is no number", () => {
    for (const p of ["", "1", `${lan}0`, ["x"], { pin: lan }, undefined])
      expect(
        refusedPaths(
          askPrepared("query ($p: PIN!) { citizen(pin: $p) { pin } }", {
            purpose: "own-data",
            pin: lan,
            variables: { p },
          }),
        ),
      ).toEqual(["citizen"]);
  });

  it("sees nobody where the token names no number", () => {
    expect(ask(`{ citizen(pin: "${lan}") { pin } }`, { purpose: "own-data" })).toMatchObject({
      refusals: [
        { code: "FORBIDDEN", message: expect.stringContaining("claim pin"), path: ["citizen"] },
      ],
    });
  });

  it("may not name one in an argument that is no look-up", () => {
    const opened = rulesOf(
      composeWith("population", (sdl) =>
        sdl.replace(
          "type Citizen @key",
          `input Kin { of: [PIN!]! = ["001099012345"] also: PIN } extend type Citizen { isKinOf(kin: Kin!): Boolean @open(to: "own-data", ground: "x") } type Citizen @key`,
        ),
      ),
    );
    const kin = (input: string, pin?: string) =>
      refusedPaths(
        askPrepared(
          `query ($pin: PIN) { citizen(pin: "${lan}") { isKinOf(kin: ${input}) } }`,
          { purpose: "own-data", pin: lan, variables: { pin } },
          opened,
        ),
      );
    expect(kin(`{ of: ["${lan}"] }`)).toEqual([]);
    for (const refused of [
      kin(`{ of: ["${nam}"] }`),
      kin(`{ of: ["${lan}"], also: "${nam}" }`),
      kin(`{ of: ["${lan}"], also: $pin }`, nam),
      // By the default of the input's own field.
      kin("{ also: $pin }", lan),
    ])
      expect(refused).toEqual(["citizen.isKinOf"]);
  });
});

describe("an owner who forgets a policy", () => {
  it("keeps a new field closed to everybody", () => {
    const forgot = rulesOf(
      composeWith("population", (sdl) =>
        sdl.replace("nativePlace: String", "religion: String nativePlace: String"),
      ),
    );
    for (const purpose of [certificate, "own-data"])
      expect(
        askPrepared(`{ citizen(pin: "${lan}") { religion } }`, { purpose, pin: lan }, forgot),
      ).toMatchObject({
        refusals: [
          {
            message: expect.stringContaining("closed to everybody"),
            details: { field: "Citizen.religion" },
          },
        ],
      });
  });

  it("opens no way from a school to its pupils", () => {
    const forgot = rulesOf(
      composeWith("education", (sdl) =>
        sdl.replace("type School @impersonal {", "type School @impersonal { pupils: [Citizen!] "),
      ),
    );
    const query = `{ citizen(pin: "${lan}") { enrolments { school { name pupils { pin } } } } }`;
    expect(refusedPaths(askPrepared(query, { purpose: "own-data", pin: lan }, forgot))).toEqual([
      "citizen.enrolments.school.pupils",
    ]);
  });

  it("opens sensitive data by no line on their type", () => {
    const forgot = rulesOf(
      composeWith("health-insurance", (sdl) =>
        sdl.replace("continuousSince: Date", "continuousSince: Date disability: String @sensitive"),
      ),
    );
    const query = `{ citizen(pin: "${lan}") { healthInsurance { disability validTo } } }`;
    expect(refusedPaths(askPrepared(query, { purpose: "own-data", pin: lan }, forgot))).toEqual([
      "citizen.healthInsurance.disability",
    ]);
  });

  it("opens no other owner's fields by a line on his part of the citizen", () => {
    const grabbing = rulesOf(
      composeWith("education", (sdl) =>
        sdl.replace(
          'type Citizen @key(fields: "pin") {',
          'type Citizen @key(fields: "pin") @open(to: "marital-status-certificate", ground: "x") {',
        ),
      ),
    );
    const query = `{ citizen(pin: "${lan}") { nativePlace healthInsurance { __typename } pupilCode } }`;
    expect(refusedPaths(askPrepared(query, { purpose: certificate }, grabbing))).toEqual([
      "citizen.nativePlace",
      "citizen.healthInsurance",
      "citizen.pupilCode",
    ]);
  });

  it("opens no other owner's field by naming it as external", () => {
    const grabbing = rulesOf(
      composeWith("education", (sdl) =>
        sdl.replace(
          "currentPin: PIN @external",
          'currentPin: PIN @external @open(to: "utility-supply", ground: "x")',
        ),
      ),
    );
    expect(
      refusedPaths(
        askPrepared(
          `{ citizen(pin: "${lan}") { currentPin } }`,
          { purpose: "utility-supply" },
          grabbing,
        ),
      ),
    ).toEqual(["citizen.currentPin"]);
  });
});
