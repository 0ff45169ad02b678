import type { Day } from "../day.ts";
import { numbersInActsFrom, shares } from "../defects.ts";
import type { Person } from "../person.ts";
import type { Records } from "./records.ts";

/**
 * Whether an act from before there were numbers lacks them; where it does, that is noted for everybody
 * whom it names.
 */
export function lacksPins(
  { random, note }: Records,
  act: { readonly table: string; readonly id: number; readonly registeredOn: Day },
  named: readonly Person[],
): boolean {
  if (act.registeredOn >= numbersInActsFrom || named.some(({ arranged }) => arranged)) return false;
  if (!random.chance(shares.actWithoutPin)) return false;
  for (const person of named)
    if (person.pin !== null)
      note({
        pin: person.pin,
        register: "CIVIL_STATUS",
        kind: "ACT_WITHOUT_PIN",
        truth: { act: act.table, id: act.id },
      });
  return true;
}
