import { expect, test } from "vitest";
import * as slips from "../../../subgraphs/seed/misspelling.ts";
import { makeRandom } from "../../../subgraphs/seed/random.ts";

const random = makeRandom(1);

test.each([
  ["without marks", slips.dropMarks, "Đặng Thị Thủy", "Dang Thi Thuy"],
  ["with the tone elsewhere", slips.moveTone, "Đỗ Hòa Thủy Khỏe", "Đỗ Hoà Thuỷ Khoẻ"],
  ["after q, where the tone stays", slips.moveTone, "Quỳnh Qúy Quý", "Quỳnh Qúy Quý"],
  ["decomposed", slips.decompose, "Lê Vy", "Le\u0302 Vy"],
  ["spaced twice", slips.doubleSpaces, "Lê Thị Vy", "Lê  Thị Vy"],
  ["in capitals", slips.shout, "Lê Vy", "LÊ VY"],
  ["with i for y", slips.swapVowels, "Lý Mỹ Huy", "Lí Mĩ Huy"],
  ["with Iceland's letter", slips.takeIcelandic, "Đỗ Đức", "Ðỗ Ðức"],
  ["without middle name", slips.dropMiddle, "Lê Thị Thu Hà", "Lê Hà"],
])("A name is written %s", (_how, slip, right, wrong) => {
  expect(slip(right, random)).toBe(wrong);
});

test("One slip changes one letter", () => {
  const right = "Nguyễn Thanh Tùng";
  const wrong = slips.slipOnce(right, random);
  expect([...wrong].filter((letter, index) => letter !== right[index])).toHaveLength(1);
});
