import { runSector } from "../kit/program.ts";
import type { Sector } from "../kit/sector.ts";
import { migrations } from "./database/migrations.ts";
import type { DB } from "./database/types.ts";
import { makeLoaders } from "./loaders.ts";
import type { Loaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Cơ sở dữ liệu ngành giáo dục: the register of pupils of the Ministry of Education and Training. */
export const education: Sector<DB, Loaders> = {
  name: "education",
  migrations,
  makeLoaders,
  resolvers,
};

if (import.meta.main) await runSector(education, { process, now: () => new Date() });
