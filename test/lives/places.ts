/** Units that the lives refer to, as they were until 30/06/2025, in the columns of a row. */
const until2025 = (unit_code: string) => ({ unit_code, unit_from: "1900-01-01" });

/** Thị trấn Yên Định, Huyện Hải Hậu, Tỉnh Nam Định; Xã Hải Hậu, Tỉnh Ninh Bình since 01/07/2025. */
export const yenDinh = until2025("14215");
/** Phường Dịch Vọng Hậu, Quận Cầu Giấy, Hà Nội. */
export const dichVongHau = until2025("00167");
/** Phường Trúc Bạch, Quận Ba Đình, Hà Nội; the code is Phường Ba Đình's since 01/07/2025. */
export const trucBach = until2025("00004");
/** Phường Dĩ An, Tỉnh Bình Dương; in TP. Hồ Chí Minh since 01/07/2025. */
export const diAn = until2025("25942");
/** Phường Trảng Dài, Thành phố Biên Hòa, Tỉnh Đồng Nai. */
export const trangDai = until2025("25993");
/** Phường Hòa Thuận Tây, Quận Hải Châu, Đà Nẵng. */
export const hoaThuanTay = until2025("20245");
/** Phường Ba Đình, Thành phố Thanh Hóa. */
export const baDinhThanhHoa = until2025("14776");
