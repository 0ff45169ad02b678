import fc from "fast-check";
import type { GeneratorValue } from "fast-check";
import {
  execute,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isListType,
  isObjectType,
  parse,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  specifiedRules,
  validate,
} from "graphql";
import type { GraphQLCompositeType, GraphQLOutputType } from "graphql";
import { describe, expect, it } from "vitest";
import { askPrepared, lan, purposes, refusedPaths, rules } from "./asking.ts";
import {
  expectedForThirdParties,
  expectedImpersonal,
  expectedOpenings,
} from "./expected-openings.ts";
import { writeField } from "./reach-fields.ts";

const { schema } = rules;

const runs = 1_000;

/** What is written at random may leave its own fragments and variables unused. */
const applied = specifiedRules.filter(
  (rule) => rule !== NoUnusedFragmentsRule && rule !== NoUnusedVariablesRule,
);

/** An object of the answer: its type, and how many citizens lie between it and the root. */
interface Answered {
  readonly __typename: string;
  readonly people: number;
}

describe("what GraphQL's own executor resolves", () => {
  it("is open wherever the check grants, and holds a closed field wherever it refuses", () => {
    let granted = 0;
    const seen = { fields: 0 };
    fc.assert(
      fc.property(fc.gen(), fc.constantFrom(...purposes.keys()), (g, purpose) => {
        const query = writeOperation(g, g(fc.boolean) ? purpose : undefined);
        const document = parse(query);
        expect(validate(schema, document, applied), query).toEqual([]);
        const variables = { v0: g(fc.boolean), v1: g(fc.boolean) };
        const resolved = resolve(query, variables);
        const closed = resolved.filter((field) => !isMeantOpen(field, purpose));
        const refused = refusedPaths(askPrepared(query, { purpose, variables, pin: lan }));
        expect(refused.length > 0, `${purpose} ${JSON.stringify(variables)} ${query}`).toBe(
          closed.length > 0,
        );
        granted += refused.length === 0 ? 1 : 0;
        seen.fields += resolved.length;
      }),
      { numRuns: runs, endOnFailure: true },
    );
    // Neither all nor none of them is granted, and they do ask something.
    expect(granted).toBeGreaterThan(runs * 0.2);
    expect(granted).toBeLessThan(runs * 0.95);
    expect(seen.fields).toBeGreaterThan(runs * 4);
  });
});

interface Resolved {
  readonly coordinate: string;
  readonly people: number;
}

/** Executes the query over a country in which everything exists, and notes each field that is resolved. */
function resolve(query: string, variableValues: Record<string, boolean>): Resolved[] {
  const resolved: Resolved[] = [];
  const result = execute({
    schema,
    document: parse(query),
    variableValues,
    rootValue: { __typename: "Query", people: 0 },
    fieldResolver: (
      { people }: Answered,
      _args,
      _context,
      { parentType, fieldName, returnType },
    ) => {
      resolved.push({
        coordinate: `${parentType.name}.${fieldName}`,
        people: isCitizen(returnType) && people > 1 ? people + 1 : people,
      });
      return answer(returnType, people);
    },
    typeResolver: ({ __typename }: Answered) => __typename,
  });
  expect(result).not.toHaveProperty("errors");
  return resolved;
}

function answer(type: GraphQLOutputType, people: number): unknown {
  const bare = getNullableType(type);
  const named = getNamedType(type);
  if (isListType(bare)) {
    const items = isAbstractType(named) ? schema.getPossibleTypes(named) : [named];
    return items.map((item) => answer(item, people));
  }
  if (isCompositeType(named))
    return { __typename: named.name, people: people + (isCitizen(named) ? 1 : 0) };
  if (isEnumType(named)) return named.getValues()[0]?.value;
  return named.name === "Int" ? 1 : named.name === "Boolean" ? true : "1";
}

function isCitizen(type: GraphQLOutputType): boolean {
  return getNamedType(type).name === "Citizen";
}

/** By the expectation that was written by hand. */
function isMeantOpen({ coordinate, people }: Resolved, purpose: string): boolean {
  const [type = "", field = ""] = coordinate.split(".");
  const has = (fields: Readonly<Record<string, string>>) =>
    (fields[type] ?? "").split(" ").includes(field);
  if (has(expectedImpersonal)) return true;
  // Of a third citizen nothing is open, nor the way to him.
  if (people > 2) return false;
  return people === 2
    ? expectedForThirdParties.includes(purpose) && /^Citizen\.(pin|fullName)$/.test(coordinate)
    : has(expectedOpenings[purpose]!);
}

/**
 * Writes a valid operation at random: aliases, inline fragments, named fragments used again, conditions.
 *
 * @param purpose where there is one, mostly of fields that it opens, so that some are granted
 */
function writeOperation(g: GeneratorValue, purpose: string | undefined): string {
  const fragments: { type: GraphQLCompositeType; text: string }[] = [];
  let aliases = 0;
  const chance = (percent: number) => g(fc.nat, { max: 99 }) < percent;
  // By its place: fast-check compares what it is given, and a schema goes in circles.
  const choose = <T>(list: readonly T[]): T => list[g(fc.nat, { max: list.length - 1 })]!;
  const condition = () => {
    if (!chance(15)) return "";
    const value = choose(["$v0", "$v1", "true", "false"]);
    return `@${choose(["skip", "include"])}(if: ${value})`;
  };
  const select = (type: GraphQLCompositeType, depth: number): string => {
    const parts = Array.from({ length: 1 + g(fc.nat, { max: 3 }) }, () => {
      if (chance(12)) return "__typename";
      if (chance(25) && depth > 0) {
        const known = fragments.findIndex((each) => each.type === type);
        if (known >= 0) return `...f${known} ${condition()}`;
      }
      if (chance(15)) {
        const narrower = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
        const to = choose(narrower);
        return `... on ${to.name} ${condition()} { ${select(to, depth)} }`;
      }
      return pick(type, depth);
    });
    return parts.join(" ");
  };
  const pick = (type: GraphQLCompositeType, depth: number): string => {
    if (!isObjectType(type) && !isInterfaceType(type)) return "__typename";
    const all = Object.values(type.getFields()).filter(
      (field) => depth > 0 || !isCompositeType(getNamedType(field.type)),
    );
    const meant = all.filter(
      ({ name }) =>
        purpose && isMeantOpen({ coordinate: `${type.name}.${name}`, people: 1 }, purpose),
    );
    const among = meant.length > 0 && chance(97) ? meant : all;
    if (among.length === 0) return "__typename";
    const field = choose(among);
    const result = getNamedType(field.type);
    const inner = isCompositeType(result) ? `{ ${select(result, depth - 1)} }` : "";
    return `a${aliases++}: ${writeField(field)} ${condition()} ${inner}`;
  };
  for (const name of ["Citizen", "MaritalEvent", "AdministrativeUnit"]) {
    const type = schema.getType(name);
    if (isCompositeType(type)) fragments.push({ type, text: select(type, 1) });
  }
  const body = select(schema.getQueryType()!, 5);
  const spelled = fragments.map(
    ({ type, text }, index) => `fragment f${index} on ${type.name} { ${text} }`,
  );
  return `query ($v0: Boolean!, $v1: Boolean!) { ${body} } ${spelled.join(" ")}`;
}
