import { sql } from "kysely";
import type { Migrations } from "../../kit/database.ts";
import { partialDateMigrations } from "../../kit/partial-date-columns.ts";
import { syntheticMarkMigrations } from "../../kit/synthetic-mark.ts";
import { unitMigrations } from "../../kit/units/migrations.ts";

/** The register of pupils: schools, pupils by the ministry's own code, and a row for each school year. */
export const migrations: Migrations = {
  ...partialDateMigrations,
  ...unitMigrations,
  ...syntheticMarkMigrations,
  "0010_education": {
    async up(database) {
      await sql`
        create table school (
          code text primary key,
          name text not null,
          unit_code text,
          unit_from date,
          foreign key (unit_code, unit_from) references unit (code, valid_from) match full
        )
      `.execute(database);
      // The personal number is what a school wrote down: it may be missing, wrong or a temporary code. So
      // is the commune where the pupil lives: a code alone, which may have gone out of use since.
      await sql`
        create table pupil (
          code text primary key check (code ~ '^[0-9]{10}$'),
          pin text,
          full_name text not null,
          sex text check (sex in ('MALE', 'FEMALE')),
          birth_date text check (is_partial_date(birth_date)),
          birth_date_text text,
          father_name text,
          mother_name text,
          unit_code text check (unit_code ~ '^[0-9]{5}$'),
          constraint unreadable_birth_date_is_text_alone
            check (birth_date is null or birth_date_text is null)
        )
      `.execute(database);
      await sql`create index pupil_pin on pupil (pin)`.execute(database);
      await sql`
        create table enrolment (
          pupil_code text not null references pupil,
          school_year text not null check (school_year ~ '^[0-9]{4}-[0-9]{4}$'),
          school_code text not null references school,
          class_name text,
          grade int check (grade between 1 and 12),
          level text not null check (level in
            ('NURSERY', 'KINDERGARTEN', 'PRIMARY', 'LOWER_SECONDARY', 'UPPER_SECONDARY')),
          state text not null check (state in ('ATTENDING', 'COMPLETED', 'TRANSFERRED', 'LEFT')),
          primary key (pupil_code, school_year, school_code),
          constraint school_year_is_one_year
            check (right(school_year, 4)::int = left(school_year, 4)::int + 1),
          constraint grade_fits_level check (case level
            when 'PRIMARY' then grade between 1 and 5
            when 'LOWER_SECONDARY' then grade between 6 and 9
            when 'UPPER_SECONDARY' then grade between 10 and 12
            else grade is null end)
        )
      `.execute(database);
    },
  },
};
