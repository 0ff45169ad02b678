import type { Life } from "./life.ts";
import { trucBach } from "./places.ts";

export const xaPin = "001075004711";

/**
 * Nguyễn Văn Xa, born in Hà Nội in 1975. Worked in Germany from 2001 to 2010, and told nobody where he
 * lived when he came back; in 2011 the register holds his absence and no residence.
 */
export const nguyenVanXa: Life = {
  population: {
    personal_number: [{ pin: xaPin }],
    citizen: [
      {
        pin: xaPin,
        family_name: "Nguyễn",
        middle_name: "Văn",
        given_name: "Xa",
        full_name: "Nguyễn Văn Xa",
        sex: "MALE",
        birth_date: "1975-10",
        nationality: "Việt Nam",
      },
    ],
    residence: [
      {
        pin: xaPin,
        kind: "PERMANENT",
        ...trucBach,
        from_date: "1975-10",
        to_date: "2001-02-28",
        end_reason: "SETTLED_ABROAD",
        destination: "Cộng hòa Liên bang Đức",
      },
      {
        pin: xaPin,
        kind: "ABROAD",
        country: "Cộng hòa Liên bang Đức",
        from_date: "2001-03-01",
        to_date: "2010-12",
      },
      {
        pin: xaPin,
        kind: "ABSENCE",
        ...trucBach,
        from_date: "2011-02-01",
        to_date: "2011-12-31",
      },
    ],
  },
};
