import { sql } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import { lanes } from "../../schema/terms.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { lockGrants, readAccount } from "./accounts.ts";
import { pots, usedBy } from "./lanes.ts";
import type { DayAccount } from "./lanes.ts";

/** A share of the day's units that an agency has for itself. */
export interface QuotaGrant {
  readonly source: string;
  readonly agency: string;
  /** Units on each of its days, from 1. */
  readonly records: number;
  readonly from: CivilDate;
  /** Its last day. */
  readonly until: CivilDate;
  readonly reason: string;
  /** Who grants it. */
  readonly grantedBy: string;
}

/** A grant that was given, or the sentence that says why it was not. */
export type GrantAnswer =
  | { readonly kind: "granted"; readonly id: number }
  | { readonly kind: "refused"; readonly sentence: string };

/**
 * Grants an agency units out of the common rest of a source's days, and records who did so and why. Of a
 * day that has begun it gets no more than the rest still holds.
 */
export async function grantQuota(
  database: GatewayDatabase,
  grant: QuotaGrant,
  terms: SourceTerms,
): Promise<GrantAnswer> {
  const { source, agency, records, from, until, reason, grantedBy } = grant;
  const wrong = findMistake(grant, terms);
  if (wrong !== undefined) return { kind: "refused", sentence: wrong };
  return database.transaction().execute(async (transaction) => {
    await lockGrants(transaction, source);
    const others = await transaction
      .selectFrom("quota_grant")
      .select(["records", "from_day", "until_day"])
      .where("source", "=", source)
      .where("from_day", "<=", until)
      .where("until_day", ">=", from)
      .execute();
    // The most that is granted on one day is granted on the first day of one of them.
    const days = [from, ...others.map(({ from_day }) => from_day).filter((day) => day > from)];
    const most = Math.max(
      ...days.map((day) =>
        others
          .filter(({ from_day, until_day }) => from_day <= day && day <= until_day)
          .reduce((sum, other) => sum + other.records, 0),
      ),
    );
    const floors = lanes.reduce((sum, lane) => sum + terms.lanes[lane].floor, 0);
    const left = (terms.perDay ?? 0) - floors - most;
    if (records > left)
      return {
        kind: "refused",
        sentence: `Of ${source}'s ${terms.perDay} records a day, floors hold ${floors} and other grants up to ${most}; at most ${Math.max(0, left)} can be granted from ${from} until ${until}, not ${records}.`,
      };
    const { id } = await transaction
      .insertInto("quota_grant")
      .values({
        ...{ source, agency, records, from_day: from, until_day: until, reason },
        granted_by: grantedBy,
        granted_at: sql<Date>`clock_timestamp()`,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await grantOpenDays(transaction, { ...grant, id });
    return { kind: "granted", id };
  });
}

/** Sets units aside on the days that have begun: later ones do so when they are opened. */
async function grantOpenDays(
  transaction: GatewayDatabase,
  { id, source, records, from, until }: QuotaGrant & { readonly id: number },
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
    const units = Math.min(records, account ? commonRest(account) : 0);
    await transaction.insertInto("grant_day").values({ grant_id: id, day, units }).execute();
    await transaction
      .updateTable("owner_day")
      .set((column) => ({ granted_floor: column("granted_floor", "+", units) }))
      .where("source", "=", source)
      .where("day", "=", day)
      .execute();
  }
}

/** What is free beyond all floors. */
function commonRest({ free, pots: accounts }: DayAccount): number {
  const kept = pots.map((pot) => Math.max(0, accounts[pot].floor - usedBy(accounts[pot])));
  return Math.max(0, free - kept.reduce((sum, units) => sum + units, 0));
}

function findMistake(
  { source, agency, records, from, until, reason, grantedBy }: QuotaGrant,
  { perDay }: SourceTerms,
): string | undefined {
  if (perDay === null) return `${source} has no limit a day, so there is nothing to grant.`;
  if (!Number.isSafeInteger(records) || records < 1)
    return `A grant has a whole number of records from 1, not ${records}.`;
  if (until < from) return `A grant ends on or after its first day, ${from}, not on ${until}.`;
  const missing = Object.entries({ agency, reason, grantedBy }).find(([, text]) => !text.trim());
  return missing && `A grant says its ${missing[0]}; it was left empty.`;
}
