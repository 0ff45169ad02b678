import { asksForHelp, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { runOnDatabases } from "./on-databases.ts";

const help = `lien-thong units import FILE — loads the official table of administrative units

\`lien-thong units import --help\` says more.`;

export const units: Command = {
  name: "units",
  summary: "load the official table of administrative units: units import FILE",
  async run([action, ...args]) {
    if (action === "import")
      return await runOnDatabases(
        "units",
        new URL("../../subgraphs/kit/units/import.ts", import.meta.url),
        args,
      );
    if (action !== undefined && !asksForHelp([action]))
      return misused(`units can "import", not ${JSON.stringify(action)}.`, "units");
    console[action === undefined ? "error" : "log"](help);
    return action === undefined ? 2 : 0;
  },
};
