import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { Succession, Unit, UnitEdition } from "./unit.ts";
import { keyText } from "./unit.ts";

/** What a load did to the tables. */
export type LoadReport = {
  readonly units: {
    readonly inserted: number;
    readonly changed: number;
    /** Rows of the edition that the table had already, or had from a source that ranks higher. */
    readonly kept: number;
    /** Rows of the table that the edition doesn't name: they stay, because registers refer to them. */
    readonly beyond: number;
  };
  readonly successions: {
    readonly inserted: number;
    readonly changed: number;
    readonly kept: number;
    /** Successors that an old unit had before and has no more. */
    readonly removed: number;
  };
};

/**
 * Merges an edition of the units into a database, in one transaction and so that doing it twice
 * changes nothing more. A unit is never deleted. For an old unit that the edition gives successors,
 * these replace the ones it had. DEFAULT never touches what OFFICIAL has said.
 *
 * Any database with the tables of `unitMigrations` will do, whatever else it holds.
 *
 * @throws {Error} of the database where the tables are missing or the edition breaks a constraint.
 */
export async function loadUnits<Tables>(
  database: Kysely<Tables>,
  edition: UnitEdition,
): Promise<LoadReport> {
  return database.transaction().execute(async (transaction) => {
    // One load at a time; readers go on.
    await sql`lock table unit_edition in exclusive mode`.execute(transaction);
    await sql`set constraints unit_versions_never_overlap deferred`.execute(transaction);
    const units = await mergeUnits(transaction, edition);
    const successions = await mergeSuccessions(transaction, edition);
    const changes =
      units.inserted +
      units.changed +
      successions.inserted +
      successions.changed +
      successions.removed;
    if (changes > 0)
      await sql`
        insert into unit_edition (source, units_inserted, units_changed, successions_inserted,
          successions_changed, successions_removed)
        values (${edition.source}, ${units.inserted}, ${units.changed}, ${successions.inserted},
          ${successions.changed}, ${successions.removed})
      `.execute(transaction);
    return { units, successions };
  });
}

async function mergeUnits<Tables>(
  transaction: Kysely<Tables>,
  { source, units }: UnitEdition,
): Promise<LoadReport["units"]> {
  refuseTwice(units.map(keyText), "unit");
  const column = <Key extends keyof Unit>(key: Key) => units.map((unit) => unit[key]);
  // `xmax` is 0 on a row that this statement inserted, and not on one that it updated.
  const { rows } = await sql<{ inserted: number; changed: number; beyond: number }>`
    with given as (
      select * from unnest(${column("code")}::text[], ${column("validFrom")}::date[],
        ${column("validTo")}::date[], ${column("level")}::text[], ${column("name")}::text[],
        ${column("parentCode")}::text[], ${column("districtName")}::text[])
        as given (code, valid_from, valid_to, level, name, parent_code, district_name)
    ), written as (
      insert into unit (code, valid_from, valid_to, level, name, parent_code, district_name, source)
      select given.*, ${source}::text from given
      on conflict (code, valid_from) do update
        set (valid_to, level, name, parent_code, district_name, source) = (excluded.valid_to,
          excluded.level, excluded.name, excluded.parent_code, excluded.district_name, excluded.source)
        where (unit.source = 'DEFAULT' or excluded.source = 'OFFICIAL')
          and (unit.valid_to, unit.level, unit.name, unit.parent_code, unit.district_name, unit.source)
            is distinct from (excluded.valid_to, excluded.level, excluded.name, excluded.parent_code,
              excluded.district_name, excluded.source)
      returning xmax = 0 as is_new
    )
    select (count(*) filter (where is_new))::int as inserted,
      (count(*) filter (where not is_new))::int as changed,
      (select count(*)::int from unit
        where not exists (select from given where (given.code, given.valid_from) = (unit.code, unit.valid_from))
      ) as beyond
    from written
  `.execute(transaction);
  const [{ inserted, changed, beyond }] = rows as [(typeof rows)[number]];
  return { inserted, changed, kept: units.length - inserted - changed, beyond };
}

async function mergeSuccessions<Tables>(
  transaction: Kysely<Tables>,
  { source, successions }: UnitEdition,
): Promise<LoadReport["successions"]> {
  refuseTwice(
    successions.map(({ old, successor }) => `${keyText(old)} → ${keyText(successor)}`),
    "succession",
  );
  const column = <Value>(of: (succession: Succession) => Value) => successions.map(of);
  // An old unit belongs wholly to one source: to mix a full list with a reduced one would lose the
  // difference. So DEFAULT leaves alone every old unit for which OFFICIAL has spoken.
  const { rows } = await sql<{ inserted: number; changed: number; removed: number }>`
    with given as (
      select * from unnest(${column(({ old }) => old.code)}::text[],
        ${column(({ old }) => old.validFrom)}::date[],
        ${column(({ successor }) => successor.code)}::text[],
        ${column(({ successor }) => successor.validFrom)}::date[],
        ${column(({ share }) => share)}::text[])
        as given (old_code, old_from, new_code, new_from, share)
      where ${source}::text = 'OFFICIAL' or not exists (
        select from unit_successor as known
        where (known.old_code, known.old_from) = (given.old_code, given.old_from)
          and known.source = 'OFFICIAL')
    ), removed as (
      delete from unit_successor as known
      where (known.old_code, known.old_from) in (select old_code, old_from from given)
        and (known.old_code, known.old_from, known.new_code, known.new_from) not in (
          select old_code, old_from, new_code, new_from from given)
      returning 1
    ), written as (
      insert into unit_successor as known (old_code, old_from, new_code, new_from, share, source)
      select given.*, ${source}::text from given
      on conflict (old_code, old_from, new_code, new_from) do update
        set (share, source) = (excluded.share, excluded.source)
        where (known.share, known.source) is distinct from (excluded.share, excluded.source)
      returning xmax = 0 as is_new
    )
    select (count(*) filter (where is_new))::int as inserted,
      (count(*) filter (where not is_new))::int as changed,
      (select count(*)::int from removed) as removed
    from written
  `.execute(transaction);
  const [{ inserted, changed, removed }] = rows as [(typeof rows)[number]];
  return { inserted, changed, removed, kept: successions.length - inserted - changed };
}

function refuseTwice(keys: readonly string[], noun: string): void {
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key))
      throw new Error(`The edition holds the ${noun} ${key} twice. Each may stand in it once.`);
    seen.add(key);
  }
}
