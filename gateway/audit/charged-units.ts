import type { Charge } from "../source/bill.ts";
import type { ChargedUnits } from "./entry.ts";

/**
 * A call's units as an entry tells them. Around midnight an owner that does not say on which day it
 * counted has them on both.
 */
export function toChargedUnits({ source, lane, call, units, days }: Charge): ChargedUnits[] {
  if (days.length === 0) return [{ source, lane, call, units, day: null }];
  return days.map((day) => ({ source, lane, call, units, day }));
}
