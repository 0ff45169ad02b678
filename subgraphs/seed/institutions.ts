import type { UnitKey } from "../kit/units/unit.ts";
import type { Commune, Places } from "./places.ts";
import type { SchoolLevel } from "./schooling.ts";

/** A school or a health facility of the country. */
export interface Institution {
  readonly code: string;
  readonly name: string;
  readonly unit: UnitKey;
}

/** Schools and facilities: the same for every community, because they belong to communes. */
export interface Institutions {
  readonly schools: readonly Institution[];
  readonly facilities: readonly Institution[];
  schoolOf(commune: Commune, level: SchoolLevel): string;
  facilityOf(commune: Commune): string;
}

const kinds = [
  { digit: "1", title: "Trường Mầm non", levels: ["NURSERY", "KINDERGARTEN"] },
  { digit: "2", title: "Trường Tiểu học", levels: ["PRIMARY"] },
  { digit: "3", title: "Trường THCS", levels: ["LOWER_SECONDARY"] },
] as const;

/** Three schools and a health station a commune, an upper secondary school and a hospital a district. */
export function foundInstitutions(places: Places): Institutions {
  const schools: Institution[] = [];
  const facilities: Institution[] = [];
  const upperSchools = new Map<string, string>();
  const stations = new Map<string, string>();
  const counts = new Map<string, number>();

  const number = (province: string) => {
    const count = (counts.get(province) ?? 0) + 1;
    counts.set(province, count);
    return province + String(count).padStart(3, "0");
  };

  for (const district of places.districts) {
    const [seat] = district;
    if (seat === undefined) continue;
    const title = seat.district.replace(/^(Quận|Huyện|Thị xã|Thành phố) (?=\D)/, "");
    const hospital = number(seat.province);
    facilities.push({ code: hospital, name: `Bệnh viện đa khoa ${title}`, unit: seat.now });
    const upper = `${seat.old.code}401`;
    schools.push({ code: upper, name: `Trường THPT ${title}`, unit: seat.now });
    for (const commune of district) {
      const name = commune.oldName.replace(/^(Xã|Phường|Thị trấn) (?=\D)/, "");
      upperSchools.set(commune.old.code, upper);
      // People of towns are registered at the hospital, others at their commune's station.
      stations.set(commune.old.code, commune.urban ? hospital : number(commune.province));
      if (!commune.urban)
        facilities.push({
          code: stations.get(commune.old.code) ?? hospital,
          name: `Trạm y tế xã ${name}`,
          unit: commune.now,
        });
      for (const { digit, title } of kinds)
        schools.push({
          code: `${commune.old.code}${digit}01`,
          name: `${title} ${name}`,
          unit: commune.now,
        });
    }
  }

  return {
    schools,
    facilities,
    schoolOf(commune, level) {
      const kind = kinds.find(({ levels }) => (levels as readonly string[]).includes(level));
      return kind ? `${commune.old.code}${kind.digit}01` : read(upperSchools, commune);
    },
    facilityOf: (commune) => read(stations, commune),
  };
}

function read(codes: ReadonlyMap<string, string>, { old, oldName }: Commune): string {
  const code = codes.get(old.code);
  if (code === undefined)
    throw new Error(`${oldName} (${old.code}) has no institution of its own.`);
  return code;
}
