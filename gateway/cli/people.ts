import { databaseCommand } from "./on-databases.ts";

export const people = databaseCommand(
  "people",
  "find synthetic people to try, by kind of life story",
  new URL("../../subgraphs/seed/people.ts", import.meta.url),
);
