import { sql } from "kysely";
import type { Kysely } from "kysely";
import { addDays, parseCivilDate } from "../../schema/values/date.ts";
import type { DB } from "../../subgraphs/population/database/types.ts";
import { makePopulation } from "../../subgraphs/population/server.ts";
import { insertRows } from "../lives/life.ts";
import { tranThiHoa } from "../lives/tran-thi-hoa.ts";
import { waitForLocks } from "./locks.ts";
import { startSectorUnderTest } from "./sector.ts";
import type { Answer } from "./sector.ts";

export interface CallOptions {
  readonly key?: string;
  readonly extensions?: object;
}

/** An answer, and what the meter says of it. */
export interface Metered {
  readonly status: number;
  readonly day: string | null;
  readonly records: string | null;
  readonly date: string | null;
  readonly code: string | undefined;
  readonly body: Answer;
}

export interface MeteredPopulation {
  readonly database: Kysely<DB>;
  /** Sets the owner's clock to noon of a day that no test has had, and tells it. */
  beginDay(): Promise<string>;
  /** Stops the owner's clock at an instant. */
  setClock(instant: string): Promise<void>;
  /** Sends a query as a gateway does. */
  call(query: string, variables?: object, options?: CallOptions): Promise<Metered>;
  /** Asks for citizens by representation. */
  ask(pins: readonly string[], options?: CallOptions): Promise<Metered>;
  /** Knocks at a door of the meter: POST with a body, GET without. */
  // oxlint-disable-next-line typescript/no-explicit-any
  knock(path: string, body?: unknown): Promise<{ status: number; body: any }>;
  // oxlint-disable-next-line typescript/no-explicit-any
  settle(...keys: readonly string[]): Promise<any>;
  // oxlint-disable-next-line typescript/no-explicit-any
  close(lease: string): Promise<any>;
  /** What the meter says of a day. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readDay(day: string): Promise<any>;
  /** Holds the rows of a day while `work` runs, so that each call waits where it would be counted. */
  holdDay<T extends object>(day: string, work: () => Promise<T>): Promise<T>;
  /** Waits until so many sessions of the database wait for a lock. */
  waitForLocks(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** The register with Hoa's family in it, and a meter with a limit that a test can reach. */
export async function startMeteredPopulation(perDay: number | null): Promise<MeteredPopulation> {
  const { url, database, stop } = await startSectorUnderTest(makePopulation({ perDay }));
  await insertRows(database, tranThiHoa.population);
  let day = parseCivilDate("2026-06-14");

  const setClock = async (instant: string) => {
    await sql`
      create or replace function meter_now() returns timestamptz language sql volatile
        return ${sql.lit(instant)}::timestamptz
    `.execute(database);
  };
  const call: MeteredPopulation["call"] = async (
    query,
    variables = {},
    { key, extensions } = {},
  ) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key && { "idempotency-key": key }) },
      body: JSON.stringify({ query, variables, extensions }),
    });
    const body = (await response.json()) as Answer;
    return {
      status: response.status,
      day: response.headers.get("meter-day"),
      records: response.headers.get("meter-records"),
      date: response.headers.get("date"),
      code: body.errors?.[0]?.extensions.code,
      body,
    };
  };
  const knock: MeteredPopulation["knock"] = async (path, body) => {
    const response = await fetch(
      url.replace("/graphql", path),
      body === undefined
        ? {}
        : {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          },
    );
    return { status: response.status, body: await response.json() };
  };
  return {
    database,
    setClock,
    async beginDay() {
      day = addDays(day, 1);
      await setClock(`${day}T05:00:00Z`);
      return day;
    },
    call,
    ask: (pins, options) =>
      call(
        `query ($representations: [_Any!]!) {
          _entities(representations: $representations) { ... on Citizen { pin fullName } }
        }`,
        { representations: citizens(pins) },
        options,
      ),
    knock,
    settle: async (...keys) => (await knock("/meter/settle", { keys })).body.keys,
    close: async (lease) => (await knock("/meter/close", { lease })).body.keys,
    readDay: async (of) => (await knock(`/meter?day=${of}`)).body,
    holdDay: (of, work) =>
      database.transaction().execute(async (holder) => {
        await sql`insert into meter_day values (${of}, 0)`.execute(holder);
        return work();
      }),
    waitForLocks: (count) => waitForLocks(database, count),
    stop,
  };
}

/** The representations of citizens. */
export function citizens(pins: readonly string[]) {
  return pins.map((pin) => ({ __typename: "Citizen", pin }));
}

/** So many numbers that nobody bears: an owner counts what is asked, found or not. */
export function nobodies(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `0010990${String(from + i).padStart(5, "0")}`);
}
