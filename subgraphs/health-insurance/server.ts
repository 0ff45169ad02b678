import { runSector } from "../kit/program.ts";
import type { Sector } from "../kit/sector.ts";
import { migrations } from "./database/migrations.ts";
import type { DB } from "./database/types.ts";
import { makeLoaders } from "./loaders.ts";
import type { Loaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Cơ sở dữ liệu bảo hiểm y tế: the health insurance register of Vietnam Social Security. */
export const healthInsurance: Sector<DB, Loaders> = {
  name: "health-insurance",
  migrations,
  makeLoaders,
  resolvers,
};

if (import.meta.main) await runSector(healthInsurance, { process, now: () => new Date() });
