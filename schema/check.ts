import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Supergraph } from "@apollo/federation-internals";
import {
  findBreakingChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
} from "graphql";
import type { GraphQLSchema } from "graphql";
import { composeSupergraph, supergraphFile } from "./compose.ts";
import { findDisagreements, findPolicyFaults } from "./policy-check.ts";
import { runProgram } from "./program.ts";
import { readPurposes } from "./purpose.ts";
import { readSectors } from "./sectors.ts";

/** What stands between the official Vietnamese term and the English explanation. */
const termEnd = " — ";

/** The schema that clients see, of a composed supergraph. */
export function apiSchemaOf(supergraphSdl: string): GraphQLSchema {
  return Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
}

/**
 * Coordinates (`Citizen.pin`, `Query.citizen(pin:)`, `Sex.MALE`) whose description is missing or does
 * not open with the official Vietnamese term. A reader who knows the law must find the word he knows.
 */
export function findUndescribed(schema: GraphQLSchema): string[] {
  return [...describedElements(schema)]
    .filter(([, description]) => (description?.indexOf(termEnd) ?? -1) < 1)
    .map(([coordinate]) => coordinate);
}

function* describedElements(
  schema: GraphQLSchema,
): Generator<readonly [coordinate: string, description: string | null | undefined]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__") || isSpecifiedScalarType(type)) continue;
    yield [type.name, type.description];
    if (isEnumType(type))
      for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields()))
        yield [`${type.name}.${field.name}`, field.description];
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        yield [`${type.name}.${field.name}`, field.description];
        for (const arg of field.args)
          yield [`${type.name}.${field.name}(${arg.name}:)`, arg.description];
      }
  }
}

const help = `lien-thong check — holds the sectors' SDL against the published supergraph and the rules of the house

  --against FILE     the published supergraph; schema/supergraph.graphql by default
  --allow-breaking   lists breaking changes without failing for them
  --json             { "undescribed": [coordinate], "policies": [{ "coordinate", "fault" }],
                       "breaking": [{ "type", "description" }] }
  --help`;

/** The program. Exit 0 in order, 1 something was found, 2 used wrongly. */
function main(): number {
  const { values } = parseArgs({
    options: {
      against: { type: "string" },
      "allow-breaking": { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const published = apiSchemaOf(readFileSync(values.against ?? supergraphFile, "utf8"));
  const sectors = readSectors();
  const supergraph = composeSupergraph(sectors);
  const proposed = apiSchemaOf(supergraph);
  const undescribed = findUndescribed(proposed);
  const policies = [
    ...findPolicyFaults(parse(supergraph), proposed, readPurposes()),
    ...findDisagreements(sectors),
  ];
  const breaking = findBreakingChanges(published, proposed);
  if (values.json) console.log(JSON.stringify({ undescribed, policies, breaking }));
  else {
    for (const coordinate of undescribed)
      console.error(
        `${coordinate} has no description that opens with the Vietnamese term: "Thuật ngữ — explanation".`,
      );
    for (const { coordinate, fault } of policies) console.error(`${coordinate} ${fault}`);
    for (const { description } of breaking)
      console.error(`Breaks clients of the published schema: ${description}`);
    const types = Object.keys(proposed.getTypeMap()).filter((name) => !name.startsWith("__"));
    console.log(
      `${types.length} types checked: ${undescribed.length} undescribed, ${policies.length} faults of policies, ${breaking.length} breaking changes`,
    );
  }
  const faults = undescribed.length + policies.length;
  return faults > 0 || (breaking.length > 0 && !values["allow-breaking"]) ? 1 : 0;
}

if (import.meta.main) await runProgram(main);
