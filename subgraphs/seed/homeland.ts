import type { Commune, Places } from "./places.ts";
import { draw, weigh, type Random } from "./random.ts";

/** Where a community is at home: a few communes of one district. */
export interface Homeland {
  readonly communes: readonly Commune[];
  /** Share of families of the province's minority. */
  readonly minority: number;
}

/** Provinces that draw people, by old code: the five cities, and the factories around them. */
const magnets = weigh<string>([
  ["79", 34],
  ["01", 22],
  ["74", 14],
  ["75", 8],
  ["48", 6],
  ["27", 5],
  ["31", 5],
  ["92", 3],
  ["77", 3],
]);

const mountains = new Set(["02", "04", "06", "08", "10", "11", "12", "14", "15", "17", "20", "62"]);
const mixed = new Set(["19", "64", "66", "67", "84", "94", "91", "38", "40", "25"]);

/** How many communities begin in a town; moves bring the citizens in towns up to 38 % [V, 2024]. */
const shareOfTowns = 0.22;

export function chooseHomeland(random: Random, places: Places): Homeland {
  const wanted = random.chance(shareOfTowns);
  for (;;) {
    const district = random.pick(places.districts);
    const fitting = district.filter(({ urban }) => urban === wanted);
    if (fitting.length === 0) continue;
    const province = fitting[0]!.province;
    // The mountains have many districts and few people.
    if (mountains.has(province) && random.chance(0.6)) continue;
    const communes = Array.from({ length: 5 }, () => random.pick(fitting));
    return {
      communes: [...new Set(communes)],
      minority: mountains.has(province) ? 0.6 : mixed.has(province) ? 0.15 : 0,
    };
  }
}

/** Nearby more often than far, and far more often to a city. */
export function drawDestination(
  random: Random,
  places: Places,
  { communes }: Homeland,
  from: Commune,
): Commune {
  const way = random.unit();
  if (way < 0.4) return random.pick(communes);
  if (way < 0.62) return random.pick(places.byProvince.get(from.province)!);
  return way < 0.92 ? drawCity(random, places) : random.pick(places.communes);
}

/** A commune in a city that draws people. */
export function drawCity(random: Random, places: Places): Commune {
  const there = places.byProvince.get(draw(random, magnets));
  const towns = there?.filter(({ urban }) => urban) ?? [];
  return random.pick(towns.length > 0 ? towns : places.communes);
}

const streets = (
  "Trần Phú, Lê Lợi, Nguyễn Huệ, Hai Bà Trưng, Quang Trung, Lý Thường Kiệt, Trần Hưng Đạo, " +
  "Nguyễn Trãi, Phan Chu Trinh, Lê Hồng Phong, Hùng Vương, Ngô Quyền, Nguyễn Du, Bà Triệu, " +
  "Điện Biên Phủ, Cách Mạng Tháng Tám, Hoàng Văn Thụ, Võ Thị Sáu, Phạm Ngũ Lão, Lê Duẩn"
).split(", ");

export function drawDetail(random: Random, { urban }: Commune): string {
  if (!urban) return `${random.pick(["Thôn", "Xóm", "Ấp"])} ${random.between(1, 14)}`;
  const number = random.chance(0.3)
    ? `${random.between(1, 90)}/${random.between(1, 60)}`
    : `${random.between(1, 480)}`;
  return `Số ${number}, đường ${random.pick(streets)}`;
}
