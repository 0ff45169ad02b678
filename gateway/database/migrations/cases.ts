import { sql } from "kysely";
import type { Kysely } from "kysely";

/**
 * What each case has opened so far: hashes of the people's numbers, never the numbers. `confirmed` people
 * may be opened where a supervisor has said so, by somebody else than he. `questions` are those about a
 * person that a predicate has answered though what it is about is closed.
 */
export async function createCases(database: Kysely<unknown>): Promise<void> {
  await sql`
    create table case_file (
      agency text not null,
      purpose text not null,
      case_number text not null,
      -- Of whoever opened it first; null until somebody has, and where that does not matter.
      unit text,
      people text[] not null,
      confirmed integer check (confirmed > 0),
      confirmed_by text,
      confirmed_reason text,
      confirmed_at timestamptz,
      opened_at timestamptz not null default now(),
      primary key (agency, purpose, case_number),
      check ((confirmed is null) = (confirmed_by is null)),
      check ((confirmed is null) = (confirmed_reason is null)),
      check ((confirmed is null) = (confirmed_at is null))
    )
  `.execute(database);
  await sql`
    create table case_question (
      agency text not null,
      purpose text not null,
      case_number text not null,
      person text not null,
      questions text[] not null,
      asked_at timestamptz not null default now(),
      primary key (agency, purpose, case_number, person)
    )
  `.execute(database);
}
