import { programCommand } from "./program.ts";

export const seed = programCommand(
  "seed",
  "load synthetic citizens into the sectors' databases",
  new URL("../../subgraphs/seed/seed.ts", import.meta.url),
);
