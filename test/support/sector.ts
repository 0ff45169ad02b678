import { pino } from "pino";
import { openDatabase } from "../../subgraphs/kit/database.ts";
import type { Sector } from "../../subgraphs/kit/sector.ts";
import { startSector } from "../../subgraphs/kit/start.ts";
import type { RunningSector, StartOptions } from "../../subgraphs/kit/start.ts";
import type { Kysely } from "kysely";
import { createDatabase } from "./database.ts";

export interface Answer {
  // An answer's shape is the query's; the assertions on it are the test.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string; readonly [detail: string]: unknown };
  }[];
}

export interface SectorUnderTest<Tables> {
  readonly url: string;
  readonly databaseUrl: string;
  /** A way into its database that is not counted, for fixtures. */
  readonly database: Kysely<Tables>;
  /** Statements sent since the last `ask` began. */
  readonly statements: readonly string[];
  /** Of them, those for citizens: not the look for newer units, which any request may set off. */
  statementsOnCitizens(): readonly string[];
  /** What it logged, a line each. */
  readonly log: readonly string[];
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Asks as a gateway does, for `selection` on the citizens of `representations`. */
  askEntities(selection: string, representations: readonly object[]): Promise<Answer>;
  stop(): Promise<void>;
}

/** The day on which the tests live, in a world where the two tiers have been there for a while. */
const testDay = "2026-06-15";

/** Starts a sector in this process on a free port, over a database of its own. */
export async function startSectorUnderTest<Tables, Loaders>(
  sector: Sector<Tables, Loaders>,
  options: Partial<Pick<StartOptions, "statementMs" | "serviceTokens" | "now">> = {},
): Promise<SectorUnderTest<Tables>> {
  const { url: databaseUrl, drop } = await createDatabase(sector);
  const statements: string[] = [];
  const log: string[] = [];
  const running: RunningSector = await startSector(sector, {
    databaseUrl,
    host: "127.0.0.1",
    port: 0,
    now: () => new Date(`${testDay}T03:00:00Z`),
    log: pino({ level: "info" }, { write: (line: string) => void log.push(line) }),
    serviceTokens: undefined,
    onStatement: (sql) => void statements.push(sql),
    ...options,
  });
  const database = openDatabase<Tables>(databaseUrl, { connections: 2 });

  const ask: SectorUnderTest<Tables>["ask"] = async (query, variables) => {
    statements.length = 0;
    const response = await fetch(running.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };
  return {
    url: running.url,
    databaseUrl,
    database,
    statements,
    statementsOnCitizens: () => statements.filter((sql) => !sql.includes("unit_edition")),
    log,
    ask,
    askEntities: (selection, representations) =>
      ask(
        `query ($representations: [_Any!]!) {
          _entities(representations: $representations) { ... on Citizen ${selection} }
        }`,
        { representations },
      ),
    stop: async () => {
      await running.stop();
      await database.destroy();
      await drop();
    },
  };
}
