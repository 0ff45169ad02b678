import type { Share } from "./unit.ts";

/**
 * What a note («Ghi chú») of the official conversion table says about the share, or undefined where
 * it is in none of the known wordings. Case, spaces and the circumflex of "Nhập" vary in the table.
 *
 * A share answers "who has the rest?", so notes on part of the people («một phần dân số»), on what
 * remains («phần còn lại») and on all land but not all people («toàn bộ diện tích») are all PART.
 */
export function readShareNote(text: string): Share | undefined {
  const note = text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim();
  return wordings.find(([wording]) => wording.test(note))?.[1];
}

const wordings: readonly (readonly [RegExp, Share])[] = [
  [/^giữ nguyên$/, "UNCHANGED"],
  [/^nh[ậâ]p toàn bộ$/, "WHOLE"],
  [/^nh[ậâ]p một phần$/, "PART"],
  [/^nh[ậâ]p một phần diện tích$/, "PART_AREA"],
  [/^nh[ậâ]p một phần diện tích(,| và) toàn bộ dân số$/, "PART_AREA_ALL_PEOPLE"],
  [/^nh[ậâ]p một phần dân số$/, "PART"],
  [/^nh[ậâ]p toàn bộ diện tích$/, "PART"],
  [/^phần còn lại /, "PART"],
  [/^đổi (tên|loại hình)\b.* từ một phần /, "PART"],
  [/^đổi (tên|loại hình)(, đổi (tên|loại hình))?$/, "RENAMED"],
  [/^sắp xếp toàn bộ huyện .+ thành /, "WHOLE"],
  [/^sắp xếp toàn bộ xã .+ thành /, "RENAMED"],
];
