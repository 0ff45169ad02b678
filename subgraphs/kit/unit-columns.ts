import type { UnitDirectory } from "./units/directory.ts";
import { unitOf } from "./units/directory.ts";
import type { Unit, UnitKey } from "./units/unit.ts";

/**
 * The unit that a row refers to by its two columns, as `AdministrativeUnit` shows it; null where the
 * row refers to none. The foreign key sees to it that the unit is there.
 */
export function findUnit(
  units: UnitDirectory,
  code: string | null,
  validFrom: string | null,
): Unit | null {
  if (code === null || validFrom === null) return null;
  return unitOf(units, { code, validFrom } as UnitKey) ?? null;
}
