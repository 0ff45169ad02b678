import { sql } from "kysely";
import type { Migrations } from "../database.ts";

/**
 * The tables of administrative units, for every sector's database: a residence, an act and a school
 * refer to `unit (code, valid_from)`. The name sorts before a sector's own migrations, which need it.
 */
export const unitMigrations: Migrations = {
  "0000_administrative_units": {
    async up(database) {
      // An exclusion over text and a range needs btree_gist. Where a superuser made it, this asks nothing.
      await sql`create extension if not exists btree_gist`.execute(database);

      // The exclusion is deferrable, so that one load may end a version and begin the next in whatever
      // order of rows.
      await sql`
        create table unit (
          code text not null,
          valid_from date not null,
          valid_to date,
          level text not null,
          name text not null,
          parent_code text,
          district_name text,
          source text not null constraint unit_source_is_known
            check (source in ('DEFAULT', 'OFFICIAL')),
          primary key (code, valid_from),
          constraint unit_ends_after_it_begins check (valid_to >= valid_from),
          constraint unit_code_fits_level check (
            case level
              when 'PROVINCE' then code ~ '^[0-9]{2}$'
              when 'DISTRICT' then code ~ '^[0-9]{3}$'
              when 'COMMUNE' then code ~ '^[0-9]{5}$'
              else false
            end),
          constraint unit_parent_fits_level check (
            case level
              when 'PROVINCE' then parent_code is null
              when 'DISTRICT' then coalesce(parent_code ~ '^[0-9]{2}$', false)
              else coalesce(parent_code ~ '^[0-9]{2,3}$', false)
            end),
          constraint unit_name_is_tidy
            check (name <> '' and name = btrim(name) and name is nfc normalized),
          constraint unit_versions_never_overlap
            exclude using gist (code with =, daterange(valid_from, valid_to, '[]') with &&)
            deferrable initially immediate
        )
      `.execute(database);

      // Time only goes forward, so a walk from successor to successor ends.
      await sql`
        create table unit_successor (
          old_code text not null,
          old_from date not null,
          new_code text not null,
          new_from date not null,
          share text not null constraint unit_successor_share_is_known check (share in (
            'WHOLE', 'PART', 'PART_AREA', 'PART_AREA_ALL_PEOPLE', 'UNCHANGED', 'RENAMED', 'UNKNOWN')),
          source text not null constraint unit_successor_source_is_known
            check (source in ('DEFAULT', 'OFFICIAL')),
          primary key (old_code, old_from, new_code, new_from),
          foreign key (old_code, old_from) references unit (code, valid_from),
          foreign key (new_code, new_from) references unit (code, valid_from),
          constraint unit_successor_is_later check (new_from > old_from)
        )
      `.execute(database);

      // A row for each load that changed something: whoever keeps the units in memory looks here.
      await sql`
        create table unit_edition (
          id integer generated always as identity primary key,
          source text not null,
          loaded_at timestamptz not null default now(),
          units_inserted integer not null,
          units_changed integer not null,
          successions_inserted integer not null,
          successions_changed integer not null,
          successions_removed integer not null
        )
      `.execute(database);
    },
  },
};
