import type { Institutions } from "../institutions.ts";
import type { Defect, Flaws } from "../defects.ts";
import { dayText, yearOf, type Day } from "../day.ts";
import type { Community } from "../life.ts";
import type { Person } from "../person.ts";
import type { Places } from "../places.ts";
import type { Period } from "../residence.ts";
import type { Random } from "../random.ts";
import type { SerialNumbers } from "../serial-numbers.ts";

/** A table of one register, with the columns that the seed fills, in the order of COPY. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly (keyof Row & string)[];
}

/** Takes a row for a table. */
export type Write = <Row>(table: Table<Row>, row: Row) => void;

/** What a register writes from: what was true, what goes wrong, and where to say so. */
export interface Records {
  readonly seed: number;
  readonly community: Community;
  readonly places: Places;
  readonly institutions: Institutions;
  readonly today: Day;
  /** A stream of the register's own, so that no register's defects change another's. */
  readonly random: Random;
  readonly serials: SerialNumbers;
  readonly flaws: Flaws;
  /** Somebody's periods of residence, as they truly were. */
  readonly periodsOf: (person: Person) => readonly Period[];
  readonly write: Write;
  readonly note: (defect: Defect) => void;
}

/**
 * The birth date as every register has it: of those born before 1960 some knew no more than the year,
 * or the month. Which ones hangs on the day alone, so that the registers agree.
 */
export function birthDate({ birth, arranged }: Person): string {
  const text = dayText(birth);
  if (arranged || yearOf(birth) >= 1960) return text;
  const mark = ((birth % 100) + 100) % 100;
  return mark < 8 ? text.slice(0, 4) : mark < 11 ? text.slice(0, 7) : text;
}

/** The number of somebody who stands in the register. */
export function requirePin({ pin, index }: Person): string {
  if (pin === null) throw new Error(`Person ${index} died before the register and has no number.`);
  return pin;
}
