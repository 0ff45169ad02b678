import type { Insertable, Kysely } from "kysely";
import type { DB as CivilStatus } from "../../subgraphs/civil-status/database/types.ts";
import type { DB as Education } from "../../subgraphs/education/database/types.ts";
import type { DB as HealthInsurance } from "../../subgraphs/health-insurance/database/types.ts";
import type { DB as Population } from "../../subgraphs/population/database/types.ts";

/** A named person's life as the four registers hold it: rows by table, in an order that can be inserted. */
export interface Life {
  readonly population?: Rows<Population>;
  readonly civilStatus?: Rows<CivilStatus>;
  readonly healthInsurance?: Rows<HealthInsurance>;
  readonly education?: Rows<Education>;
}

export type Rows<Tables> = {
  readonly [Table in keyof Tables]?: readonly Insertable<Tables[Table]>[];
};

/** Writes one register's part of some lives. */
export async function insertRows<Tables>(
  database: Kysely<Tables>,
  ...lives: readonly (Rows<Tables> | undefined)[]
): Promise<void> {
  for (const rows of lives)
    for (const [table, values] of Object.entries(rows ?? {}))
      await (database as unknown as Kysely<Record<string, object>>)
        .insertInto(table)
        .values(values as object[])
        .execute();
}

/** An entry of a civil-status book at an office. */
export function entry(
  unit: { readonly unit_code: string; readonly unit_from: string },
  office: string,
  book: string,
  number: string,
  registered_on: string,
) {
  return { ...unit, office, book, number, registered_on };
}
