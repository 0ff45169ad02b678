import type { Repair } from "../../quota/repair-plan.ts";
import type { RecordedGrant } from "../../quota/grants.ts";
import { unknownAgency } from "../../quota/spending.ts";

/** Prints rows: as JSON for a program, else as a table of what `describe` makes of them. */
export function show<Row extends object>(
  rows: readonly Row[],
  { json }: { readonly json: boolean },
  describe: (row: Row) => Record<string, string | number>,
  none: string,
): void {
  if (json) console.log(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) console.log(none);
  else console.table(rows.map(describe));
}

/** An agency's name in a table. */
export function nameAgency(agency: string): string {
  return agency === unknownAgency
    ? "(not known: the process died, or only the owner counted it)"
    : agency;
}

export function describeGrant(grant: RecordedGrant) {
  const { id, source, agency, records, from, until, reason, grantedBy } = grant;
  return {
    ...{ id, source, agency, records, from, until },
    "held today": grant.heldToday ?? "",
    "used today": grant.usedToday ?? "",
    ...{ reason, "granted by": grantedBy },
  };
}

/** What a repair changes, for a line: `counter: spent 5 → 7`. */
export function describeRepair({ pot, potKnown, kind, before, after }: Repair): string {
  const bearer = potKnown ? pot : `${pot} (it bears what no lane or agency is known for)`;
  return `${bearer}: ${kind} ${before} → ${after}`;
}
