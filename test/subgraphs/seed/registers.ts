import type { Selectable } from "kysely";
import type { Birth, Death } from "../../../subgraphs/civil-status/database/types.ts";
import type { Pupil } from "../../../subgraphs/education/database/types.ts";
import type { Card } from "../../../subgraphs/health-insurance/database/types.ts";
import type { Citizen, Residence } from "../../../subgraphs/population/database/types.ts";
import type { CountryDatabases } from "./seeded-country.ts";

type Row<Table> = Selectable<Table>;

interface Defect {
  readonly pin: string;
  readonly register: string;
  readonly kind: string;
  readonly truth: Readonly<Record<string, unknown>>;
}

/** A marriage act with what ended it in the book. */
interface MarriageAct {
  readonly date: string | null;
  /** A day to sort by: the entry's, where the date can't be read. */
  readonly day: string;
  readonly spouse: string | null;
  readonly ended: string | null;
}

/** All that a small country's registers hold, by the number borne today. */
export interface Registers {
  readonly citizens: readonly Row<Citizen>[];
  readonly births: ReadonlyMap<string, readonly Row<Birth>[]>;
  readonly deaths: ReadonlyMap<string, readonly Row<Death>[]>;
  readonly marriages: ReadonlyMap<string, readonly MarriageAct[]>;
  /** Permanent residences, in order of time. */
  readonly permanent: ReadonlyMap<string, readonly Row<Residence>[]>;
  readonly pupils: readonly Row<Pupil>[];
  readonly cards: readonly Row<Card>[];
  currentPin(pin: string | null): string | null;
  hasDefect(pin: string, kind: string, act?: string): boolean;
  pupilDefect(code: string, kind: string): Defect["truth"] | undefined;
  defectsOf(kind: string): readonly Defect[];
  /** Marital status and spouse as the acts give them, deaths by the population register. */
  statusByActs(citizen: Row<Citizen>): { mark: string; spouse: string | null };
}

export async function readRegisters(country: CountryDatabases): Promise<Registers> {
  const { population, civilStatus, education, healthInsurance, manifest } = country;
  const citizens = await population.selectFrom("citizen").selectAll().execute();
  const aliases = await population.selectFrom("pin_alias").selectAll().execute();
  const newNumbers = new Map(aliases.map(({ old_pin: old, pin }) => [old, pin]));
  const currentPin = (pin: string | null) => (pin === null ? null : (newNumbers.get(pin) ?? pin));
  const byPin = <Item extends { pin: string | null }>(items: readonly Item[]) =>
    Map.groupBy(
      items.filter(({ pin }) => pin !== null),
      ({ pin }) => currentPin(pin) ?? "",
    );

  const births = await civilStatus.selectFrom("birth").selectAll().execute();
  const deaths = await civilStatus.selectFrom("death").selectAll().execute();
  const acts = await civilStatus
    .selectFrom("marriage")
    .leftJoin("marriage_end", (join) =>
      join
        .onRef("marriage_end.marriage_id", "=", "marriage.id")
        .on("marriage_end.registered_on", "is not", null),
    )
    .selectAll("marriage")
    .select("marriage_end.kind as ended")
    .where("marriage.status", "<>", "CANCELLED")
    .execute();
  const marriages = byPin(
    acts.flatMap((act) =>
      [
        [act.husband_pin, act.wife_pin],
        [act.wife_pin, act.husband_pin],
      ].map(([pin, spouse]) => ({
        pin: pin ?? null,
        spouse: currentPin(spouse ?? null),
        date: act.date,
        day: act.date ?? act.registered_on,
        ended: act.ended,
      })),
    ),
  );
  const residences = await population
    .selectFrom("residence")
    .selectAll()
    .where("kind", "=", "PERMANENT")
    .orderBy("from_date")
    .execute();
  const pupils = await education.selectFrom("pupil").selectAll().execute();
  const cards = await healthInsurance.selectFrom("card").selectAll().execute();
  const defects: Defect[] = await manifest.selectFrom("defect").selectAll().execute();
  const defectsByPin = Map.groupBy(defects, ({ pin }) => pin);
  const pupilDefects = new Map(
    defects.map(({ kind, truth }) => [`${String(truth["code"])} ${kind}`, truth]),
  );
  const dead = new Map(citizens.map(({ pin, death_date: died }) => [pin, died]));

  return {
    citizens,
    births: byPin(births),
    deaths: byPin(deaths),
    marriages,
    permanent: byPin(residences),
    pupils,
    cards,
    currentPin,
    hasDefect: (pin, kind, act) =>
      defectsByPin
        .get(pin)
        ?.some(
          (defect) => defect.kind === kind && (act === undefined || defect.truth["act"] === act),
        ) ?? false,
    pupilDefect: (code, kind) => pupilDefects.get(`${code} ${kind}`),
    defectsOf: (kind) => defects.filter((defect) => defect.kind === kind),
    statusByActs(citizen) {
      const own = (marriages.get(citizen.pin) ?? []).toSorted((one, other) =>
        one.day < other.day ? 1 : -1,
      );
      for (const { spouse, ended } of own) {
        if (ended === "ANNULMENT") continue;
        if (ended === "DIVORCE") return { mark: "DIVORCED", spouse: null };
        const died = spouse === null ? null : dead.get(spouse);
        const survived = died && died < (citizen.death_date ?? "9999");
        return survived ? { mark: "WIDOWED", spouse: null } : { mark: "MARRIED", spouse };
      }
      return { mark: "NEVER_MARRIED", spouse: null };
    },
  };
}
