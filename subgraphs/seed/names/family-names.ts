import { weigh } from "../random.ts";

/**
 * Family names and their shares in per cent. The great ones are those of the studies of names that
 * the project's domain notes quote (Nguyễn 31 to 38, Trần 11, Lê 9, Phạm 7 …); the tail is planned.
 */
const everywhere = [
  ["Nguyễn", 34],
  ["Trần", 11],
  ["Lê", 9],
  ["Phạm", 7],
  ["Phan", 4.5],
  ["Đặng", 2],
  ["Bùi", 2],
  ["Đỗ", 1.4],
  ["Hồ", 1.3],
  ["Ngô", 1.3],
  ["Dương", 1],
  ["Lý", 0.5],
  ["Đinh", 0.9],
  ["Đoàn", 0.8],
  ["Lâm", 0.6],
  ["Trịnh", 0.7],
  ["Mai", 0.6],
  ["Đào", 0.6],
  ["Lương", 0.6],
  ["Cao", 0.6],
  ["Hà", 0.6],
  ["Tạ", 0.4],
  ["Phùng", 0.4],
  ["Chu", 0.3],
  ["Thái", 0.3],
  ["Tô", 0.3],
  ["Vương", 0.3],
  ["Quách", 0.2],
  ["Kiều", 0.2],
  ["Nghiêm", 0.1],
  ["Lưu", 0.4],
  ["Châu", 0.2],
  ["La", 0.1],
  ["Tống", 0.2],
  ["Doãn", 0.1],
] as const;

// One name each, which the south writes otherwise: a lord's name was not to be spoken there.
export const northernFamilyNames = weigh<string>([...everywhere, ["Hoàng", 5], ["Vũ", 4]]);
export const southernFamilyNames = weigh<string>([
  ...everywhere,
  ["Huỳnh", 5],
  ["Võ", 4],
  ["Hoàng", 0.6],
  ["Vũ", 0.5],
]);
