import type { CivilDate } from "../../../schema/values/date.ts";
import type { UnitCode } from "../../../schema/values/unit-code.ts";

/** What names one unit. A code alone does not: most codes of 2025 live on in another unit. */
export type UnitKey = { readonly code: UnitCode; readonly validFrom: CivilDate };

/** An administrative unit (đơn vị hành chính) in the period in which its row of the table holds. */
export type Unit = UnitKey & {
  /** The last day, itself included; null while the unit stands. */
  readonly validTo: CivilDate | null;
  readonly level: "PROVINCE" | "DISTRICT" | "COMMUNE";
  /** With its kind in front, as in "Phường Ba Đình". */
  readonly name: string;
  /** The unit it lies in, by code: which version of it depends on the day. Null for a province. */
  readonly parentCode: UnitCode | null;
  /** The district of an old commune, where only its name is known and no code. */
  readonly districtName: string | null;
};

/**
 * How much of an old unit its successor took over:
 * WHOLE all of it · PART some of it, which part isn't said · PART_AREA some land ·
 * PART_AREA_ALL_PEOPLE some land and everybody who lived there · UNCHANGED the same unit, with another
 * parent · RENAMED the same unit under another name or kind · UNKNOWN the source doesn't say, and
 * there may be successors that it doesn't know.
 */
export const shares = [
  "WHOLE",
  "PART",
  "PART_AREA",
  "PART_AREA_ALL_PEOPLE",
  "UNCHANGED",
  "RENAMED",
  "UNKNOWN",
] as const;
export type Share = (typeof shares)[number];

/** An old unit and one of the units that took it over (đơn vị kế thừa). */
export type Succession = {
  readonly old: UnitKey;
  readonly successor: UnitKey;
  readonly share: Share;
};

/** Something a reader met in its source, with how often and up to three rows to look at. */
export type Finding = {
  readonly reason: string;
  readonly count: number;
  readonly examples: readonly string[];
};

/** One reading of a source of units, ready to be loaded. */
export type UnitEdition = {
  /** OFFICIAL replaces what DEFAULT said, and never the other way round. */
  readonly source: "DEFAULT" | "OFFICIAL";
  readonly units: readonly Unit[];
  readonly successions: readonly Succession[];
  /** Rows of the source that were left out. */
  readonly dropped: readonly Finding[];
  /** Rows that were mended and kept. */
  readonly repaired: readonly Finding[];
};

/** The key as one text, for maps: `00004@2025-07-01`. */
export function keyText(key: UnitKey): string {
  return `${key.code}@${key.validFrom}`;
}

/** Whether the unit stands on the day; both ends of its period belong to it. */
export function isValidOn(unit: Unit, day: CivilDate): boolean {
  return unit.validFrom <= day && (unit.validTo === null || day <= unit.validTo);
}
