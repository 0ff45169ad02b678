import type { CivilDate } from "../../../schema/values/date.ts";
import type { Share, Succession, Unit, UnitKey } from "./unit.ts";
import { isValidOn, keyText } from "./unit.ts";

/**
 * All versions of all units and their successors, in memory: some 14,000 rows that change a few times
 * a year, and that every residence and every act refers to. Never changed once built.
 */
export type UnitDirectory = {
  /** Every version of a code, the earliest first. */
  readonly versions: ReadonlyMap<string, readonly Unit[]>;
  /** By the old unit's key text; in the order in which to ask them. */
  readonly successors: ReadonlyMap<string, readonly Unit[]>;
  /** Whether districts stand in it by their codes; the default units have their names alone. */
  readonly hasDistricts: boolean;
};

/** @throws {Error} where a succession names a unit that isn't among the units. */
export function buildUnitDirectory(
  units: readonly Unit[],
  successions: readonly Succession[],
): UnitDirectory {
  const versions = new Map<string, Unit[]>();
  for (const unit of units) {
    const known = versions.get(unit.code);
    if (known) known.push(unit);
    else versions.set(unit.code, [unit]);
  }
  for (const known of versions.values()) known.sort((a, b) => (a.validFrom < b.validFrom ? -1 : 1));

  const ranked = new Map<string, { rank: number; unit: Unit }[]>();
  for (const { old, successor, share } of successions) {
    const unit = versions.get(successor.code)?.find((one) => one.validFrom === successor.validFrom);
    if (unit === undefined)
      throw new Error(
        `Unit ${keyText(old)} has the successor ${keyText(successor)}, which is not among the units.`,
      );
    const entry = { rank: rankOf(share, old, successor), unit };
    const known = ranked.get(keyText(old));
    if (known) known.push(entry);
    else ranked.set(keyText(old), [entry]);
  }
  const successors = new Map<string, Unit[]>();
  for (const [key, entries] of ranked) {
    entries.sort((a, b) => a.rank - b.rank || (a.unit.code < b.unit.code ? -1 : 1));
    successors.set(
      key,
      entries.map(({ unit }) => unit),
    );
  }
  return { versions, successors, hasDistricts: units.some(({ level }) => level === "DISTRICT") };
}

/**
 * Whom to ask first about an old unit: who took all of it or all its people, then the heir of its
 * code, then the others (`domain.md` 2.4, "commune split").
 */
function rankOf(share: Share, old: UnitKey, successor: UnitKey): number {
  switch (share) {
    case "WHOLE":
    case "PART_AREA_ALL_PEOPLE":
    case "UNCHANGED":
    case "RENAMED":
      return 0;
    case "PART":
    case "PART_AREA":
    case "UNKNOWN":
      return old.code === successor.code ? 1 : 2;
  }
}

/** The unit with this key, as a register's row refers to it. */
export function unitOf(directory: UnitDirectory, key: UnitKey): Unit | undefined {
  return directory.versions.get(key.code)?.find((unit) => unit.validFrom === key.validFrom);
}

/** The unit that had this code on the day. */
export function unitOn(directory: UnitDirectory, code: string, day: CivilDate): Unit | undefined {
  return directory.versions.get(code)?.find((unit) => isValidOn(unit, day));
}

/**
 * The province that the unit lies in, or lay in on its last day; a province is its own. For a unit
 * that stands it is today's version: a province may change its name above its communes.
 */
export function provinceOf(directory: UnitDirectory, unit: Unit, today: CivilDate): Unit | null {
  const lastDay = unit.validTo !== null && unit.validTo < today ? unit.validTo : today;
  const day = lastDay < unit.validFrom ? unit.validFrom : lastDay;
  return (
    [unit, ...ancestorsOn(directory, unit, day)].find(({ level }) => level === "PROVINCE") ?? null
  );
}

/** The units that the unit lies in on the day, the nearest first. */
function ancestorsOn(directory: UnitDirectory, unit: Unit, day: CivilDate): Unit[] {
  const parent = unit.parentCode === null ? undefined : unitOn(directory, unit.parentCode, day);
  return parent === undefined ? [] : [parent, ...ancestorsOn(directory, parent, day)];
}

/**
 * The units of the day that the unit is or has gone into, each once, in the order in which to ask
 * them. Empty where the unit begins later, and where no successor is known (districts went without).
 */
export function unitsNow(directory: UnitDirectory, unit: Unit, today: CivilDate): readonly Unit[] {
  const found = new Map<string, Unit>();
  const walked = new Set<string>();
  const walk = (one: Unit) => {
    const key = keyText(one);
    if (walked.has(key) || one.validFrom > today) return;
    walked.add(key);
    if (isValidOn(one, today)) found.set(key, one);
    else for (const next of directory.successors.get(key) ?? []) walk(next);
  };
  walk(unit);
  return [...found.values()];
}

/**
 * Whether the unit, as a register's row refers to it, lay on the day within the unit that had the
 * code `ancestorCode` on that day (or was that unit). Null where it can't be told: the unit was split
 * and only some of its parts lie there, begins after the day, or has no known successor; or a district
 * is asked about, and only the name of the unit's own is known.
 */
export function isWithin(
  directory: UnitDirectory,
  unit: Unit,
  ancestorCode: string,
  day: CivilDate,
): boolean | null {
  const asksDistrict = unitOn(directory, ancestorCode, day)?.level === "DISTRICT";
  const parts = unitsNow(directory, unit, day).map((part) => {
    const around = [part, ...ancestorsOn(directory, part, day)];
    if (around.some(({ code }) => code === ancestorCode)) return true;
    return asksDistrict && part.districtName !== null ? null : false;
  });
  const [first] = parts;
  return first !== undefined && parts.every((part) => part === first) ? first : null;
}
