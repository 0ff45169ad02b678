import type { GatewayDatabase } from "../database/pool.ts";
import type { Pot } from "./lanes.ts";
import type { Repair } from "./repair-plan.ts";

/** A repair as it was recorded. */
export interface RecordedRepair extends Repair {
  readonly source: string;
  readonly day: string;
  /** What the owner's meter said. */
  readonly meter: number;
  /** ISO 8601. */
  readonly repairedAt: string;
}

/** Repairs that are listed at most: more than that is a matter for whoever reads the table. */
const listedRepairs = 1_000;

/** What was repaired, the newest first. @throws {Error} of the database */
export async function listRepairs(database: GatewayDatabase): Promise<RecordedRepair[]> {
  const rows = await database
    .selectFrom("quota_repair")
    .selectAll()
    .orderBy("id", "desc")
    .limit(listedRepairs)
    .execute();
  return rows.map(({ source, day, pot, pot_known, kind, units_before, units_after, ...row }) => ({
    ...{ source, day, pot: pot as Pot, potKnown: pot_known, kind: kind as Repair["kind"] },
    ...{ before: units_before, after: units_after },
    ...{ meter: row.meter, repairedAt: row.repaired_at.toISOString() },
  }));
}
