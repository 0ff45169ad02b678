import { sql } from "kysely";
import type { Migrations } from "./database.ts";

/**
 * Marks a database whose people are invented: one row where they are, none in a real register. Whoever
 * shows the data says so, and nobody loads invented people over real ones.
 */
export const syntheticMarkMigrations: Migrations = {
  "0002_synthetic_mark": {
    async up(database) {
      await sql`
        create table synthetic_mark (
          only_one boolean primary key default true check (only_one),
          seed bigint not null,
          citizens int not null,
          loaded_at timestamptz not null default now()
        )
      `.execute(database);
    },
  },
};
