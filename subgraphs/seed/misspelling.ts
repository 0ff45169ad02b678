import type { Random } from "./random.ts";

/**
 * How names go wrong between two registers. Each function returns the name as somebody wrote it, or
 * the same text where this slip can't happen to this name.
 */
export type Misspelling = (name: string, random: Random) => string;

const marks = /\p{Mn}/gu;

export const dropMarks: Misspelling = (name) =>
  name.normalize("NFD").replace(marks, "").replace(/đ/g, "d").replace(/Đ/g, "D");

/** hòa and hoà, thủy and thuỷ: the tone on the other vowel, but not after q. */
export const moveTone: Misspelling = (name) =>
  name
    .normalize("NFD")
    .replace(/(?<!q)(o|u)([\u0300\u0301\u0303\u0309\u0323])(a|e|y)(?!\p{L})/giu, "$1$3$2")
    .normalize("NFC");

export const decompose: Misspelling = (name) => name.normalize("NFD");

export const doubleSpaces: Misspelling = (name) => name.replace(" ", "  ");

export const shout: Misspelling = (name) => name.toUpperCase();

/** Mỹ and Mĩ, Lý and Lí. */
export const swapVowels: Misspelling = (name) =>
  name.replace(/(?<=[hklmst])([yỳýỷỹỵ])(?!\p{L})/giu, (vowel) => {
    const at = "yỳýỷỹỵ".indexOf(vowel.toLowerCase());
    return "iìíỉĩị"[at] ?? vowel;
  });

/** Ð (U+00D0, of Iceland) for Đ: it looks the same and is another letter. */
export const takeIcelandic: Misspelling = (name) => name.replace(/Đ/g, "\u00d0");

const neighbours: Readonly<Record<string, string>> = {
  n: "m",
  m: "n",
  h: "g",
  g: "h",
  t: "r",
  i: "u",
  a: "s",
  o: "i",
};

/** One letter beside the right one on the keyboard. */
export const slipOnce: Misspelling = (name, random) => {
  const places = [...name].flatMap((letter, index) => (letter in neighbours ? [index] : []));
  if (places.length === 0) return `${name}n`;
  const at = random.pick(places);
  return name.slice(0, at) + (neighbours[name.charAt(at)] ?? "") + name.slice(at + 1);
};

export const dropMiddle: Misspelling = (name) => {
  const words = name.split(" ");
  return words.length < 3 ? name : `${words[0]} ${words.at(-1)}`;
};
