import { entry } from "./life.ts";
import type { Life } from "./life.ts";
import { baDinhThanhHoa } from "./places.ts";

export const tamPin = "038042000317";

/**
 * Lê Văn Tám, born in 1942, nobody knows the day. His act of marriage from 1965 bears his number, added
 * when the book was digitised, and none of his wife's; its date is the thirtieth of February. The
 * register knows where he lived from 1980 on.
 */
export const leVanTam: Life = {
  population: {
    personal_number: [{ pin: tamPin }],
    citizen: [
      {
        pin: tamPin,
        family_name: "Lê",
        middle_name: "Văn",
        given_name: "Tám",
        full_name: "Lê Văn Tám",
        other_names: ["Lê Tám"],
        sex: "MALE",
        birth_date: "1942",
        nationality: "Việt Nam",
        marital_mark: "MARRIED",
        history_complete_from: "1980-05-01",
      },
    ],
    residence: [{ pin: tamPin, kind: "PERMANENT", ...baDinhThanhHoa, from_date: "1980-05" }],
  },
  civilStatus: {
    marriage: [
      {
        id: 2001,
        form: "REGISTERED",
        husband_pin: tamPin,
        husband_name: "Lê Văn Tám",
        husband_birth_date: "1942",
        wife_name: "Hoàng Thị Mận",
        date_text: "30/02/1965",
        ...entry(baDinhThanhHoa, "UBND thị xã Thanh Hóa", "1965", "17", "1965-03-01"),
      },
    ],
  },
};
