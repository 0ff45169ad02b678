import type { CivilDate } from "../../../schema/values/date.ts";
import { provinceOf, type UnitDirectory } from "./directory.ts";
import type { Unit } from "./unit.ts";

/**
 * Resolvers of `AdministrativeUnit`, for a sector to spread into its own. The value behind the type is
 * a `Unit`, whose other fields bear the schema's names.
 */
export function createUnitResolvers(options: {
  readonly directory: () => UnitDirectory;
  /** The civil day in Vietnam. */
  readonly today: () => CivilDate;
}) {
  return {
    AdministrativeUnit: {
      province: (unit: Unit): Unit | null => provinceOf(options.directory(), unit, options.today()),
    },
  };
}
