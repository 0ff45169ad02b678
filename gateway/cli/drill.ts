import { programCommand } from "./program.ts";

export const drill = programCommand(
  "drill",
  "play the outage drill, and say what users saw",
  new URL("../../test/drill/drill.ts", import.meta.url),
);
