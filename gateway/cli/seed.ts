import { databaseCommand } from "./on-databases.ts";

export const seed = databaseCommand(
  "seed",
  "load synthetic citizens into the sectors' databases",
  new URL("../../subgraphs/seed/seed.ts", import.meta.url),
);
