import { sql } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import { sumFloors } from "../../schema/terms.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { lockGrants, readLedgerTime } from "./accounts.ts";
import { grantOpenDays } from "./grant-days.ts";
import { dayAt } from "./owner-day.ts";

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

/** A grant as it is recorded, and how it stands today. */
export interface RecordedGrant extends QuotaGrant {
  readonly id: number;
  /** ISO 8601. */
  readonly grantedAt: string;
  /**
   * Units that the owner's day holds for it; fewer than `records` where the day had begun and less was
   * left. Null where that day is not open, or none of its own.
   */
  readonly heldToday: number | null;
  /** Those of them that it has used, or that calls under way carry. */
  readonly usedToday: number | null;
}

/** A grant that was given, or the sentence that says why it was not. */
export type GrantAnswer =
  | { readonly kind: "granted"; readonly grant: RecordedGrant }
  | { readonly kind: "refused"; readonly sentence: string };

/**
 * Grants an agency units out of the common rest of a source's days, and records who did so and why. Of a
 * day that has begun it gets no more than the rest still holds.
 *
 * @param terms the source's
 * @throws {Error} of the database
 */
export async function grantQuota(
  database: GatewayDatabase,
  asked: QuotaGrant,
  terms: SourceTerms,
): Promise<GrantAnswer> {
  const grant = trimTexts(asked);
  const { source, agency, records, from, until, reason, grantedBy } = grant;
  const wrong = findMistake(grant, terms);
  if (wrong !== undefined) return refuse(wrong);
  return database.transaction().execute(async (transaction) => {
    await lockGrants(transaction, source);
    const { ledgerTime } = await readLedgerTime(transaction, source);
    const today = dayAt(ledgerTime, terms.timeZone);
    if (from < today)
      return refuse(
        `A grant begins on ${today}, which is today for ${source}'s owner, or later; not on ${from}.`,
      );
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
    const floors = sumFloors(terms);
    const left = (terms.perDay ?? 0) - floors - most;
    if (records > left)
      return refuse(
        `Of ${source}'s ${terms.perDay} records a day, floors hold ${floors} and other grants up to ${most}; at most ${Math.max(0, left)} can be granted from ${from} until ${until}, not ${records}.`,
      );
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
    const recorded = await listGrants(transaction, new Map([[source, terms]]));
    return { kind: "granted", grant: recorded.find((one) => one.id === id)! };
  });
}

/**
 * The grants that are in force or will be, by source, the oldest first.
 *
 * @param sources the terms of each, by name
 * @throws {Error} of the database
 */
export async function listGrants(
  database: GatewayDatabase,
  sources: ReadonlyMap<string, Pick<SourceTerms, "timeZone">>,
): Promise<RecordedGrant[]> {
  const grants: RecordedGrant[] = [];
  for (const [source, { timeZone }] of sources) {
    const { ledgerTime } = await readLedgerTime(database, source);
    const today = dayAt(ledgerTime, timeZone);
    const rows = await database
      .selectFrom("quota_grant")
      .leftJoin("grant_day", (join) =>
        join.onRef("grant_id", "=", "id").on("grant_day.day", "=", today),
      )
      .selectAll("quota_grant")
      .select(["units", "used"])
      .where("source", "=", source)
      .where("until_day", ">=", today)
      .orderBy("id")
      .execute();
    for (const { id, agency, records, from_day, until_day, reason, granted_by, ...row } of rows)
      grants.push({
        ...{ id, source, agency, records, reason, grantedBy: granted_by },
        ...{ from: from_day as CivilDate, until: until_day as CivilDate },
        grantedAt: row.granted_at.toISOString(),
        ...{ heldToday: row.units, usedToday: row.used },
      });
  }
  return grants;
}

/** Records a day that are granted of a source, all agencies together. */
export async function sumGranted(
  database: GatewayDatabase,
  source: string,
  day: CivilDate,
): Promise<number> {
  const { records } = await database
    .selectFrom("quota_grant")
    .select(sql<number>`coalesce(sum(records), 0)::int8`.as("records"))
    .where("source", "=", source)
    .where("from_day", "<=", day)
    .where("until_day", ">=", day)
    .executeTakeFirstOrThrow();
  return records;
}

function refuse(sentence: string): GrantAnswer {
  return { kind: "refused", sentence };
}

/** Texts of a record, each of one line. */
const texts = ["agency", "reason", "grantedBy"] as const;

function trimTexts(grant: QuotaGrant): QuotaGrant {
  const trimmed = Object.fromEntries(texts.map((field) => [field, grant[field].trim()]));
  return { ...grant, ...trimmed };
}

/** Longest text of a record, in characters: a reason is a sentence or a letter's number, not the letter. */
const longestText = 1_000;

function findMistake(
  { source, records, from, until, ...grant }: QuotaGrant,
  { perDay, mode }: SourceTerms,
): string | undefined {
  if (perDay === null) return `${source} has no limit a day, so there is nothing to grant.`;
  if (mode !== "enforce")
    return `The limit of ${source} is not enforced (its terms say "${mode}"), so there is nothing to grant.`;
  if (!Number.isSafeInteger(records) || records < 1)
    return `A grant has a whole number of records from 1, not ${records}.`;
  if (until < from) return `A grant ends on or after its first day, ${from}, not on ${until}.`;
  const missing = texts.find((field) => grant[field] === "");
  if (missing) return `A grant says its ${missing}; it was left empty.`;
  const wrong = texts.find(
    (field) => grant[field].length > longestText || /\p{Cc}/u.test(grant[field]),
  );
  return wrong && `The ${wrong} of a grant is one line of at most ${longestText} characters.`;
}
