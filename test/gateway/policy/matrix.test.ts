import { describe, expect, it } from "vitest";
import { choosePurpose, isRefusal } from "../../../gateway/policy/purpose.ts";
import { roles } from "../../../schema/roles.ts";
import type { Role } from "../../../schema/roles.ts";
import { ask, lan, purposes, rules, today } from "./asking.ts";
import {
  expectedForThirdParties,
  expectedImpersonal,
  expectedOfTheAsker,
  expectedOfTheGateway,
  expectedOpenings,
  expectedPurposes,
} from "./expected-openings.ts";
import { reachFields } from "./reach-fields.ts";
import type { Cell } from "./reach-fields.ts";

const cells = reachFields(rules.schema);
const relations = ["subject", "thirdParty"] as const;

describe("the matrix of roles, purposes, relations and fields", () => {
  it("has every field that clients see, of the citizen asked about and of one found through another", () => {
    const all = [...rules.fields.keys()];
    const reached = (relation: string) =>
      cells.filter((cell) => cell.relation === relation).map(({ coordinate }) => coordinate);
    expect(all.length).toBeGreaterThan(130);
    expect(reached("subject").toSorted()).toEqual(all.toSorted());
    // The root, and what no citizen leads to, is of nobody else.
    expect(reached("thirdParty").toSorted()).toEqual(
      all.filter((each) => !isOfTheGateway(each)).toSorted(),
    );
    expect(Object.keys(expectedOpenings)).toEqual([...purposes.keys()]);
  });

  it.each(roles)("opens to %s what is meant, for each purpose, and nothing else", (role) => {
    for (const code of purposes.keys()) {
      const may = mayClaim(role, code);
      expect(may, `${role} ${code}`).toBe(expectedPurposes[role].includes(code));
      for (const relation of relations) {
        const opened = cells
          .filter((cell) => cell.relation === relation && may && isOpen(cell, code))
          .map(({ coordinate }) => coordinate);
        expect(opened.toSorted(), `${role} ${code} ${relation}`).toEqual(
          may ? expectOpen(code, relation) : [],
        );
      }
    }
  });

  it("opens without a purpose what says nothing about a person, to every role", () => {
    const opened = cells.filter((cell) => isOpen(cell, undefined));
    expect(new Set(opened.map(({ coordinate }) => coordinate))).toEqual(
      new Set(spell(expectedImpersonal)),
    );
  });
});

describe("what must never be, whatever else is opened", () => {
  const opens = (code: string, field: RegExp) =>
    cells.some(
      ({ coordinate, ...cell }) => field.test(coordinate) && isOpen({ coordinate, ...cell }, code),
    );

  it.each([
    [
      "marital-status-certificate",
      /^(HealthInsurance|Enrolment|BirthRegistration)\.|^Citizen\.(healthInsurance|enrolments|pupilCode|father|mother|birthRegistration)/,
    ],
    [
      "marriage-registration",
      /^(HealthInsurance|Enrolment)\.|^Citizen\.(healthInsurance|enrolments|pupilCode)/,
    ],
    [
      "pupil-enrolment",
      /^(HealthInsurance|Residence|Judgment|Marriage|Divorce|Annulment|SpouseDeath|MaritalEvent)\.|^Citizen\.(residences|marital|healthInsurance|spouse)/,
    ],
    [
      "utility-supply",
      /^(Residence|MaritalEvent|Marriage|Divorce|Annulment|SpouseDeath|BookEntry|Judgment|BirthRegistration|DeathRegistration|MaritalCertificate|HealthInsurance|Enrolment)\./,
    ],
    [
      "data-cleaning",
      /^(HealthInsurance|Residence|Judgment|MaritalEvent)\.|^Citizen\.(residences|marital|healthInsurance|spouse|father|mother)/,
    ],
  ])("%s opens %s", (code, field) => {
    expect(opens(code, field)).toBe(false);
  });

  it.each([...purposes.keys()])(
    "%s opens of others than the citizen asked about more than number and name",
    (code) => {
      const opened = cells.filter((cell) => cell.relation === "thirdParty" && isOpen(cell, code));
      const personal = opened
        .map(({ coordinate }) => coordinate)
        .filter((each) => !spell(expectedImpersonal).includes(each));
      expect(["Citizen.fullName Citizen.pin", ""]).toContain(personal.toSorted().join(" "));
    },
  );

  it("sensitive data are open for a purpose that is not the citizen's own", () => {
    for (const code of purposes.keys())
      expect(opens(code, /^HealthInsurance\.group$/), code).toBe(code === "own-data");
  });
});

function expectOpen(code: string, relation: (typeof relations)[number]): string[] {
  const impersonal = spell(expectedImpersonal);
  if (relation === "subject") return [...spell(expectedOpenings[code]!), ...impersonal].toSorted();
  return [
    ...(expectedForThirdParties.includes(code) ? ["Citizen.fullName", "Citizen.pin"] : []),
    ...impersonal.filter((each) => !isOfTheGateway(each)),
  ].toSorted();
}

/** The root, and what no citizen leads to. */
function isOfTheGateway(coordinate: string): boolean {
  return Object.hasOwn(
    { ...expectedOfTheGateway, ...expectedOfTheAsker },
    coordinate.split(".")[0]!,
  );
}

function spell(fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields).flatMap(([type, names]) =>
    names.split(" ").map((name) => `${type}.${name}`),
  );
}

function mayClaim(role: Role, purpose: string): boolean {
  const asker = { role, unit: "00004", acr: "2" };
  return !isRefusal(choosePurpose(asker, { purpose, caseNumber: "HS-2026/0001" }, purposes, today));
}

/** Whether the last field of the cell's query is not among those refused; those that lead to it may be. */
function isOpen({ query, path }: Cell, purpose: string | undefined): boolean {
  const rights = ask(query, { ...(purpose && { purpose }), pin: lan });
  return !("refusals" in rights && rights.refusals.some((each) => each.path?.join(".") === path));
}
