import { sql } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import type { Lane } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";

/** The agency of units of which nobody knows who asked for them: their process died with that. */
export const unknownAgency = "";

/** Units that an agency has spent in a lane on one of the owner's days. */
export interface Spending {
  readonly day: CivilDate;
  readonly lane: Lane;
  readonly agency: string;
  units: number;
}

/** Adds to what the agencies have spent of a source, where no account is charged for it. */
export async function addSpending(
  database: GatewayDatabase,
  source: string,
  spendings: readonly Spending[],
): Promise<void> {
  await insertSpending(source, spendings).execute(database);
}

/**
 * The statement that adds to what the agencies have spent of a source.
 *
 * @param only the name of an earlier part of it: nothing is added unless that has a row
 */
export function insertSpending(source: string, spendings: readonly Spending[], only?: string) {
  // In one order for all processes, or two that book the same rows wait for each other for ever.
  const key = ({ day, lane, agency }: Spending) => `${day} ${lane} ${agency}`;
  const ordered = spendings.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return sql`
    insert into agency_day (source, day, lane, agency, spent)
      select ${source}, day, lane, agency, units from unnest(
          ${ordered.map(({ day }) => day)}::date[],
          ${ordered.map(({ lane }) => lane)}::text[],
          ${ordered.map(({ agency }) => agency)}::text[],
          ${ordered.map(({ units }) => units)}::bigint[]
        ) as told (day, lane, agency, units)
        ${only === undefined ? sql`` : sql`where exists (select from ${sql.ref(only)})`}
      on conflict (source, day, lane, agency)
        do update set spent = agency_day.spent + excluded.spent
  `;
}

/** What the agencies have spent of a source on one of its owner's days. */
export async function readSpending(
  database: GatewayDatabase,
  source: string,
  day: CivilDate,
): Promise<Spending[]> {
  const rows = await database
    .selectFrom("agency_day")
    .selectAll()
    .where("source", "=", source)
    .where("day", "=", day)
    .orderBy("lane")
    .orderBy("agency")
    .execute();
  return rows.map(({ lane, agency, spent }) => ({ day, lane: lane as Lane, agency, units: spent }));
}
