import { runSector } from "../kit/program.ts";
import type { Sector } from "../kit/sector.ts";
import { migrations } from "./database/migrations.ts";
import type { DB } from "./database/types.ts";
import { makeLoaders } from "./loaders.ts";
import type { Loaders } from "./loaders.ts";
import { readMeterSettings } from "./meter-settings.ts";
import type { MeterSettings } from "./meter-settings.ts";
import { openMeter } from "./meter.ts";
import { resolvers } from "./resolvers.ts";

/** Cơ sở dữ liệu quốc gia về dân cư: the population register of the Ministry of Public Security. */
export const population: Sector<DB, Loaders> = makePopulation({});

/** The register with a meter that is set so. */
export function makePopulation(settings: MeterSettings): Sector<DB, Loaders> {
  return {
    name: "population",
    migrations,
    makeLoaders,
    resolvers,
    makeMeter: (surroundings) => openMeter(surroundings, settings),
  };
}

if (import.meta.main)
  await runSector((env) => makePopulation(readMeterSettings(env)), {
    process,
    now: () => new Date(),
  });
