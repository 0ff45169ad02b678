import { draw, weigh, type Random } from "./random.ts";

/** Whom citizens marry abroad: the countries and how often [P], each with some names. */
const countries = weigh<readonly [country: string, names: readonly string[]]>([
  [["Hàn Quốc", ["Kim Min Jun", "Park Sung Ho", "Lee Jae Won", "Choi Dong Hyun"]], 30],
  [["Đài Loan", ["Chen Chih Hao", "Lin Chia Wei", "Huang Chun Ming"]], 25],
  [["Hoa Kỳ", ["Michael Tran", "David Johnson", "Kevin Nguyen", "Robert Miller"]], 20],
  [["Nhật Bản", ["Sato Kenji", "Tanaka Hiroshi", "Yamamoto Daisuke"]], 10],
  [["Úc", ["James Wilson", "Andrew Le", "Peter Brown"]], 8],
  [["Đức", ["Thomas Schneider", "Stefan Wagner"]], 7],
]);

export function drawForeigner(random: Random): { name: string; country: string } {
  const [country, names] = draw(random, countries);
  return { name: random.pick(names), country };
}

/** Where citizens live abroad, for work, study or good [P]. */
export const destinationsAbroad = weigh<string>([
  ["Nhật Bản", 30],
  ["Đài Loan", 24],
  ["Hàn Quốc", 20],
  ["Hoa Kỳ", 12],
  ["Úc", 6],
  ["Đức", 5],
  ["Cộng hòa Séc", 3],
]);
