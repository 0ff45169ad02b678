import type { Insertable } from "kysely";
import type { Residence } from "../../population/database/types.ts";
import { dayOf, dayText, yearOf, type Day } from "../day.ts";
import { shares } from "../defects.ts";
import type { Person } from "../person.ts";
import { unitOn } from "../places.ts";
import type { Random } from "../random.ts";
import type { Period } from "../residence.ts";
import { requirePin, type Records, type Table } from "./records.ts";

type Row = Insertable<Residence>;

/** Not everybody has two homes on record with a seam to tear or to double: about so many have. */
const shareTearable = 0.4;
const shareDoubled = 0.55;

/**
 * Writes one citizen's periods of residence, with what the register lost or has wrong.
 *
 * @returns the day before which the register is known to be incomplete; null for a whole life
 */
export function writeResidences(records: Records, person: Person, table: Table<Row>): Day | null {
  const { random, today, write, note } = records;
  const pin = requirePin(person);
  const lived = records.periodsOf(person);
  const { kept, from } = forgetOldMoves(random, lived, person);
  const flawed: Spoiled = person.arranged
    ? { periods: kept, defect: null }
    : spoil(random, kept, person.death === null ? today : null);
  if (flawed.defect) note({ pin, register: "POPULATION", ...flawed.defect });
  for (const [index, period] of flawed.periods.entries())
    write(table, {
      pin,
      kind: period.kind,
      address: period.address,
      unit_code: period.commune ? unitOn(period.commune, period.from).code : null,
      unit_from: period.commune ? unitOn(period.commune, period.from).validFrom : null,
      country: period.country,
      from_date: index === 0 && from !== null ? firstDate(period) : dayText(period.from),
      to_date: period.to === null ? null : dayText(period.to),
      end_reason: period.endReason,
      destination: period.destination,
      file_number: period.household === null ? null : `${period.household}-${index + 1}`,
      household_number: period.household,
      relation_to_head: period.relation,
      known_defect: period.stale === true,
    });
  return from;
}

type Recorded = Period & {
  /** Left open though the citizen has another permanent home. */
  readonly stale?: boolean;
};

/** Of the first home on record, the register often has no more than the year from before 1976. */
function firstDate({ from }: Period): string {
  const text = dayText(from);
  return yearOf(from) < 1976 && from % 3 === 0 ? text.slice(0, 4) : text;
}

/** Older moves lie on paper: the register begins, for many, with the home they had when it was built. */
function forgetOldMoves(
  random: Random,
  lived: readonly Period[],
  person: Person,
): { kept: readonly Period[]; from: Day | null } {
  if (person.arranged || yearOf(person.birth) > 2000 || !random.chance(0.5))
    return { kept: lived, from: null };
  const cut = dayOf(random.between(1988, 2015), 1, 1);
  const kept = lived.filter(({ kind, to }) => kind !== "PERMANENT" || to === null || to >= cut);
  const first = kept[0];
  if (kept.length === lived.length || first === undefined) return { kept: lived, from: null };
  return { kept, from: first.from };
}

type Spoiled = {
  readonly periods: readonly Recorded[];
  readonly defect: null | {
    readonly kind: "RESIDENCE_GAP" | "RESIDENCE_OVERLAP";
    readonly truth: Readonly<Record<string, unknown>>;
  };
};

/** Two homes that meet, and the seam between them torn or doubled; nothing stays open of the dead. */
function spoil(random: Random, periods: readonly Period[], today: Day | null): Spoiled {
  const whole: Spoiled = { periods, defect: null };
  const torn = random.chance(shares.residenceGap / shareTearable);
  if (!torn && !random.chance(shares.residenceOverlap / shareDoubled)) return whole;
  const seams = periods.flatMap((period, index) => {
    const next = periods[index + 1];
    return period.kind === "PERMANENT" && next?.kind === "PERMANENT" ? [index] : [];
  });
  if (seams.length === 0) return whole;
  const at = random.pick(seams);
  const period = periods[at];
  const next = periods[at + 1];
  if (!period || !next || period.to === null) return whole;

  if (torn) {
    const length = Math.floor((period.to - period.from) * (0.2 + 0.5 * random.unit()));
    if (length < 30 || yearOf(period.to - length) < 1976) return whole;
    const to = period.to - length;
    return {
      periods: periods.with(at, { ...period, to }),
      defect: {
        kind: "RESIDENCE_GAP",
        truth: {
          from: dayText(to + 1),
          to: dayText(period.to),
          unit: period.commune ? unitOn(period.commune, period.from) : null,
        },
      },
    };
  }
  const open = today !== null && random.chance(0.5);
  const to = Math.min(next.to ?? today ?? period.to, period.to + random.between(60, 900));
  const stale: Recorded = open
    ? { ...period, to: null, endReason: null, destination: null, stale: true }
    : { ...period, to, stale: true };
  return {
    periods: periods.with(at, stale),
    defect: {
      kind: "RESIDENCE_OVERLAP",
      truth: { endedOn: dayText(period.to), left: open ? "OPEN" : "LATE" },
    },
  };
}
