import type { Sex } from "../../schema/values/pin.ts";
import { addYears, type Day, yearOf } from "./day.ts";
import type { Random } from "./random.ts";

/**
 * The figures that shape a country: how many are born, when they die, when they first marry. Tuned so
 * that its present is that of 2024: 0–14 23 %, 15–24 13, 25–39 24, 40–59 26, 60 and over 14; and of
 * those over 15, 77.5 % are or were married, 6.7 are widowed, 2.6 divorced. With these ages and today's
 * late first marriages no more than 74 % could be: half a point fewer of 15 to 24, one more of 40 to 59,
 * and women half a year younger at marriage bring 76. What comes out stands in `shares.test.ts`.
 */

/** A curve given by points, straight between them and level beyond. */
type Curve = readonly (readonly [at: number, value: number])[];

function read(curve: Curve, at: number): number {
  let [fromAt, fromValue] = curve[0]!;
  if (at <= fromAt) return fromValue;
  for (const [toAt, toValue] of curve) {
    if (at <= toAt)
      return fromValue + ((toValue - fromValue) * (at - fromAt)) / (toAt - fromAt || 1);
    [fromAt, fromValue] = [toAt, toValue];
  }
  return fromValue;
}

/** Births in a year, in per cent of the citizens who live today. */
const births: Curve = [
  [1902, 0.28],
  [1930, 0.42],
  [1940, 0.56],
  [1950, 0.8],
  [1960, 1.08],
  [1968, 1.56],
  [1985, 1.6],
  [1988, 1.75],
  [2000, 1.75],
  [2003, 1.27],
  [2010, 1.32],
  [2013, 1.55],
  [2026, 1.55],
];
export const birthsInYear = (year: number): number => read(births, year) / 100;

/** The share of a year's births that have parents on record: from 1948 on, all. */
export const shareWithParents = (year: number): number =>
  read(
    [
      [1924, 0],
      [1948, 1],
    ],
    year,
  );

/** Boys among the newborn: with the higher mortality of men, 49.8 % of the living are men. */
export const shareOfBoys = 0.506;

const childDeaths: Curve = [
  [1930, 0.09],
  [1975, 0.05],
  [1995, 0.025],
  [2020, 0.012],
];

/**
 * The day of death: in the first five years, by accident or illness at any age, or of age. Ages at
 * death follow Gompertz's law, whose hazard grows by a tenth a year.
 */
export function drawDeath(random: Random, sex: Sex, birth: Day): Day {
  const male = sex === "MALE";
  if (random.chance(read(childDeaths, yearOf(birth))))
    return birth + Math.floor(1 + 1825 * random.unit() ** 2);
  const ofAge = (male ? 81.5 : 82.5) + 10 * Math.log(-Math.log(1 - random.unit()));
  const early = 14 - Math.log(1 - random.unit()) / (male ? 0.001 : 0.0006);
  return birth + Math.floor(365.2425 * Math.max(0.1, Math.min(ofAge, early)));
}

/** Of 1,000 people so many never look for a spouse; of men, more find none. */
const neverSeeking: Readonly<Record<Sex, number>> = { MALE: 0, FEMALE: 10 };

/**
 * Women's mean age at first marriage by birth year; the youngest bring today's singulate mean, the one
 * that is read from how many are single at each age, to 26.5 (27.0 in 2024 [V]). Men follow from the
 * differences of age in `marriage.ts`, to 29.5 (29.8 [V]).
 */
const firstMarriage: Curve = [
  [1930, 21],
  [1955, 22.4],
  [1970, 23.2],
  [1985, 23.3],
  [1992, 24.8],
  [1998, 26.5],
  [2010, 27.7],
];

/**
 * The day from which somebody looks for a first spouse; null for who never does. Ages follow an Erlang
 * distribution of three steps from 17 on: many marry young, and the late ones bring the mean up.
 */
export function drawFirstSearch(random: Random, sex: Sex, birth: Day): Day | null {
  if (random.chance(neverSeeking[sex] / 1000)) return null;
  const year = yearOf(birth);
  const mean = read(firstMarriage, year) - 17;
  let above = sex === "MALE" ? 0.4 : 0;
  for (let step = 0; step < 3; step++) above -= (mean / 3) * Math.log(1 - random.unit());
  // The law of 1959 set 18 and 20; a marriage below it happens, in the country and long ago.
  const early = sex === "FEMALE" && random.chance(year < 1985 ? 0.02 : 0.004);
  const age = early ? 16 + 2 * random.unit() : Math.max(sex === "MALE" ? 20 : 18, 17 + above);
  const whole = Math.floor(age);
  return addYears(birth, whole) + 1 + Math.floor((age - whole) * 360);
}
