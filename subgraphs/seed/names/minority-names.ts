import type { Sex } from "../../../schema/values/pin.ts";
import { weigh, type Weighted } from "../random.ts";

/** How a people of the mountains, the highlands or the delta names its children. */
export interface Naming {
  readonly ethnicity: string;
  /** Old province codes where they live in numbers. */
  readonly provinces: readonly string[];
  /** Empty where a name has no family name. */
  readonly families: Weighted<string> | null;
  /** What stands before the given name, by sex. */
  readonly middles: Readonly<Record<Sex, readonly string[]>>;
  readonly given: Readonly<Record<Sex, readonly string[]>>;
}

const even = (names: string) => weigh(names.split(" ").map((name) => [name, 1] as const));
const list = (names: string) => names.split(" ");

/** Plausible tables [P]; families as Lò, Vi and Nông, and peoples without a family name (Y …, H' …). */
export const namings: readonly Naming[] = [
  {
    ethnicity: "Tày",
    provinces: ["04", "06", "20", "02", "08", "19", "10"],
    families: even("Nông Hoàng Lý Triệu Bế Đàm Hà Ma Lường Vi"),
    middles: { MALE: list("Văn Đức Quốc Minh"), FEMALE: list("Thị Bích Thu Hồng") },
    given: {
      MALE: list("Tuấn Hùng Thắng Duy Kiên Long Sơn Hiệp Cường Đạt"),
      FEMALE: list("Hạnh Diệp Thảo Hiền Nguyệt Lan Mai Duyên Hường Yến"),
    },
  },
  {
    ethnicity: "Thái",
    provinces: ["11", "12", "14", "15", "40"],
    families: even("Lò Cà Quàng Tòng Vi Lường Hà Lự Cầm Điêu"),
    middles: { MALE: list("Văn Đức Minh"), FEMALE: list("Thị Thị Ngọc") },
    given: {
      MALE: list("Thương Hoan Inh Toàn Chung Biên Pâng Ơn Dương Xuân"),
      FEMALE: list("Phương Hặc Nga Thoa Xuyến Pâng Lả Ánh Duyên Hương"),
    },
  },
  {
    ethnicity: "Mường",
    provinces: ["17", "38", "25"],
    families: even("Bùi Quách Đinh Hà Phạm Trương"),
    middles: { MALE: list("Văn Công Đức"), FEMALE: list("Thị Thị Thu") },
    given: {
      MALE: list("Dũng Nhất Ưng Tiến Thuận Thực Lợi Hoàn"),
      FEMALE: list("Bích Nhung Hiền Thơm Lý Xiêm Huệ Dung"),
    },
  },
  {
    ethnicity: "Mông",
    provinces: ["02", "10", "11", "12", "14", "15"],
    families: even("Giàng Vàng Sùng Thào Mùa Hạng Lầu Vừ Cứ Má"),
    middles: { MALE: list("A A Seo Mí"), FEMALE: list("Thị Thị Y Seo") },
    given: {
      MALE: list("Páo Chống Dơ Sính Của Lử Súa Tủa Phử Vảng"),
      FEMALE: list("Mỷ Dính Sua Chù Mai Pàng Dở Xúa Cở Lia"),
    },
  },
  {
    ethnicity: "Ê Đê",
    provinces: ["66"],
    families: null,
    middles: { MALE: ["Y"], FEMALE: ["H'"] },
    given: {
      MALE: list("Bhem Thuê Moan Wăn Blơm Nguyên Phôn Krông"),
      FEMALE: list("Linh Nhiên Mơ Băm Duyên Lan Zina Bliă"),
    },
  },
  {
    ethnicity: "Ba Na",
    provinces: ["62", "64"],
    families: null,
    middles: { MALE: ["A"], FEMALE: ["Y"] },
    given: {
      MALE: list("Thút Byưh Jring Nhưi Đeng Khưng Brôl Tih"),
      FEMALE: list("Blui Hlen Byên Mưi Thoan Phương Đinh Lan"),
    },
  },
  {
    ethnicity: "Khmer",
    provinces: ["84", "94", "91", "95"],
    families: even("Thạch Sơn Kim Danh Lâm Châu Kiên"),
    middles: { MALE: list("Sa Minh Văn"), FEMALE: list("Thị Sa Thị") },
    given: {
      MALE: list("Rinh Thone Hiếu Phol Rây Song Vuthy Minh"),
      FEMALE: list("Sarây Phol Thia Rươne Huỳnh Đa Linh Sophia"),
    },
  },
];
