import type { RowAsk } from "./ask-rows.ts";
import type { Units } from "./wire.ts";

/** Questions with one and the same representation, which travels once; those who asked first come first. */
export type Row = readonly [RowAsk, ...RowAsk[]];

/** For each row that is to travel, the agency that is charged for it. */
export type Payers = ReadonlyMap<Row, string>;

export function groupRows(asks: readonly RowAsk[]): Row[] {
  const rows = new Map<string, [RowAsk, ...RowAsk[]]>();
  for (const ask of asks) {
    const row = rows.get(ask.text);
    if (row) row.push(ask);
    else rows.set(ask.text, [ask]);
  }
  return [...rows.values()];
}

/**
 * Finds who is charged for each row: the first who asked of those that may have units.
 *
 * @param poor agencies that have no units left; they are charged where nobody else asked
 */
export function findPayers(rows: readonly Row[], poor: ReadonlySet<string>): Payers {
  return new Map(
    rows.map((row) => {
      const payer = row.find(({ access }) => !poor.has(access.agency)) ?? row[0];
      return [row, payer.access.agency];
    }),
  );
}

/** Whether somebody waits for a row who may have units. */
export function canBePaid(row: Row, poor: ReadonlySet<string>): boolean {
  return row.some(({ waiting, access }) => waiting.length > 0 && !poor.has(access.agency));
}

/** How much is to be charged to each agency. */
export function sumUnits(payers: Payers): Units {
  const units = new Map<string, number>();
  for (const payer of payers.values()) units.set(payer, (units.get(payer) ?? 0) + 1);
  return units;
}

/** The rows for which there are units, in order. */
export function pickRows(payers: Payers, granted: Units): readonly Row[] {
  const left = new Map(granted);
  return [...payers].flatMap(([row, payer]) => {
    const units = left.get(payer) ?? 0;
    left.set(payer, units - 1);
    return units > 0 ? [row] : [];
  });
}
