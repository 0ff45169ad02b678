import type { CivilDate } from "../../../schema/values/date.ts";
import { provinceOf } from "./directory.ts";
import type { UnitDirectory } from "./directory.ts";
import type { Unit } from "./unit.ts";

/**
 * Resolvers of `AdministrativeUnit`, for a sector to spread into its own. The value behind the type
 * is a `Unit`, whose other fields bear the schema's names.
 */
export const unitResolvers = {
  AdministrativeUnit: {
    province: (
      unit: Unit,
      _arguments: unknown,
      context: { readonly units: UnitDirectory; readonly today: CivilDate },
    ): Unit | null => provinceOf(context.units, unit, context.today),
  },
};
