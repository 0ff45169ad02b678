import type { Insertable } from "kysely";
import type { Pupil } from "../../education/database/types.ts";
import type { DefectKind } from "../defects.ts";
import {
  decompose,
  doubleSpaces,
  dropMarks,
  dropMiddle,
  moveTone,
  shout,
  slipOnce,
  swapVowels,
  takeIcelandic,
  type Misspelling,
} from "../misspelling.ts";
import type { Person } from "../person.ts";
import type { Random } from "../random.ts";
import { requirePin, type Records } from "./records.ts";

type Row = Insertable<Pupil>;

/**
 * Slips in names and how often they are tried: a tone can move in one name of nine, i stand for y in
 * one of ten, Đ begins a word of one in seven.
 */
const nameSlips: readonly (readonly [Misspelling, number])[] = [
  [dropMarks, 0.03],
  [moveTone, 0.36],
  [decompose, 0.03],
  [doubleSpaces, 0.02],
  [shout, 0.01],
  [swapVowels, 0.1],
  [takeIcelandic, 0.02],
  [slipOnce, 0.01],
  [dropMiddle, 0.01],
];

/**
 * Schools that have not taken over the new code of a pupil's commune, where there is one: a third of the
 * communes kept theirs, so that 40 % of the pupils bear a code that is no more.
 */
const shareOldUnit = 0.6;

/**
 * A pupil's row as a school typed it: at most one slip each in name, birth date, sex, number and commune.
 *
 * @param oldUnit the code of the pupil's commune before the mergers; null for one who left
 */
export function spoilPupil(
  records: Records,
  person: Person,
  row: Row,
  oldUnit: string | null,
): Row {
  const { random, note } = records;
  const told = (kind: DefectKind, truth: Readonly<Record<string, unknown>>) =>
    note({
      pin: requirePin(person),
      register: "EDUCATION",
      kind,
      truth: { code: row.code, ...truth },
    });

  const name = spoilName(random, row.full_name);
  if (name !== row.full_name) told("PUPIL_NAME", { name: row.full_name });
  const birth = spoilBirthDate(random, row.birth_date ?? null);
  if (birth !== row.birth_date) told("PUPIL_BIRTH_DATE", { birthDate: row.birth_date });
  const sex = random.chance(0.002) ? (row.sex === "MALE" ? "FEMALE" : "MALE") : row.sex;
  if (sex !== row.sex) told("PUPIL_SEX", { sex: row.sex });
  const pin = spoilPin(random, person, row.pin ?? null);
  if (pin !== row.pin) told("PUPIL_PIN", { pin: row.pin });
  const late = oldUnit !== null && oldUnit !== row.unit_code && random.chance(shareOldUnit);
  if (late) told("PUPIL_UNIT", { unit: row.unit_code });
  return {
    ...row,
    full_name: name,
    birth_date: birth,
    sex: sex ?? null,
    pin,
    unit_code: late ? oldUnit : (row.unit_code ?? null),
  };
}

function spoilName(random: Random, name: string): string {
  let mark = random.unit();
  for (const [slip, share] of nameSlips) {
    if (mark < share) return slip(name, random);
    mark -= share;
  }
  return name;
}

/** Day and month swapped (which can happen to four dates of ten), the year off by one, the year alone. */
function spoilBirthDate(random: Random, date: string | null): string | null {
  if (date === null || date.length < 10) return date;
  const [year, month, day] = date.split("-") as [string, string, string];
  const share = random.unit();
  if (share < 0.019) return Number(day) <= 12 ? `${year}-${day}-${month}` : date;
  if (share < 0.024) {
    const off = Number(year) + (random.chance(0.5) ? 1 : -1);
    return month === "02" && day === "29" ? `${off}-02-28` : `${off}-${month}-${day}`;
  }
  return share < 0.027 ? year : date;
}

/** Missing, of a wrong structure, two digits transposed, a sibling's, or the older number of nine digits. */
function spoilPin(random: Random, person: Person, pin: string | null): string | null {
  if (pin === null) return null;
  const share = random.unit();
  if (share < 0.05) return null;
  if (share < 0.053) return random.chance(0.5) ? pin.slice(1) : `${pin.slice(0, 11)}X`;
  if (share < 0.056) return transpose(random, pin);
  if (share < 0.0575) {
    const siblings = person.mother?.children.filter((child) => child !== person && child.pin) ?? [];
    return siblings.length > 0 ? random.pick(siblings).pin : pin;
  }
  return share < 0.0625 ? pin.slice(3) : pin;
}

function transpose(random: Random, pin: string): string {
  const at = random.between(6, 10);
  return pin.slice(0, at) + pin.charAt(at + 1) + pin.charAt(at) + pin.slice(at + 2);
}
