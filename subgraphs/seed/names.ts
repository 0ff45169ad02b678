import type { Sex } from "../../schema/values/pin.ts";
import { northernFamilyNames, southernFamilyNames } from "./names/family-names.ts";
import { fashions } from "./names/given-names.ts";
import { middleNames, secondMiddleNames } from "./names/middle-names.ts";
import { namings, type Naming } from "./names/minority-names.ts";
import { draw, type Random } from "./random.ts";

/** Three parts, in the order they are written; family and middle may be empty. NFC. */
export interface PersonName {
  readonly family: string;
  readonly middle: string;
  readonly given: string;
}

/** How a family names its children: it goes from father to child. */
export interface NameStock {
  readonly family: string;
  readonly ethnicity: string;
  /** Null among the Kinh, who are named by the fashion of the decade. */
  readonly naming: Naming | null;
}

/** The minority that the province is home to, where there is one. */
export function findNaming(province: string, random: Random): Naming | null {
  const at = namings.filter(({ provinces }) => provinces.includes(province));
  return at.length === 0 ? null : random.pick(at);
}

export function drawNameStock(random: Random, southern: boolean, naming: Naming | null): NameStock {
  const families = naming ? naming.families : southern ? southernFamilyNames : northernFamilyNames;
  return {
    family: families ? draw(random, families) : "",
    ethnicity: naming?.ethnicity ?? "Kinh",
    naming,
  };
}

export function drawName(
  random: Random,
  stock: NameStock,
  sex: Sex,
  birthYear: number,
): PersonName {
  const { family, naming } = stock;
  if (naming)
    return {
      family,
      middle: random.pick(naming.middles[sex]),
      given: random.pick(naming.given[sex]),
    };
  const fashion = fashions.find(({ until }) => birthYear <= until)!;
  const given = draw(random, fashion.names[sex]);
  return { family, middle: drawMiddle(random, sex, birthYear, given), given };
}

export function fullName({ family, middle, given }: PersonName): string {
  return [family, middle, given].filter(Boolean).join(" ").replace("H' ", "H'");
}

/**
 * Middle name: none (a name of two words), one word or two. Of those born from 2007 to 2011, men have
 * two, three and four words in 1, 73 and 26 of 100 cases, women in 0, 35 and 65; Thị stands in 18 of
 * 100 women's names there and in over 60 before 1980, Văn in under 3 of men's and over 40.
 */
function drawMiddle(random: Random, sex: Sex, birthYear: number, given: string): string {
  const male = sex === "MALE";
  if (random.chance(male ? 0.01 : 0.003)) return "";
  const two = random.chance(slide(birthYear, male ? [0.04, 0.26] : [0.2, 0.65]));
  const traditional = random.chance(slide(birthYear, male ? [0.48, 0.025] : [0.72, 0.18]));
  const first = traditional ? (male ? "Văn" : "Thị") : draw(random, middleNames[sex]);
  if (!two) return first === given ? (male ? "Đình" : "Thùy") : first;
  const second = draw(random, secondMiddleNames[sex]);
  return second === first || second === given
    ? `${first} ${male ? "Gia" : "Thùy"}`
    : `${first} ${second}`;
}

/** A share that held until 1970 and has gone in a straight line to what it is from 2009 on. */
function slide(year: number, [before, since]: readonly [number, number]): number {
  const way = Math.min(1, Math.max(0, (year - 1970) / 39));
  return before + way * (since - before);
}
