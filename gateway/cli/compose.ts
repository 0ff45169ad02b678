import { programCommand } from "./program.ts";

export const compose = programCommand(
  "compose",
  "compose schema/supergraph.graphql from the sectors' SDL",
  new URL("../../schema/compose.ts", import.meta.url),
);
