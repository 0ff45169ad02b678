import { isDeepStrictEqual } from "node:util";
import pg from "pg";

/** What the benchmark asks: one citizen's life in four ministries. */
export interface Dossier {
  readonly pin: string;
  readonly fullName: string | null;
  readonly residences: readonly { readonly kind: string; readonly address: string | null }[] | null;
  readonly maritalHistory: readonly { readonly spouse: { readonly pin: string } | null }[] | null;
  readonly healthInsurance: { readonly cardNumber: string } | null;
  readonly enrolments: readonly { readonly schoolYear: string }[] | null;
}

/** The four registers, read past every gateway and subgraph. */
export function openRegisters(databases: NodeJS.ProcessEnv) {
  const open = (name: string) =>
    new pg.Pool({ connectionString: databases[`${name}_DATABASE_URL`]! });
  const registers = {
    population: open("POPULATION"),
    civilStatus: open("CIVIL_STATUS"),
    healthInsurance: open("HEALTH_INSURANCE"),
    education: open("EDUCATION"),
  };
  const close = () => Promise.all(Object.values(registers).map((pool) => pool.end()));
  return { ...registers, close };
}

type Registers = ReturnType<typeof openRegisters>;

/** Distinct people, drawn evenly from the whole register. */
export async function drawPins({ population }: Registers, count: number): Promise<string[]> {
  const { rows } = await population.query<{ pin: string }>(
    "select pin from citizen order by random() limit $1",
    [count],
  );
  return rows.map(({ pin }) => pin);
}

/** Whether an answer says what the registers say; each list is compared as a sorted one. */
export async function agreesWithRegisters(
  { population, civilStatus, healthInsurance, education }: Registers,
  pin: string,
  answer: Dossier,
): Promise<boolean> {
  const aliases = await population.query<{ old_pin: string }>(
    "select old_pin from pin_alias where pin = $1",
    [pin],
  );
  const pins = [pin, ...aliases.rows.map(({ old_pin }) => old_pin)];
  const column = async (pool: pg.Pool, sql: string) =>
    (await pool.query<{ value: string }>(sql, [pins])).rows.map(({ value }) => value).toSorted();
  const truth = {
    names: await column(population, "select full_name as value from citizen where pin = any($1)"),
    addresses: await column(
      population,
      "select kind || coalesce(address, '') as value from residence where pin = any($1)",
    ),
    spouses: await column(
      civilStatus,
      `select distinct case when husband_pin = any($1) then wife_pin else husband_pin end as value
       from marriage where (husband_pin = any($1) or wife_pin = any($1))
         and husband_pin is not null and wife_pin is not null`,
    ),
    card: await column(
      healthInsurance,
      `select card_number as value from card where pin = any($1)
       order by valid_from desc, id desc limit 1`,
    ),
    years: await column(
      education,
      `select school_year as value from enrolment join pupil on pupil.code = pupil_code
       where pin = any($1)`,
    ),
  };
  const spouses = (answer.maritalHistory ?? []).flatMap(({ spouse }) => spouse?.pin ?? []);
  return isDeepStrictEqual(truth, {
    names: [answer.fullName],
    addresses: (answer.residences ?? []).map((r) => r.kind + (r.address ?? "")).toSorted(),
    spouses: [...new Set(spouses)].toSorted(),
    card: answer.healthInsurance ? [answer.healthInsurance.cardNumber] : [],
    years: (answer.enrolments ?? []).map(({ schoolYear }) => schoolYear).toSorted(),
  });
}
