import { dayText, yearOf, type Day } from "../day.ts";
import { officeName, unitOn, type Commune } from "../places.ts";

/** Where an act stands in the books: the columns that all kinds of acts share. */
export interface Entry {
  readonly book: string;
  readonly number: string;
  readonly unit_code: string;
  readonly unit_from: string;
  readonly office: string;
  readonly registered_on: string;
}

/** Kinds of books, by the letters that stand on their covers. */
type Kind = "KS" | "KH" | "KT" | "TTHN";

/** Enters acts in the books of communes, each with the next number of its book. */
export interface Registrar {
  enter(kind: Kind, commune: Commune, day: Day): Entry;
  /** Identities of acts, apart from every other community's. */
  nextId(table: string): number;
}

/** More acts of one kind than any community has. */
const idsPerCommunity = 100_000;

/**
 * The registrar of one community. Communes are shared by communities, and an entry's number is taken
 * once: so each community writes in a volume of its own.
 */
export function hireRegistrar(community: number): Registrar {
  const entries = new Map<string, number>();
  const ids = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string) => {
    const next = (counts.get(key) ?? 0) + 1;
    counts.set(key, next);
    return next;
  };
  return {
    enter(kind, commune, day) {
      const year = yearOf(day);
      const unit = unitOn(commune, day);
      const number = count(entries, `${kind} ${unit.code} ${unit.validFrom} ${year}`);
      return {
        book: `TP/HT-${year}-${kind}.${community + 1}`,
        number: `${number}/${year}`,
        unit_code: unit.code,
        unit_from: unit.validFrom,
        office: officeName(commune, day),
        registered_on: dayText(day),
      };
    },
    nextId: (table) => community * idsPerCommunity + count(ids, table),
  };
}
