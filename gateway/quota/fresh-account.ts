import { sumFloors } from "../../schema/terms.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import type { DayAccount, PotAccount } from "./lanes.ts";

/**
 * The account of a day on which nobody has asked yet.
 *
 * @param perDay its limit
 * @param granted records of the grants that cover it, all together; they get what the floors leave
 */
export function freshAccount(
  perDay: number,
  { lanes: floors }: Pick<SourceTerms, "lanes">,
  granted: number,
): DayAccount {
  const pot = (floor: number): PotAccount => ({ floor, leased: 0, doubt: 0, spent: 0 });
  const common = perDay - sumFloors({ lanes: floors });
  const pots = {
    counter: pot(floors.counter.floor),
    case: pot(floors.case.floor),
    bulk: pot(floors.bulk.floor),
    granted: pot(Math.max(0, Math.min(granted, common))),
  };
  return { limit: perDay, free: perDay, pots };
}
