import { runSector } from "../kit/program.ts";
import type { Sector } from "../kit/sector.ts";
import { migrations } from "./database/migrations.ts";
import type { DB } from "./database/types.ts";
import { makeLoaders } from "./loaders.ts";
import type { Loaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Cơ sở dữ liệu quốc gia về dân cư: the population register of the Ministry of Public Security. */
export const population: Sector<DB, Loaders> = {
  name: "population",
  migrations,
  makeLoaders,
  resolvers,
};

if (import.meta.main) await runSector(population, { process, now: () => new Date() });
