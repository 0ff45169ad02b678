import { sql } from "kysely";
import type { GatewayDatabase } from "../database/pool.ts";

/** Use that is out of the ordinary, for an auditor to look at. */
export interface Alert {
  /** What is unusual; see `kinds`. */
  readonly kind: AlertKind;
  readonly subject: string | null;
  readonly agency: string;
  readonly case: string | null;
  /** RFC 3339: of the first and the last entry that it stands on. */
  readonly since: string;
  readonly until: string;
  /** Entries, or people, as the kind counts. */
  readonly count: number;
}

export type AlertKind =
  | "SERIAL_NUMBERS"
  | "MANY_PEOPLE"
  | "MANY_NOT_FOUND"
  | "MANY_IN_ONE_CASE"
  | "AT_NIGHT";

/** People whom one officer looks up in an hour: at a counter, one in two minutes is busy. */
const mostPeopleAnHour = 60;

/** Numbers that nobody bears, of one officer in an hour: a slip now and then; a series is guessed. */
const mostNotFoundAnHour = 10;

/** People of one case: a marriage with both couples of parents has six. */
const mostPeopleOfCase = 8;

/** Looks at night, from 22 to 5 by the clocks of Vietnam, of one officer. */
const mostAtNight = 5;

/**
 * Finds unusual use in a time: many people by one officer within an hour of the clock, many numbers that
 * nobody bears (whoever goes through a series of numbers meets them), many people under one case, and looks
 * at night. What is ordinary differs by office; each is a reason to ask, and no proof.
 *
 * @param from … and before `to`, RFC 3339
 */
export async function findAlerts(
  database: GatewayDatabase,
  { from, to = "infinity" }: { readonly from: string; readonly to?: string | undefined },
): Promise<Alert[]> {
  const { rows } = await sql<Omit<Alert, "since" | "until"> & { since: Date; until: Date }>`
    with look as (
      select at, agency, subject, case_number, pin_hash, facts,
             date_trunc('hour', at) as hour,
             extract(hour from at at time zone 'Asia/Ho_Chi_Minh') as local_hour
        from log_entry join log_detail using (index)
        where kind = 'access' and purpose <> 'own-data' and at >= ${from}::timestamptz and at < ${to}::timestamptz
          -- Of spouses and parents nobody was looked up: how many there are is the citizen's life.
          and more not like '%"relation":"thirdParty"%'
    ), found as (
      select 'MANY_PEOPLE' as kind, subject, agency, null as "case", min(at) as since, max(at) as until,
             count(distinct pin_hash)::int8 as count
        from look group by subject, agency, hour
        having count(distinct pin_hash) > ${mostPeopleAnHour}
      union all
      select 'MANY_NOT_FOUND', subject, agency, null, min(at), max(at), count(*)::int8
        from look where facts like '%"outcome":"not-found"%' group by subject, agency, hour
        having count(*) > ${mostNotFoundAnHour}
      union all
      select 'MANY_IN_ONE_CASE', null, agency, case_number, min(at), max(at), count(distinct pin_hash)::int8
        from look where case_number is not null group by agency, case_number
        having count(distinct pin_hash) > ${mostPeopleOfCase}
      union all
      select 'SERIAL_NUMBERS', subject, agency, case_number, at, at, 1::int8
        from log_entry join log_detail using (index)
        where kind = 'alert' and at >= ${from}::timestamptz and at < ${to}::timestamptz
      union all
      select 'AT_NIGHT', subject, agency, null, min(at), max(at), count(*)::int8
        from look where local_hour >= 22 or local_hour < 5 group by subject, agency
        having count(*) > ${mostAtNight}
    )
    select * from found order by since desc, kind limit 500
  `.execute(database);
  return rows.map(({ since, until, ...alert }) => ({
    ...alert,
    since: since.toISOString(),
    until: until.toISOString(),
  }));
}
