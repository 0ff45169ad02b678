import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { readConfig } from "../../gateway/config.ts";
import { createPreparation } from "../../gateway/federation/prepare.ts";
import { readSupergraph } from "../../gateway/federation/supergraph.ts";
import type { Supergraph } from "../../gateway/federation/supergraph.ts";
import { findExcess, findReachExcess, findTextExcess } from "../../gateway/policy/limits.ts";
import { measureReach } from "../../gateway/policy/reach.ts";
import { supergraphFile } from "../../schema/compose.ts";
import { scalars } from "../../schema/scalars.ts";

/** The supergraph of the repository. */
export const published = readSupergraph(readFileSync(supergraphFile, "utf8"), "supergraph.graphql");

/** A supergraph of these subgraphs' SDL, by name. */
export function composeFrom(sdl: Readonly<Record<string, string>>): Supergraph {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(sdl).map(([name, text]) => ({
      name,
      url: `http://${name}.invalid/graphql`,
      typeDefs: parse(
        `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable", "@inaccessible"]) ${text}`,
      ),
    })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.join("\n"));
  return readSupergraph(supergraphSdl, "composed.graphql");
}

/** The gateway's preparation over a supergraph, with the default limits. */
export function preparationOf(supergraph: Supergraph, open = false) {
  const { limits } = readConfig({}, { open: true });
  return createPreparation(supergraph, {
    limits,
    open,
    scalars,
    cacheCharacters: 100_000,
    ...{ findTextExcess, findExcess, findReachExcess, measureReach },
  });
}

/** The errors of a refused query, as a client gets them; none where it was prepared. */
export function refusalsOf(prepared: ReturnType<ReturnType<typeof preparationOf>>) {
  return "errors" in prepared ? prepared.errors.map((error) => error.toJSON()) : [];
}
