import { dayText, dayOf, type Day } from "./day.ts";
import { mergers, type Commune, type Places } from "./places.ts";
import { makeRandom } from "./random.ts";

export type Book = "MARRIAGE" | "CERTIFICATE";

/** Which years of a commune's book are in the database. */
interface DigitisedYears {
  readonly from: number;
  /** Years after `from` that are missing all the same: a tenth of those before 2005. */
  readonly missing: ReadonlySet<number>;
}

const known = new Map<string, DigitisedYears>();

/** Digitised from a year between 1990 and 2019, in towns from an earlier one. */
function yearsOf(seed: number, commune: Commune, book: Book): DigitisedYears {
  const key = `${seed} ${commune.old.code} ${book}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const random = makeRandom(seed, 0xb00c, Number(commune.old.code));
  const base = commune.urban ? random.between(1990, 2006) : random.between(1993, 2019);
  const from = Math.min(2019, book === "MARRIAGE" ? base : base + random.between(0, 3));
  const missing = new Set<number>();
  for (let year = from + 1; year < 2005; year++) if (random.chance(0.1)) missing.add(year);
  const years = { from, missing };
  known.set(key, years);
  return years;
}

/** Whether all that the book says of the year is in the database. */
export function coversYear(seed: number, commune: Commune, book: Book, year: number): boolean {
  const { from, missing } = yearsOf(seed, commune, book);
  return year >= from && !missing.has(year);
}

/** A row of `book_coverage`. */
export interface Coverage {
  readonly unit: { readonly code: string; readonly validFrom: string };
  readonly book: Book;
  readonly from: string;
  readonly to: string;
}

/**
 * What the registrars' books cover: of old communes up to the mergers, of new ones since. The books
 * themselves went to the successor, which is to be asked about either.
 */
export function* listCoverage(seed: number, places: Places, today: Day): Generator<Coverage> {
  const successors = new Map(places.communes.map(({ now }) => [now.code, now]));
  for (const book of ["MARRIAGE", "CERTIFICATE"] as const) {
    for (const commune of places.communes)
      for (const [first, last] of runsOf(yearsOf(seed, commune, book)))
        yield {
          unit: commune.old,
          book,
          from: dayText(dayOf(first, 1, 1)),
          to: dayText(Math.min(dayOf(last, 12, 31), mergers - 1)),
        };
    for (const unit of successors.values())
      yield { unit, book, from: dayText(mergers), to: dayText(today) };
  }
}

/** Unbroken runs of digitised years, up to the year of the mergers. */
function runsOf({ from, missing }: DigitisedYears): [number, number][] {
  const runs: [number, number][] = [];
  let first = from;
  for (let year = from; year <= 2025; year++)
    if (missing.has(year)) {
      if (first < year) runs.push([first, year - 1]);
      first = year + 1;
    }
  runs.push([first, 2025]);
  return runs;
}
