import { sql } from "kysely";
import type { Kysely } from "kysely";
import { buildUnitDirectory } from "./directory.ts";
import type { UnitDirectory } from "./directory.ts";
import type { Succession, Unit } from "./unit.ts";

/** The directory as the database has it, and the number of the load that it reflects (0: none yet). */
export type DirectoryReading = { readonly edition: number; readonly directory: UnitDirectory };

/**
 * Reads the whole directory, three statements in one snapshot: a load that commits meanwhile is
 * seen wholly or not at all.
 */
export async function readUnitDirectory<Tables>(
  database: Kysely<Tables>,
): Promise<DirectoryReading> {
  return database
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (transaction) => {
      const edition = await readEdition(transaction);
      const units = await sql<Unit>`
        select code, valid_from as "validFrom", valid_to as "validTo", level, name,
          parent_code as "parentCode", district_name as "districtName"
        from unit
      `.execute(transaction);
      const successions = await sql<SuccessionRow>`
        select old_code, old_from, new_code, new_from, share from unit_successor
      `.execute(transaction);
      return {
        edition,
        directory: buildUnitDirectory(
          units.rows.map(createTextSharer()),
          successions.rows.map(toSuccession),
        ),
      };
    });
}

/** The number of the last load that changed something; 0 where there was none. */
export async function readEdition<Tables>(database: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ id: number | null }>`
    select max(id) as id from unit_edition
  `.execute(database);
  return rows[0]?.id ?? 0;
}

type SuccessionRow = {
  readonly old_code: Succession["old"]["code"];
  readonly old_from: Succession["old"]["validFrom"];
  readonly new_code: Succession["old"]["code"];
  readonly new_from: Succession["old"]["validFrom"];
  readonly share: Succession["share"];
};

function toSuccession(row: SuccessionRow): Succession {
  return {
    old: { code: row.old_code, validFrom: row.old_from },
    successor: { code: row.new_code, validFrom: row.new_from },
    share: row.share,
  };
}

/** The driver makes a new text for each cell; days, levels and parents are few, and kept for long. */
function createTextSharer(): (unit: Unit) => Unit {
  const known = new Map<string, string>();
  const share = <Text extends string | null>(text: Text): Text => {
    if (text === null) return text;
    if (!known.has(text)) known.set(text, text);
    return known.get(text) as Text;
  };
  return (unit) => ({
    ...unit,
    validFrom: share(unit.validFrom),
    validTo: share(unit.validTo),
    level: share(unit.level),
    parentCode: share(unit.parentCode),
    districtName: share(unit.districtName),
  });
}
