import pg from "pg";

/** A gateway's database whose log and evidence are told another time than the machine's. */
export interface BentClock {
  /** How many milliseconds its clock is ahead of the machine's from now on. */
  ahead(milliseconds: number): Promise<void>;
}

/**
 * Bends the clock of a gateway's database, for sessions that are opened from now on. The ledger, which follows
 * the owners' clocks, is told the right time.
 */
export async function bendClock(url: string): Promise<BentClock> {
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const name = new URL(url).pathname.slice(1);
  await run(`
    create schema bent;
    create table bent.clock (ahead interval not null);
    insert into bent.clock values ('0');
    create function bent.clock_timestamp() returns timestamptz language sql volatile
      as $$ select pg_catalog.clock_timestamp()
                + case when current_query() ~ 'log_entry|into evidence' then ahead else '0' end
             from bent.clock $$;
    alter database ${name} set search_path = public, bent, pg_catalog`);
  return {
    ahead: (milliseconds) =>
      run(`update bent.clock set ahead = interval '1 millisecond' * ${Math.round(milliseconds)}`),
  };
}

/** Milliseconds from now until a time of today by the clocks of Vietnam, `HH:MM`; below 0 where it is over. */
export function untilInVietnam(time: string): number {
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }).format();
  return Date.parse(`${today}T${time}:00+07:00`) - Date.now();
}
