import { entry } from "./life.ts";
import type { Life } from "./life.ts";
import { trucBach } from "./places.ts";

export const maiPin = "001190006620";

const office = "UBND quận Ba Đình";

/**
 * Đỗ Thị Mai, born in 1990. Married Kim Min-jun in Seoul in 2015, who has no Vietnamese number; the
 * marriage was noted in Hà Nội in 2016, and annulled by a court there in 2018.
 */
export const doThiMai: Life = {
  civilStatus: {
    marriage: [
      {
        id: 4001,
        form: "ABROAD",
        country: "Hàn Quốc",
        husband_name: "Kim Min-jun",
        wife_pin: maiPin,
        wife_name: "Đỗ Thị Mai",
        date: "2015-05",
        ...entry(trucBach, office, "GC-KH-2016", "7", "2016-03-01"),
      },
    ],
    marriage_end: [
      {
        marriage_id: 4001,
        kind: "ANNULMENT",
        judgment_number: "9/2018/HNGĐ-ST",
        court: "Tòa án nhân dân thành phố Hà Nội",
        judgment_date: "2018-08-01",
        effective_from: "2018-09-02",
        ...entry(trucBach, office, "GC-LH-2018", "2", "2018-10-01"),
      },
    ],
  },
};
