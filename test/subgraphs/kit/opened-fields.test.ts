import { operationFromDocument } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import type { PlanNode, SubscriptionNode } from "@apollo/query-planner";
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readSector, readSectors } from "../../../schema/sectors.ts";
import { makeFieldCheck } from "../../../subgraphs/kit/opened-fields.ts";
import { askPrepared, lan, purposes, rules } from "../../gateway/policy/asking.ts";
import { reachFields } from "../../gateway/policy/reach-fields.ts";
import { published } from "../../support/supergraphs.ts";

const checks = new Map(readSectors().map(({ name, typeDefs }) => [name, makeFieldCheck(typeDefs)]));

const asEntity = (selection: string) =>
  parse(
    `query ($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`,
  );

const variables = { no: false, yes: true };

function refused(sector: string, selection: string, ...asked: string[]): string[] {
  return checks.get(sector)!(asEntity(selection), new Set(asked), variables).map(
    ({ field }) => field,
  );
}

describe("an owner's check of fields", () => {
  it("opens what the owner's SDL opens for every one of the purposes that travel in a call", () => {
    const selection = "__typename ... on Citizen { pin sex residences { kind unit { name } } }";
    expect(refused("population", selection, "marital-status-certificate", "own-data")).toEqual([]);
    expect(
      refused("population", selection, "marital-status-certificate", "utility-supply"),
    ).toEqual(["Citizen.sex", "Citizen.residences", "Residence.kind", "Residence.unit"]);
  });

  it("closes what its SDL does not speak of, and everything to a purpose that nobody knows", () => {
    const { typeDefs } = readSector("education");
    const grown = parse("extend type Enrolment { marks: String @sensitive }").definitions;
    const check = makeFieldCheck({ ...typeDefs, definitions: [...typeDefs.definitions, ...grown] });
    const document = asEntity("... on Citizen { enrolments { grade marks } }");
    expect(check(document, new Set(["own-data"]), {}).map(({ field }) => field)).toEqual([
      "Enrolment.marks",
    ]);
    expect(refused("population", "... on Citizen { fullName }", "curiosity")).toEqual([
      "Citizen.fullName",
    ]);
  });

  it("looks through interfaces, fragments, aliases and conditions", () => {
    const paths = (fields: string) =>
      refused(
        "civil-status",
        `... on Citizen { h: maritalHistory { ${fields} } }`,
        "data-cleaning",
      );
    expect(paths("... on Marriage { f: form }")).toEqual([
      "Citizen.maritalHistory",
      "Marriage.form",
    ]);
    expect(paths("... { spouseName }")).toContain("SpouseDeath.spouseName");
  });

  it.each([
    ["pupilCode @include(if: $no)", []],
    ["pupilCode @skip(if: $yes)", []],
    ["... @include(if: $no) { pupilCode }", []],
    ["pupilCode @include(if: false)", []],
    ["pupilCode @include(if: $yes) @skip(if: $no)", ["Citizen.pupilCode"]],
    ["pupilCode @include(if: $missing)", ["Citizen.pupilCode"]],
    ["pupilCode @include(if: $no) ... { pupilCode }", ["Citizen.pupilCode"]],
  ])("leaves out what is left out for certain, as the gateway does: %s", (selection, fields) => {
    expect(refused("education", `... on Citizen { ${selection} }`, "utility-supply")).toEqual(
      fields,
    );
  });

  it("says what is open, and for what", () => {
    expect(
      checks.get("health-insurance")!(
        asEntity("... on Citizen { healthInsurance { validTo } }"),
        new Set(["data-cleaning"]),
        {},
      ),
    ).toEqual([
      {
        field: "Citizen.healthInsurance",
        message: "Citizen.healthInsurance is open for own-data alone.",
      },
      {
        field: "HealthInsurance.validTo",
        message: "HealthInsurance.validTo is open for own-data alone.",
      },
    ]);
  });

  it.each([...purposes.keys()])(
    "refuses nothing of what the gateway grants and plans for %s",
    (purpose) => {
      const planner = new QueryPlanner(published.composed);
      const granted = reachFields(rules.schema).filter(
        ({ query }) => !("refusals" in askPrepared(query, { purpose, pin: lan })),
      );
      expect(granted.length).toBeGreaterThan(3);
      const calls = granted.flatMap(({ query }) => {
        const operation = operationFromDocument(published.composed.apiSchema(), parse(query));
        return listFetches(planner.buildQueryPlan(operation).node);
      });
      const registers = calls.filter(({ source }) => checks.has(source));
      expect(registers.length).toBeGreaterThan(3);
      for (const { source, query } of registers)
        expect(checks.get(source)!(parse(query), new Set([purpose]), {}), query).toEqual([]);
    },
  );
});

function listFetches(
  node: PlanNode | SubscriptionNode | undefined,
): { source: string; query: string }[] {
  switch (node?.kind) {
    case "Fetch":
      return [{ source: node.serviceName, query: node.operation }];
    case "Flatten":
      return listFetches(node.node);
    case "Sequence":
    case "Parallel":
      return node.nodes.flatMap(listFetches);
    default:
      return [];
  }
}
