import { sql } from "kysely";
import type { Migrations } from "./database.ts";

/**
 * Partial dates (`YYYY`, `YYYY-MM`, `YYYY-MM-DD`) live in text columns; these functions let constraints
 * and queries compare them: the first and the last day that such a text may mean. Both raise an error
 * for a text of another form and for a day that no calendar has, so a check that calls one is enough.
 */
export const partialDateMigrations: Migrations = {
  "0000_partial_dates": {
    async up(database) {
      await sql`
        create function earliest_day(partial text) returns date
          language sql immutable strict parallel safe
          return make_date(
            substr(partial, 1, 4)::int,
            coalesce(nullif(substr(partial, 6, 2), ''), '1')::int,
            coalesce(nullif(substr(partial, 9, 2), ''), '1')::int)
      `.execute(database);
      await sql`
        create function latest_day(partial text) returns date
          language sql immutable strict parallel safe
          return case length(partial)
            when 4 then make_date(partial::int, 12, 31)
            when 7 then (earliest_day(partial) + interval '1 month')::date - 1
            else earliest_day(partial)
          end
      `.execute(database);
      await sql`
        create function is_partial_date(partial text) returns boolean
          language sql immutable strict parallel safe
          return partial ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$' and earliest_day(partial) is not null
      `.execute(database);
    },
  },
};
