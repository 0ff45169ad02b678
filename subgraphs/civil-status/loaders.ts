import { sql } from "kysely";
import type { Kysely } from "kysely";
import { loaderOfManyUnderKeys } from "../kit/loaders.ts";
import type { DB } from "./database/types.ts";

export type Loaders = ReturnType<typeof makeLoaders>;
export type BirthRow = Awaited<ReturnType<typeof loadBirths>>[number];
export type MarriageRow = Awaited<ReturnType<typeof loadMarriages>>[number];
export type MarriageEndRow = Awaited<ReturnType<typeof loadMarriageEnds>>[number];
export type DeathRow = Awaited<ReturnType<typeof loadDeaths>>[number];
export type CertificateRow = Awaited<ReturnType<typeof loadCertificates>>[number];

/**
 * What one request reads of the books, each at most once and by every number of a citizen. Nothing
 * waits for another: what belongs to a citizen's marriages is found by the citizen too.
 */
export function makeLoaders(database: Kysely<DB>, signal: AbortSignal) {
  const underPins = <Row>(
    load: (database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) => Promise<Row[]>,
    pinsOf: (row: Row) => readonly (string | null)[],
  ) => loaderOfManyUnderKeys((pins: readonly string[]) => load(database, pins, signal), pinsOf);
  return {
    births: underPins(loadBirths, (birth) => [birth.pin]),
    /** Of either spouse. */
    marriages: underPins(loadMarriages, (marriage) => [marriage.husband_pin, marriage.wife_pin]),
    /** Judgments that ended a marriage of the citizen. */
    marriageEnds: underPins(loadMarriageEnds, (end) => [end.husband_pin, end.wife_pin]),
    /** The citizen's own death, and those of everybody to whom he was ever married. */
    deaths: underPins(loadDeaths, (death) => [death.asked_pin]),
    certificates: underPins(loadCertificates, (certificate) => [certificate.pin]),
  };
}

const anyOf = (pins: readonly string[]) => sql<string>`any(${pins}::text[])`;

/** The latest that stands first; cancelled ones last. */
function loadBirths(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  return database
    .selectFrom("birth")
    .selectAll()
    .where("pin", "=", anyOf(pins))
    .orderBy(sql`status = 'CANCELLED'`)
    .orderBy("registered_on", "desc")
    .orderBy("id", "desc")
    .execute({ signal });
}

function loadMarriages(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  return database
    .selectFrom("marriage")
    .selectAll()
    .where((is) => is.or([is("husband_pin", "=", anyOf(pins)), is("wife_pin", "=", anyOf(pins))]))
    .orderBy("id")
    .execute({ signal });
}

function loadMarriageEnds(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  return database
    .selectFrom("marriage_end")
    .innerJoin("marriage", "marriage.id", "marriage_end.marriage_id")
    .selectAll("marriage_end")
    .select(["marriage.husband_pin", "marriage.wife_pin"])
    .where((is) => is.or([is("husband_pin", "=", anyOf(pins)), is("wife_pin", "=", anyOf(pins))]))
    .orderBy("marriage_end.id")
    .execute({ signal });
}

/** A row for each number asked for and each death that concerns it, a standing one before a cancelled. */
function loadDeaths(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  const asked = sql<{ pin: string }>`unnest(${pins}::text[])`.as<"asked">(sql`asked(pin)`);
  return database
    .with("concerned", (query) =>
      query
        .selectFrom(asked)
        .select(["asked.pin as asked_pin", "asked.pin as pin"])
        .union(
          query
            .selectFrom(asked)
            .innerJoin("marriage", "marriage.husband_pin", "asked.pin")
            .select(["asked.pin as asked_pin", sql<string>`marriage.wife_pin`.as("pin")]),
        )
        .union(
          query
            .selectFrom(asked)
            .innerJoin("marriage", "marriage.wife_pin", "asked.pin")
            .select(["asked.pin as asked_pin", sql<string>`marriage.husband_pin`.as("pin")]),
        ),
    )
    .selectFrom("concerned")
    .innerJoin("death", "death.pin", "concerned.pin")
    .selectAll("death")
    .select("concerned.asked_pin")
    .orderBy(sql`status = 'CANCELLED'`)
    .orderBy("registered_on", "desc")
    .orderBy("death.id", "desc")
    .execute({ signal });
}

function loadCertificates(database: Kysely<DB>, pins: readonly string[], signal: AbortSignal) {
  return database
    .selectFrom("certificate")
    .selectAll()
    .where("pin", "=", anyOf(pins))
    .orderBy("registered_on", "desc")
    .orderBy("id", "desc")
    .execute({ signal });
}
