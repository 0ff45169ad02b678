import { sql } from "kysely";
import type { Migrations } from "../../kit/database.ts";

/** What the owner counts (see `meter.ts`): calls by their keys, and what each day and consumer had. */
export const meterMigrations: Migrations = {
  "0011_meter": {
    async up(database) {
      // The owner's clock, in one place, where it can be set.
      await sql`
        create function meter_now() returns timestamptz language sql volatile
          return clock_timestamp()
      `.execute(database);
      await sql`
        create table meter_day (
          day date primary key,
          records bigint not null check (records >= 0)
        )
      `.execute(database);
      await sql`
        create table meter_consumer (
          day date not null,
          consumer text not null,
          records bigint not null check (records >= 0),
          primary key (day, consumer)
        )
      `.execute(database);
      await sql`
        create table meter_lease (
          lease text primary key,
          last_call_at timestamptz not null,
          closed_at timestamptz
        )
      `.execute(database);
      // A key without a day is void: it was refused, or settled before it came, and counts no more.
      await sql`
        create table meter_key (
          key text primary key,
          lease text,
          arrived_at timestamptz not null,
          asked bytea,
          day date,
          records int check (records >= 0),
          constraint counted_key_has_a_day_and_records
            check ((day is null) = (records is null) and (day is null or asked is not null))
        )
      `.execute(database);
      await sql`create index meter_key_lease on meter_key (lease)`.execute(database);
      // One call, in one statement: all of it is counted, or nothing. Each step sees what others have
      // committed until then, which the parts of a plain statement would not: they share a snapshot.
      //
      // Locks are taken in the order lease, key, day, and held to the end. So a lease is closed when
      // nothing of it is under way, a second copy of a key waits for the first, and the day's limit is
      // held against what was counted and not against what was seen.
      await sql`
        create function meter_count(
          in_key text, in_lease text, in_asked bytea, in_consumers text[], in_records int[],
          in_limit bigint, in_zone text, out outcome text, out counted_on date
        ) language plpgsql as $$
        declare
          arrival timestamptz := meter_now();
          total int := (select coalesce(sum(amount), 0) from unnest(in_records) as amount);
        begin
          if in_lease is not null then
            insert into meter_lease as known (lease, last_call_at) values (in_lease, arrival)
              on conflict (lease) do update set last_call_at = excluded.last_call_at
              where known.closed_at is null;
            if not found then
              outcome := 'REFUSED';
              return;
            end if;
          end if;
          counted_on := (meter_now() at time zone in_zone)::date;
          if in_key is not null then
            insert into meter_key (key, lease, arrived_at, asked, day, records)
              values (in_key, in_lease, arrival, in_asked, counted_on, total)
              on conflict (key) do nothing;
            if not found then
              select case when asked = in_asked then 'REPEATED' else 'REFUSED' end, day
                into outcome, counted_on
                from meter_key where key = in_key and day is not null;
              outcome := coalesce(outcome, 'REFUSED');
              return;
            end if;
          end if;
          insert into meter_day as known (day, records)
            select counted_on, total where in_limit is null or total <= in_limit
            on conflict (day) do update set records = known.records + excluded.records
            where in_limit is null or known.records + excluded.records <= in_limit;
          if not found then
            update meter_key set day = null, records = null where key = in_key;
            outcome := 'EXHAUSTED';
            return;
          end if;
          insert into meter_consumer as known (day, consumer, records)
            select counted_on, consumer, amount
              from unnest(in_consumers, in_records) as charge (consumer, amount)
            on conflict (day, consumer) do update set records = known.records + excluded.records;
          outcome := 'COUNTED';
        end $$
      `.execute(database);
    },
  },
};
