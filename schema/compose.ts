import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { composeServices } from "@apollo/composition";
import { gatewaySubgraph, readGatewaySchema } from "./gateway.ts";
import { spellOutPolicies } from "./policies.ts";
import { runProgram } from "./program.ts";
import { readSectors } from "./sectors.ts";
import type { Sector } from "./sectors.ts";

/** Where the composed supergraph lies, in the repository. */
export const supergraphFile = new URL("./supergraph.graphql", import.meta.url);

/**
 * Composes the sectors, and what the gateway itself answers, into one supergraph.
 *
 * @throws {Error} that lists what does not fit together, a line each
 */
export function composeSupergraph(sectors: readonly Sector[]): string {
  const { supergraphSdl, errors } = composeServices([
    ...sectors.map(({ name, terms, typeDefs }) => ({
      name,
      url: terms.url,
      typeDefs: spellOutPolicies(typeDefs),
    })),
    { ...gatewaySubgraph, typeDefs: spellOutPolicies(readGatewaySchema()) },
  ]);
  if (supergraphSdl === undefined)
    throw new Error(
      `The sectors do not compose:\n${(errors ?? []).map((error) => `  ${error.message}`).join("\n")}`,
    );
  return `${supergraphSdl.trim()}\n`;
}

const help = `lien-thong compose — composes schema/supergraph.graphql from the sectors' SDL

  --check   writes nothing; fails where the file differs from what the sectors compose to
  --help`;

/** The program. */
function main(): number {
  const { values } = parseArgs({
    options: { check: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const sectors = readSectors();
  const supergraph = composeSupergraph(sectors);
  const names = sectors.map(({ name }) => name).join(", ");
  if (!values.check) {
    writeFileSync(supergraphFile, supergraph);
    console.log(`schema/supergraph.graphql composed from ${names}`);
    return 0;
  }
  if (readFileSync(supergraphFile, "utf8") !== supergraph)
    throw new Error(
      "schema/supergraph.graphql is out of date; run `npx lien-thong compose` and commit it.",
    );
  console.log(`schema/supergraph.graphql is what ${names} compose to`);
  return 0;
}

if (import.meta.main) await runProgram(main);
