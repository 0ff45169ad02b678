import type { CivilDate } from "../../schema/values/date.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { readAccount } from "./accounts.ts";
import { freeBeyondFloors } from "./lanes.ts";

/** A grant's units on the owner's days. */

/** A grant that is recorded, as far as its days are concerned. */
export interface GrantedDays {
  readonly id: number;
  readonly source: string;
  readonly records: number;
  readonly from: CivilDate;
  readonly until: CivilDate;
}

/** Sets units aside on the days that have begun: later ones do so when they are opened. */
export async function grantOpenDays(
  transaction: GatewayDatabase,
  { id, source, records, from, until }: GrantedDays,
): Promise<void> {
  const open = await transaction
    .selectFrom("owner_day")
    .select("day")
    .where("source", "=", source)
    .where("day", ">=", from)
    .where("day", "<=", until)
    .orderBy("day")
    .forUpdate()
    .execute();
  for (const { day } of open) {
    const account = await readAccount(transaction, source, day as CivilDate);
    const units = Math.min(records, account ? freeBeyondFloors(account) : 0);
    await transaction.insertInto("grant_day").values({ grant_id: id, day, units }).execute();
    await transaction
      .updateTable("owner_day")
      .set((column) => ({ granted_floor: column("granted_floor", "+", units) }))
      .where("source", "=", source)
      .where("day", "=", day)
      .execute();
  }
}
