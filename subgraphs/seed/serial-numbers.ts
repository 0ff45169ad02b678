import type { Pin, Sex } from "../../schema/values/pin.ts";
import { makeRandom } from "./random.ts";

/**
 * Numbers that nobody else has, without a list of those given: a community may be made before, after
 * or without any other, and still its numbers meet nobody's. Each community owns a stretch of serials,
 * and a shuffle that loses none (x → a·x + b mod 10^n, with a prime to 10) makes them look drawn.
 */
export interface SerialNumbers {
  /** The next number for this subject, `width` digits. */
  next(subject: Subject): string;
  /** The next personal number for a place of birth registration, a sex and a birth year. */
  nextPin(place: string, sex: Sex, birthYear: number): Pin;
}

type Subject = "ID_CARD" | "SOCIAL_INSURANCE" | "PUPIL" | "HOUSEHOLD";

const widths: Record<Subject, number> = {
  ID_CARD: 9,
  SOCIAL_INSURANCE: 10,
  PUPIL: 10,
  HOUSEHOLD: 9,
};

/**
 * What a community may use up of one subject. 10^9 numbers hold 100,000 communities then, and the
 * six free digits of a personal number 10,000, which is some twenty million citizens.
 */
const stretch = 10_000;
const pinStretch = 100;

export function countSerials(seed: number, community: number): SerialNumbers {
  const used = new Map<string, number>();
  const take = (name: string, width: number, size: number) => {
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    const serial = community * size + count;
    if (count >= size || serial >= 10 ** width)
      throw new Error(
        `Community ${community} has used up its numbers of ${name}. Seed fewer citizens.`,
      );
    return shuffle(serial, seed, name, width);
  };
  return {
    next: (subject) => take(subject, widths[subject], stretch),
    nextPin(place, sex, birthYear) {
      const prefix = pinPrefix(place, sex, birthYear);
      return (prefix + take(prefix, 6, pinStretch)) as Pin;
    },
  };
}

/** Digits 1 to 6: place, century and sex, year (Decree 137/2015, Article 13). */
function pinPrefix(place: string, sex: Sex, year: number): string {
  const century = 2 * (Math.floor(year / 100) - 19) + (sex === "FEMALE" ? 1 : 0);
  return place + century + String(year % 100).padStart(2, "0");
}

const shuffles = new Map<string, readonly [factor: bigint, offset: bigint]>();

function shuffle(serial: number, seed: number, name: string, width: number): string {
  const id = `${seed} ${name}`;
  let found = shuffles.get(id);
  if (found === undefined) shuffles.set(id, (found = drawShuffle(seed, name, width)));
  const [factor, offset] = found;
  return String((factor * BigInt(serial) + offset) % 10n ** BigInt(width)).padStart(width, "0");
}

function drawShuffle(seed: number, name: string, width: number): readonly [bigint, bigint] {
  const random = makeRandom(seed, ...[...name].map((letter) => letter.charCodeAt(0)));
  const size = 10 ** width;
  const factor = Math.floor((0.2 + 0.6 * random.unit()) * size);
  // Prime to 10: ends in 1, 3, 7 or 9.
  const last = random.pick([1, 3, 7, 9]);
  return [BigInt(factor - (factor % 10) + last), BigInt(Math.floor(random.unit() * size))];
}
