import { sql } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { compareWithMeter } from "./comparison.ts";
import type { Comparison, DayRecord, ReconcileOptions } from "./comparison.ts";
import { planRepairs } from "./repair-plan.ts";
import type { RepairPlan } from "./repair-plan.ts";
import { addSpending, unknownAgency } from "./spending.ts";

/** A day's account made to say what its owner's meter says, once nothing of it can change any more. */

/** A day that was compared with its owner's meter, and what was done about it. */
export interface DayReconciled extends Comparison, Pick<RepairPlan, "repairs" | "beyond"> {
  /** Whether a lease of the day is out or a call in doubt, so that it is left as it is. */
  readonly inUse: boolean;
}

/**
 * Compares a day with its owner's meter, which is the truth of what was counted, and books the difference.
 *
 * Only where no lease of the day is out and no call in doubt: then nothing is on its way that could still
 * be counted. Whoever moves a unit between the reading of the meter and the booking changes the account's
 * version, and the day counts as in use. So no lock is held while the owner is asked.
 *
 * @param dryRun tells what would be booked, and books nothing
 * @returns what both said before; undefined where there is no meter, or the day was never opened
 * @throws {Error} where the meter or the database does not answer
 */
export async function repairDay(
  options: ReconcileOptions,
  day: CivilDate,
  { dryRun }: { readonly dryRun: boolean },
): Promise<DayReconciled | undefined> {
  const compared = await compareWithMeter(options, day);
  if (!compared) return undefined;
  const { record, ...comparison } = compared;
  const { terms } = options;
  const untouched = { ...comparison, inUse: record.inUse, repairs: [], beyond: 0 };
  // A source that is not enforced is asked without leases, so that nobody can tell when it is at rest.
  if (comparison.equal || record.inUse || terms.mode !== "enforce") return untouched;
  const plan = planRepairs(record, comparison.meter, terms.unit);
  const booked = dryRun || (await bookRepairs(options, comparison, record, plan));
  if (!booked) return { ...untouched, inUse: true };
  return { ...untouched, repairs: plan.repairs, beyond: plan.beyond };
}

/** Whether ledger and meter now say the same of a day. */
export function agrees({ equal, inUse, repairs, beyond }: DayReconciled): boolean {
  return equal || (!inUse && repairs.length > 0 && beyond === 0);
}

/** Books a plan and records it, unless the day has moved since: false then. */
async function bookRepairs(
  { database, record }: ReconcileOptions,
  { source, day, meter }: Comparison,
  { version, booked }: DayRecord,
  { repairs, unknown }: RepairPlan,
): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom("owner_day")
      .select("day")
      .where("source", "=", source)
      .where("day", "=", day)
      .where(sql<boolean>`xmin::text = ${version}`)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return false;
    for (const { pot, potKnown, kind, before, after } of repairs) {
      const column = `${pot}_${kind}` as const;
      await transaction
        .updateTable("owner_day")
        .set((set) => ({ free: set("free", "-", after - before), [column]: after }))
        .where("source", "=", source)
        .where("day", "=", day)
        .execute();
      await transaction
        .insertInto("quota_repair")
        .values({
          ...{ source, day, pot, kind, pot_known: potKnown, meter },
          ...{ units_before: before, units_after: after },
          repaired_at: sql<Date>`clock_timestamp()`,
        })
        .execute();
      if (pot === "granted" && kind === "spent")
        await giveBackGrants(transaction, source, day, booked.granted - after);
    }
    if (unknown > 0)
      await addSpending(transaction, source, [
        { day, lane: "bulk", agency: unknownAgency, units: unknown },
      ]);
    const spent = repairs.flatMap(({ pot: lane, kind, before, after }) =>
      kind === "spent" ? [{ source, day, lane, units: after - before }] : [],
    );
    // Last, so that it stands or falls with the rest.
    if (spent.length > 0) await record?.repair(spent);
    return true;
  });
}

/** Takes units that were not spent after all out of what a day's grants have used, the newest first. */
async function giveBackGrants(
  transaction: GatewayDatabase,
  source: string,
  day: CivilDate,
  units: number,
): Promise<void> {
  const grants = await transaction
    .selectFrom("grant_day")
    .innerJoin("quota_grant", "id", "grant_id")
    .select(["id", "used"])
    .where("source", "=", source)
    .where("day", "=", day)
    .orderBy("id", "desc")
    .execute();
  let left = units;
  for (const { id, used } of grants) {
    const back = Math.max(0, Math.min(left, used));
    left -= back;
    await transaction
      .updateTable("grant_day")
      .set({ used: used - back })
      .where("grant_id", "=", id)
      .where("day", "=", day)
      .execute();
  }
}
