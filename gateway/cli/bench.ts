import { programCommand } from "./program.ts";

export const bench = programCommand(
  "bench",
  "measure the Dossier side by side with other gateways",
  new URL("../../test/bench/bench.ts", import.meta.url),
);
