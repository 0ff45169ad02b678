import type { Sex } from "../../../schema/values/pin.ts";
import { weigh, type Weighted } from "../random.ts";

/** Given names of one span of birth years, with weights. */
interface Fashion {
  /** The last birth year that it holds for. */
  readonly until: number;
  readonly names: Readonly<Record<Sex, Weighted<string>>>;
}

/**
 * Given names by decade and sex. The first names of the spans since 1991 are those that counts of
 * pupils and students put first, in that order; the rest, and the older spans, are plausible.
 */
export const fashions: readonly Fashion[] = [
  {
    until: 1959,
    names: {
      MALE: ranked(
        "Hùng Bình Minh Thành Sơn Dũng Tâm Hải Long Thắng Lợi Đức Thọ Khang Mạnh Lâm Quý Sáu Bảy Tư Ba Năm Tám Cường Phúc Lộc Nghĩa Thịnh Chiến Ngọc",
      ),
      FEMALE: ranked(
        "Hoa Lan Mai Hồng Hương Liên Nga Thanh Hòa Bình Cúc Đào Huệ Lý Mận Sen Tâm Thơm Xuân Yến Nhung Tư Năm Bảy Tám Thìn Hợi Nụ Bé Loan",
      ),
    },
  },
  {
    until: 1975,
    names: {
      MALE: ranked(
        "Hùng Dũng Sơn Thành Minh Bình Hải Cường Long Thắng Tuấn Hòa Đức Phong Toàn Tâm Việt Lâm Quang Nam Thanh Vinh Quân Trung Tiến Chiến Phúc Khánh Lợi Trí",
      ),
      FEMALE: ranked(
        "Hương Lan Hoa Mai Thủy Hà Hồng Nga Hằng Thanh Liên Oanh Hạnh Bình Phượng Tuyết Yến Dung Nguyệt Vân Loan Xuân Cúc Tâm Thu Nhung Hòa Minh Hiền Thảo",
      ),
    },
  },
  {
    until: 1990,
    names: {
      MALE: ranked(
        "Tuấn Hùng Dũng Cường Thành Nam Hải Sơn Minh Hiếu Anh Long Thắng Trung Đức Hoàng Phong Quang Tùng Kiên Việt Toàn Linh Vinh Bình Tú Giang Duy Khánh Quân",
      ),
      FEMALE: ranked(
        "Hương Thủy Hằng Hà Hạnh Lan Nga Hoa Dung Trang Huyền Thảo Phương Hiền Vân Thu Mai Yến Oanh Nhung Loan Linh Anh Ngọc Tâm Thúy Hồng Hường Liên Nguyệt",
      ),
    },
  },
  {
    until: 2002,
    names: {
      MALE: ranked(
        "Tuấn Hoàng Huy Anh Hiếu Hùng Nam Đạt Thành Long Minh Dũng Đức Sơn Tùng Cường Trung Quân Phong Linh Duy Khánh Hải Thắng Kiên Việt Tú Vinh Toàn Thịnh",
      ),
      FEMALE: ranked(
        "Trang Thảo Linh Anh Phương Hằng Huyền Hương Ngọc Thủy Hà Yến Nhung Mai Hiền Lan Ngân Nga Thu Quỳnh Vân My Trinh Tâm Dung Hạnh Nhi Thư Oanh Giang",
      ),
    },
  },
  {
    until: 2014,
    names: {
      MALE: ranked(
        "Anh Huy Khang Minh Bảo Phúc Khoa Phát Đạt Hoàng Duy Long Nam Quân Thịnh Kiệt Tuấn Hiếu Hưng Khôi Nguyên Dũng Đức Thành Sơn Vinh Tài Lâm Việt Tùng",
      ),
      FEMALE: ranked(
        "Anh Vy Ngọc Nhi Hân Thư Linh Như Ngân Trang Thảo Phương My Trâm Quỳnh Châu Mai Uyên Yến Ly Hà Giang Tiên Chi Trinh Khánh Thy An Huyền Nguyên",
      ),
    },
  },
  {
    until: 9999,
    names: {
      MALE: ranked(
        "Khang Minh Khôi Phúc Bảo Anh Khoa Long Huy Quân Nguyên Phát Đăng Hưng Thịnh Nam Kiên Lâm An Phong Đức Bách Duy Sơn Vinh Tuấn Hải Đạt Nhật Quang",
      ),
      FEMALE: ranked(
        "Anh Linh Chi An Hân Ngọc Châu Vy My Nhi Thư Ngân Như Trang Mai Phương Khuê Quỳnh Hà Uyên Diệp Thy Bình Giang Yên Vân Trâm Thảo Lam Minh",
      ),
    },
  },
];

/** Weights that fall as ranks rise, the way counts of names do (Zipf): 1, 1/2 …, a little flattened. */
function ranked(names: string): Weighted<string> {
  return weigh(names.split(" ").map((name, rank) => [name, 1 / (rank + 4)]));
}
