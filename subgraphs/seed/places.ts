import type { Unit, UnitEdition, UnitKey } from "../kit/units/unit.ts";
import { keyText } from "../kit/units/unit.ts";
import { dayOf, type Day } from "./day.ts";

/** A commune as it stood until 30/06/2025, with the one that took it over. */
export interface Commune {
  readonly old: UnitKey;
  readonly now: UnitKey;
  readonly oldName: string;
  /** Name of the commune since the mergers. */
  readonly nowName: string;
  readonly district: string;
  readonly province: string;
  readonly provinceName: string;
  readonly provinceNow: string;
  readonly provinceNowName: string;
  readonly urban: boolean;
  /** Whether one of several old communes that went into `now` together with others. */
  readonly merged: boolean;
}

export interface Places {
  readonly communes: readonly Commune[];
  /** Communes of one old district, each district once. */
  readonly districts: readonly (readonly Commune[])[];
  readonly byProvince: ReadonlyMap<string, readonly Commune[]>;
}

/** First day of 34 provinces and two tiers (Resolution 202/2025/QH15). */
export const mergers: Day = dayOf(2025, 7, 1);

/** Quảng Trị's old code, and every one above it, lies in the south or the centre: Huỳnh and Võ there. */
export const isSouthern = (province: string): boolean => province >= "45";

/** The communes that people can live in: those that stood to the end and whose successor is known. */
export function readPlaces({ units, successions }: UnitEdition): Places {
  const byKey = new Map(units.map((unit) => [keyText(unit), unit]));
  const provinces = new Map(
    units.filter(({ level }) => level === "PROVINCE").map((unit) => [keyText(unit), unit]),
  );
  const communes: Commune[] = [];
  const heirs = new Map<string, number>();
  for (const { successor } of successions)
    heirs.set(keyText(successor), (heirs.get(keyText(successor)) ?? 0) + 1);
  for (const { old, successor } of successions) {
    const before = byKey.get(keyText(old));
    const after = byKey.get(keyText(successor));
    if (before?.level !== "COMMUNE" || after?.level !== "COMMUNE") continue;
    const province = provinceOf(before, provinces);
    const provinceNow = provinceOf(after, provinces);
    if (!province || !provinceNow) continue;
    communes.push({
      old,
      now: successor,
      oldName: before.name,
      nowName: after.name,
      district: before.districtName ?? "",
      province: province.code,
      provinceName: province.name,
      provinceNow: provinceNow.code,
      provinceNowName: provinceNow.name,
      urban: /^(Phường|Thị trấn) /.test(before.name),
      merged: (heirs.get(keyText(successor)) ?? 0) > 1,
    });
  }
  if (communes.length === 0)
    throw new Error("The table of units has no commune with a successor. Load the units first.");
  communes.sort((one, other) => (one.old.code < other.old.code ? -1 : 1));
  return {
    communes,
    districts: groupBy(communes, ({ province, district }) => `${province} ${district}`),
    byProvince: new Map(
      groupBy(communes, ({ province }) => province).map((group) => [group[0]!.province, group]),
    ),
  };
}

/** The unit of the commune as it stood on the day. */
export const unitOn = (commune: Commune, day: Day): UnitKey =>
  day < mergers ? commune.old : commune.now;

/** Commune, district and province as an address of the day names them. */
export function placeName(commune: Commune, day: Day): string {
  return day < mergers
    ? `${commune.oldName}, ${commune.district}, ${commune.provinceName}`
    : `${commune.nowName}, ${commune.provinceNowName}`;
}

/** The commune's People's Committee (UBND), by its name of the day. */
export const officeName = (commune: Commune, day: Day): string =>
  `UBND ${(day < mergers ? commune.oldName : commune.nowName).replace(/^(Xã|Phường|Thị trấn|Đặc khu)/, (kind) => kind.toLowerCase())}`;

function provinceOf(commune: Unit, provinces: ReadonlyMap<string, Unit>): Unit | undefined {
  return provinces.get(`${commune.parentCode}@${commune.validFrom}`);
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  return [...Map.groupBy(items, key).values()];
}
