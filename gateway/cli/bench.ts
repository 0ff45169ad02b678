import { programCommand } from "./program.ts";

export const bench = programCommand(
  "bench",
  "measure the Dossier side by side with a stock @apollo/gateway",
  new URL("../../test/bench/bench.ts", import.meta.url),
);
