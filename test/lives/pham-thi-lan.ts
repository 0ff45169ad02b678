import { entry } from "./life.ts";
import type { Life } from "./life.ts";
import { trucBach } from "./places.ts";

export const lanPin = "031155002208";
export const sonPin = "031052001104";
export const haiPin = "031050003305";

const office = "UBND phường Trúc Bạch";
const marriage = { form: "REGISTERED", wife_pin: lanPin, wife_name: "Phạm Thị Lan" } as const;

/**
 * Phạm Thị Lan, born in 1955. Her first marriage, to Đinh Văn Sơn, ended by a divorce in 1985 that nobody
 * noted in the book; he died in 2001, a stranger by then. She married Bùi Văn Hải in 1988, and he died in
 * 2015. An act of 1987, written by mistake, was cancelled.
 */
export const phamThiLan: Life = {
  civilStatus: {
    marriage: [
      {
        ...marriage,
        id: 3001,
        husband_pin: sonPin,
        husband_name: "Đinh Văn Sơn",
        date: "1978-02",
        ...entry(trucBach, office, "1978", "8", "1978-02-11"),
      },
      {
        ...marriage,
        id: 3002,
        husband_pin: haiPin,
        husband_name: "Bùi Văn Hải",
        date: "1987-12-12",
        ...entry(trucBach, office, "1987", "90", "1987-12-12"),
        status: "CANCELLED",
      },
      {
        ...marriage,
        id: 3003,
        husband_pin: haiPin,
        husband_name: "Bùi Văn Hải",
        date: "1988-01-12",
        ...entry(trucBach, office, "1988", "2", "1988-01-12"),
      },
    ],
    marriage_end: [
      {
        marriage_id: 3001,
        kind: "DIVORCE",
        judgment_number: "40/LH",
        court: "Tòa án nhân dân quận Ba Đình",
        judgment_date: "1985-04-02",
        effective_from: "1985-04-17",
      },
    ],
    death: [
      {
        pin: sonPin,
        full_name: "Đinh Văn Sơn",
        date: "2001-06-01",
        ...entry(trucBach, office, "KT-2001", "14", "2001-06-02"),
      },
      {
        pin: haiPin,
        full_name: "Bùi Văn Hải",
        date: "2015-04-30",
        ...entry(trucBach, office, "KT-2015", "31", "2015-05-02"),
      },
    ],
  },
};
