import type { CivilDate } from "../../schema/values/date.ts";
import { earliestDay, latestDay } from "../../schema/values/partial-date.ts";
import type { PartialDate } from "../../schema/values/partial-date.ts";
import { isWithin, unitOf } from "../kit/units/directory.ts";
import type { UnitDirectory } from "../kit/units/directory.ts";
import type { UnitKey } from "../kit/units/unit.ts";

/** What is asked of a period of residence. */
export interface Period {
  readonly kind: string;
  readonly from: PartialDate;
  /** Null while it lasts. */
  readonly to: PartialDate | null;
  /** Null abroad. */
  readonly unit: UnitKey | null;
}

/**
 * Yes or no; or why it cannot be told: no residence is on record for the day, or the unit of that
 * residence does not tell, because it was divided since and only a part of it went where was asked, or
 * because its district is known by name alone.
 */
export type ResidenceAnswer = "YES" | "NO" | "NO_RESIDENCE_ON_RECORD" | "UNIT_DOES_NOT_TELL";

/** A stay is no residence, and an absence says only where somebody is not (Law on Residence, Article 2). */
const residenceKinds: ReadonlySet<string> = new Set(["PERMANENT", "TEMPORARY", "CURRENT"]);

/**
 * Whether a residence lay on the day within the unit that bore the code on that day. A period of which
 * only month or year is known counts from the first day to the last that it may mean. Who lived
 * abroad, and nowhere here, lived elsewhere.
 */
export function findResidence(
  periods: readonly Period[],
  unitCode: string,
  day: CivilDate,
  units: UnitDirectory,
): ResidenceAnswer {
  const answers = periods
    .filter((period) => isKnownPlace(period) && covers(period, day))
    .map(({ unit: key }): boolean | null => {
      if (key === null) return false;
      const unit = unitOf(units, key);
      return unit === undefined ? null : isWithin(units, unit, unitCode, day);
    });
  if (answers.includes(true)) return "YES";
  if (answers.includes(null)) return "UNIT_DOES_NOT_TELL";
  return answers.length > 0 ? "NO" : "NO_RESIDENCE_ON_RECORD";
}

function isKnownPlace({ kind }: Period): boolean {
  return kind === "ABROAD" || residenceKinds.has(kind);
}

function covers({ from, to }: Period, day: CivilDate): boolean {
  return earliestDay(from) <= day && (to === null || day <= latestDay(to));
}
