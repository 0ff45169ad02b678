/**
 * A unit's name in one form: NFC, single spaces, and its kind in front with one capital. Official
 * tables write "phường Lộc Thọ", "Thị Xã Sa Pa" and "Thi trấn Ngan Dừa"; the proper name after the
 * kind is left as it stands, because only its owner may correct it.
 */
export function tidyUnitName(text: string): string {
  const name = text.normalize("NFC").replace(/\s+/g, " ").trim();
  for (const [written, kind] of kinds) if (written.test(name)) return name.replace(written, kind);
  return name;
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^x[ãa] /i, "Xã "],
  [/^phường /i, "Phường "],
  [/^th[ịi] trấn /i, "Thị trấn "],
  [/^đặc khu /i, "Đặc khu "],
  [/^thị xã /i, "Thị xã "],
  [/^quận /i, "Quận "],
  [/^huyện /i, "Huyện "],
  [/^thành phố /i, "Thành phố "],
  [/^tỉnh /i, "Tỉnh "],
];

/** A name for comparing: without marks and case, so that Điềm Thuỵ and Điềm Thụy are one. */
export function foldName(text: string): string {
  return tidyUnitName(text)
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase()
    .replaceAll("đ", "d");
}

/** A province's name for comparing, without its kind: sources write Cao Bằng and Tỉnh Cao Bằng. */
export function foldProvinceName(text: string): string {
  return foldName(tidyUnitName(text).replace(/^(Tỉnh|Thành phố) /, ""));
}
