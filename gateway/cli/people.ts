import { programCommand } from "./program.ts";

export const people = programCommand(
  "people",
  "find synthetic people to try, by kind of life story",
  new URL("../../subgraphs/seed/people.ts", import.meta.url),
);
