import { entry } from "./life.ts";
import type { Life } from "./life.ts";
import { dichVongHau, diAn, hoaThuanTay, trangDai, trucBach, yenDinh } from "./places.ts";

/** Her number since 2021; the one before it said that she was a man. */
export const hoaPin = "036188004512";
export const hoaFormerPin = "036088004512";
export const minhPin = "001085007731";
export const baoPin = "075083012345";
export const khoiPin = "001213000871";

const person = {
  middle_name: "Thị",
  nationality: "Việt Nam",
  sex: "FEMALE",
} as const;

/**
 * Trần Thị Hoa, born in 1988 in Hải Hậu, Nam Định. Student in Hà Nội; married Nguyễn Văn Minh at home in
 * 2012, and moved to his house in Hà Nội. Their son Khôi was born in 2013. Moved to Dĩ An in 2015 and was
 * divorced there in 2019; the divorce was noted at home. Moved to Biên Hòa; got a new number in 2021;
 * married Phan Quốc Bảo in 2023; moved to Đà Nẵng in 2024, and spent a fortnight in Hà Nội in 2025.
 */
export const tranThiHoa: Life = {
  population: {
    personal_number: [
      ...[hoaPin, minhPin, khoiPin].map((pin) => ({ pin })),
      { pin: hoaFormerPin, replaced: true },
    ],
    citizen: [
      {
        ...person,
        pin: hoaPin,
        family_name: "Trần",
        given_name: "Hoa",
        full_name: "Trần Thị Hoa",
        birth_date: "1988-03-12",
        birth_unit_code: yenDinh.unit_code,
        birth_unit_from: yenDinh.unit_from,
        native_place: "Hải Hậu, Nam Định",
        // Her mother died before the register began: the number names nobody in it.
        mother_pin: "036155000019",
        marital_mark: "MARRIED",
        spouse_pin: baoPin,
      },
      {
        ...person,
        pin: minhPin,
        family_name: "Nguyễn",
        middle_name: "Văn",
        given_name: "Minh",
        full_name: "Nguyễn Văn Minh",
        sex: "MALE",
        birth_date: "1985-07-02",
        marital_mark: "DIVORCED",
      },
      {
        ...person,
        pin: khoiPin,
        family_name: "Nguyễn",
        middle_name: "Minh",
        given_name: "Khôi",
        full_name: "Nguyễn Minh Khôi",
        sex: "MALE",
        birth_date: "2013-12-01",
        father_pin: minhPin,
        mother_pin: hoaPin,
      },
    ],
    pin_alias: [{ old_pin: hoaFormerPin, pin: hoaPin, replaced_on: "2021-09-15" }],
    residence: [
      {
        pin: hoaPin,
        kind: "PERMANENT",
        address: "Tổ dân phố 3",
        ...yenDinh,
        from_date: "1988",
        to_date: "2012-10-14",
        end_reason: "MOVED",
        file_number: "HS-14215-0001",
        relation_to_head: "con",
      },
      {
        pin: hoaPin,
        kind: "TEMPORARY",
        address: "Ký túc xá, ngõ 20",
        ...dichVongHau,
        from_date: "2006-09",
        to_date: "2008-09",
        end_reason: "EXPIRED",
      },
      {
        pin: hoaPin,
        kind: "PERMANENT",
        address: "12 Trấn Vũ",
        ...trucBach,
        from_date: "2012-10-15",
        to_date: "2015-05-31",
        end_reason: "MOVED",
        relation_to_head: "vợ",
      },
      {
        pin: hoaPin,
        kind: "PERMANENT",
        address: "5 Nguyễn An Ninh",
        ...diAn,
        from_date: "2015-06-01",
        to_date: "2019-12-31",
        end_reason: "MOVED",
      },
      {
        pin: hoaPin,
        kind: "PERMANENT",
        address: "88 Nguyễn Khuyến",
        ...trangDai,
        from_date: "2020-01-01",
        to_date: "2024-02-29",
        end_reason: "MOVED",
      },
      {
        pin: hoaPin,
        kind: "PERMANENT",
        address: "41 Núi Thành",
        ...hoaThuanTay,
        from_date: "2024-03-01",
      },
      {
        pin: hoaPin,
        kind: "STAY",
        address: "12 Trấn Vũ",
        ...trucBach,
        from_date: "2025-01-20",
        to_date: "2025-02-03",
      },
    ],
  },
  civilStatus: {
    birth: [
      {
        pin: khoiPin,
        full_name: "Nguyễn Minh Khôi",
        sex: "MALE",
        birth_date: "2013-12-01",
        mother_pin: hoaFormerPin,
        mother_name: "Trần Thị Hoa",
        father_pin: minhPin,
        father_name: "Nguyễn Văn Minh",
        ...entry(trucBach, "UBND phường Trúc Bạch", "KS-01/2013", "310/2013", "2013-12-20"),
      },
    ],
    marriage: [
      {
        id: 1001,
        form: "REGISTERED",
        husband_pin: minhPin,
        husband_name: "Nguyễn Văn Minh",
        wife_pin: hoaFormerPin,
        wife_name: "Trần Thị Hoa",
        date: "2012-10-06",
        ...entry(yenDinh, "UBND thị trấn Yên Định", "KH-01/2012", "45/2012", "2012-10-06"),
      },
      {
        id: 1002,
        form: "REGISTERED",
        husband_pin: baoPin,
        husband_name: "Phan Quốc Bảo",
        wife_pin: hoaPin,
        wife_name: "Trần Thị Hoa",
        date: "2023-11-18",
        ...entry(trangDai, "UBND phường Trảng Dài", "KH-02/2023", "212/2023", "2023-11-18"),
      },
    ],
    marriage_end: [
      {
        id: 1001,
        marriage_id: 1001,
        kind: "DIVORCE",
        judgment_number: "112/2019/QĐST-HNGĐ",
        court: "Tòa án nhân dân thành phố Dĩ An",
        judgment_date: "2019-05-20",
        effective_from: "2019-05-28",
        ...entry(yenDinh, "UBND thị trấn Yên Định", "GC-01/2019", "3/2019", "2019-07-02"),
      },
    ],
    certificate: [
      {
        pin: hoaPin,
        full_name: "Trần Thị Hoa",
        purpose: "Kết hôn với ông Phan Quốc Bảo",
        other_party_name: "Phan Quốc Bảo",
        marriage_place: "UBND phường Trảng Dài",
        ...entry(trangDai, "UBND phường Trảng Dài", "XN-01/2023", "801/2023", "2023-11-02"),
      },
    ],
  },
  healthInsurance: {
    facility: [{ code: "74015", name: "Trung tâm Y tế thành phố Dĩ An", ...diAn }],
    card: [
      {
        pin: hoaFormerPin,
        card_number: "DN4747912345678",
        social_insurance_number: "7912345678",
        group_code: "DN",
        benefit_level: 4,
        valid_from: "2016-01-01",
        valid_to: "2020-12-31",
        continuous_since: "2016-01-01",
        facility_code: "74015",
      },
      {
        pin: hoaPin,
        card_number: hoaPin,
        social_insurance_number: "7912345678",
        group_code: "DN",
        benefit_level: 4,
        valid_from: "2025-08-01",
        valid_to: "2026-12-31",
        continuous_since: "2016-01-01",
      },
    ],
  },
  education: {
    school: [
      { code: "00004TH1", name: "Trường Tiểu học Nguyễn Trung Trực", ...trucBach },
      { code: "25942TH2", name: "Trường Tiểu học Dĩ An", ...diAn },
      { code: "20245CS1", name: "Trường Trung học cơ sở Trưng Vương", ...hoaThuanTay },
    ],
    pupil: [
      {
        code: "0100013871",
        pin: khoiPin,
        full_name: "Nguyễn Minh Khôi",
        sex: "MALE",
        birth_date: "2013-12-01",
        mother_name: "Trần Thị Hoa",
      },
    ],
    enrolment: [
      {
        pupil_code: "0100013871",
        school_year: "2019-2020",
        school_code: "00004TH1",
        class_name: "1A",
        grade: 1,
        level: "PRIMARY",
        state: "TRANSFERRED",
      },
      {
        pupil_code: "0100013871",
        school_year: "2019-2020",
        school_code: "25942TH2",
        class_name: "1/3",
        grade: 1,
        level: "PRIMARY",
        state: "COMPLETED",
      },
      {
        pupil_code: "0100013871",
        school_year: "2025-2026",
        school_code: "20245CS1",
        class_name: "7B",
        grade: 7,
        level: "LOWER_SECONDARY",
        state: "ATTENDING",
      },
    ],
  },
};
