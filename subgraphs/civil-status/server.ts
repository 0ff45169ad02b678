import { runSector } from "../kit/program.ts";
import type { Sector } from "../kit/sector.ts";
import { migrations } from "./database/migrations.ts";
import type { DB } from "./database/types.ts";
import { makeLoaders } from "./loaders.ts";
import type { Loaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Cơ sở dữ liệu hộ tịch điện tử: the civil-status register of the Ministry of Justice. */
export const civilStatus: Sector<DB, Loaders> = {
  name: "civil-status",
  migrations,
  makeLoaders,
  resolvers,
};

if (import.meta.main) await runSector(civilStatus, { process, now: () => new Date() });
