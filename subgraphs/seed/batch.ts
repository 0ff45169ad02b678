import type { Load } from "./copy.ts";
import { encodeRow } from "./copy-text.ts";
import type { DestinationName } from "./destinations.ts";
import type { Table, Write } from "./registers/records.ts";

/** Rows on their way to their databases, encoded. */
export interface Batch {
  /** Where the rows of a database go; rows of one that isn't loaded go nowhere. */
  writeTo(name: DestinationName): Write;
  /** Copies all, the databases side by side, the tables of one after another. */
  copy(): Promise<void>;
}

/** Lines are kept as text until there are so many, and as bytes then, outside of the heap. */
const linesToAPiece = 512;

interface Rows {
  lines: string[];
  readonly pieces: Buffer[];
}

export function openBatch(loads: ReadonlyMap<DestinationName, Load>): Batch {
  const databases = new Map([...loads.keys()].map((name) => [name, new Map<Table<never>, Rows>()]));
  return {
    writeTo(name) {
      const tables = databases.get(name);
      if (tables === undefined) return () => {};
      return (table, row) => {
        let rows = tables.get(table);
        if (rows === undefined) tables.set(table, (rows = { lines: [], pieces: [] }));
        rows.lines.push(encodeRow(table, row));
        if (rows.lines.length === linesToAPiece) press(rows);
      };
    },
    async copy() {
      await Promise.all(
        [...loads].map(async ([name, load]) => {
          for (const [table, rows] of databases.get(name) ?? []) {
            press(rows);
            await load.copy(table, rows.pieces);
          }
        }),
      );
    },
  };
}

function press(rows: Rows): void {
  if (rows.lines.length > 0) rows.pieces.push(Buffer.from(rows.lines.join("")));
  rows.lines = [];
}
