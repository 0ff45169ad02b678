import { programCommand } from "./program.ts";

export const check = programCommand(
  "check",
  "check it for breaking changes and missing descriptions",
  new URL("../../schema/check.ts", import.meta.url),
);
