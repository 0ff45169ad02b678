import type { Pin, Sex } from "../../schema/values/pin.ts";
import type { Day } from "./day.ts";
import type { Household } from "./household.ts";
import type { Marriage } from "./marriage.ts";
import type { NameStock, PersonName } from "./names.ts";
import { fullName } from "./names.ts";
import type { Commune } from "./places.ts";

/**
 * One life, as it truly was: what the registers know of it is written from this, defects and all. It
 * grows while the years go by, so its lists are open; nothing changes after its community is done.
 */
export interface Person {
  /** Place in the community, in order of birth by year. */
  readonly index: number;
  readonly sex: Sex;
  readonly birth: Day;
  readonly birthPlace: Commune;
  readonly name: PersonName;
  readonly stock: NameStock;
  /** Null before the register: founders' parents, and fathers whom the mother did not name. */
  readonly father: Person | null;
  readonly mother: Person | null;
  /** Whether father and mother adopted the child. */
  readonly adopted: boolean;
  /** Null for the living. Drawn at birth, so that every plan can heed it. */
  readonly death: Day | null;
  /** Null for those who died before there was a register. Given when the community's time is up. */
  pin: Pin | null;
  /** The number that `pin` replaced, where it was re-issued. */
  formerPin: FormerPin | null;
  /** What digits 4 to 6 of the number state wrongly, where they do. */
  pinFault: PinFault | null;
  readonly marriages: Marriage[];
  readonly children: Person[];
  /** Permanent homes, in order of time; each begins after the one before it. */
  readonly homes: Home[];
  /** From when on the person looks for a spouse; null for who doesn't. */
  seek: Day | null;
  /** Full of events by arrangement: see `sample-life.ts`. */
  arranged: boolean;
  /** A change of name by decision, where there was one. */
  renamed: { readonly on: Day; readonly name: PersonName } | null;
}

export type PinFault = "SEX" | "YEAR";

export interface FormerPin {
  readonly pin: Pin;
  readonly replacedOn: Day;
}

/** One permanent home: it lasts until the day before the next one begins, or to death. */
export interface Home {
  readonly household: Household;
  readonly from: Day;
  readonly relation: string;
}

export const isAliveOn = (person: Person, day: Day): boolean =>
  person.birth <= day && (person.death === null || person.death > day);

/** The name borne on the day. */
export function nameOn({ name, renamed }: Person, day: Day): string {
  return fullName(renamed !== null && renamed.on <= day ? renamed.name : name);
}

/** The number borne on the day; `pin` must not be null. */
export function pinOn({ pin, formerPin }: Person, day: Day): Pin {
  return formerPin !== null && day < formerPin.replacedOn ? formerPin.pin : pin!;
}

export function homeOn(person: Person, day: Day): Home | undefined {
  return person.homes.findLast(({ from }) => from <= day);
}
