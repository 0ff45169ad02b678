import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { inject, onTestFinished } from "vitest";
import { openPool } from "../../../gateway/database/pool.ts";
import type { GatewayDatabase } from "../../../gateway/database/pool.ts";
import { readAccount } from "../../../gateway/quota/accounts.ts";
import { pots, usedBy } from "../../../gateway/quota/lanes.ts";
import { openOwnerLine } from "../../../gateway/quota/owner-line.ts";
import { openQuota } from "../../../gateway/quota/quota.ts";
import type {
  Ask,
  Quota,
  Refusal,
  Reservation,
  SourceQuota,
} from "../../../gateway/quota/quota.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { parseTermsBySource } from "../../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../../schema/terms.ts";
import { asAdmin, createGatewayDatabase } from "../../support/database.ts";
import { holdClock } from "./clock.ts";
import type { HeldClock } from "./clock.ts";
import { startOwner } from "./owner.ts";
import type { TestOwner } from "./owner.ts";
import { countUnderWay, isQuiet } from "./under-way.ts";

const fetchOwner = openOwnerLine();

/** An owner with a limit, and processes that share one ledger, all by one clock that the test holds. */
export interface Country {
  readonly clock: HeldClock;
  readonly owner: TestOwner;
  readonly database: GatewayDatabase;
  readonly terms: SourceTerms;
  /** What the processes were told of the ledger's failing. */
  readonly failures: readonly string[];
  /** One more process, by these terms or the country's. */
  start(terms?: SourceTerms): TestProcess;
  /** The day's account, as sums over its pots; undefined where it is not open. */
  account(day?: string): Promise<Sums | undefined>;
  /** Reaches no database any more, as if it were gone; and again. */
  cutLedger(): Promise<void>;
  mendLedger(): Promise<void>;
  /** Ends it before the test does, which may open many. */
  end(): Promise<void>;
}

export interface Sums {
  readonly limit: number;
  readonly free: number;
  readonly leased: number;
  readonly doubt: number;
  readonly spent: number;
}

export interface TestProcess extends Quota {
  readonly source: SourceQuota;
  /** Reserves for one agency. */
  reserve(units: number, lane?: Lane, agency?: string): ReturnType<SourceQuota["reserve"]>;
}

/** Opens a country, gone when the test ends. */
export async function openCountry(
  terms: object,
  start = "2026-07-24T10:00:00+07:00",
): Promise<Country> {
  const { url, drop } = await createGatewayDatabase();
  const session = new Client({
    connectionString: inject("clusterUrl").replace(/\/postgres$/, new URL(url).pathname),
  });
  await session.connect();
  const clock = await holdClock(session, start, isQuiet);
  const limit = (terms as { perDay?: number }).perDay ?? Number.POSITIVE_INFINITY;
  const owner = await startOwner(clock, limit);
  const pools: GatewayDatabase[] = [];
  const failures: string[] = [];
  const open = () => {
    const pool = openPool(url);
    pools.push(pool);
    return pool;
  };
  let ending: Promise<void> | undefined;
  const end = () =>
    (ending ??= (async () => {
      await Promise.all(pools.map((pool) => pool.destroy()));
      await owner.stop();
      await session.end();
      await drop();
    })());
  onTestFinished(end);
  const database = open();
  const read = parseTermsBySource(
    JSON.stringify({ population: { meter: owner.url, countsKeysOnce: true, ...terms } }),
    "terms.json",
  ).get("population")!;
  const name = new URL(url).pathname.slice(1);
  return {
    clock,
    owner,
    database,
    terms: read,
    failures,
    end,
    start(terms = read) {
      const quota = openQuota({
        database: open(),
        sources: new Map([["population", { terms, url: `${owner.url}/graphql` }]]),
        clock,
        newId: randomUUID,
        fetchOwner: (...asked) => countUnderWay(fetchOwner(...asked)),
        onFailure: (error) => failures.push(String(error)),
      });
      const source = quota.sources.get("population")!;
      return {
        ...quota,
        source,
        reserve: (units, lane = "counter", agency = "hue") =>
          source.reserve(askFor({ [agency]: units }, lane)),
      };
    },
    async account(day = "2026-07-24") {
      const account = await readAccount(database, "population", parseCivilDate(day));
      if (!account) return undefined;
      const sum = (kind: "leased" | "doubt" | "spent") =>
        pots.reduce((units, pot) => units + account.pots[pot][kind], 0);
      const { limit, free } = account;
      const used = pots.reduce((units, pot) => units + usedBy(account.pots[pot]), 0);
      if (used + free !== limit) throw new Error("The account does not balance.");
      return { limit, free, leased: sum("leased"), doubt: sum("doubt"), spent: sum("spent") };
    },
    async cutLedger() {
      const { rows } = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
      await asAdmin(async (admin) => {
        await admin.query(`alter database ${name} with allow_connections false`);
        await admin.query(
          "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1 and pid <> $2",
          [name, rows[0]!.pid],
        );
      });
    },
    async mendLedger() {
      await asAdmin((admin) => admin.query(`alter database ${name} with allow_connections true`));
    },
  };
}

/** What a call for several agencies asks for. */
export function askFor(units: Record<string, number>, lane: Lane = "counter"): Ask {
  return { lane, units: new Map(Object.entries(units)), signal: new AbortController().signal };
}

/** The reservation, where there must be one. */
export function reserved(given: Reservation | Refusal): Reservation {
  if (given.kind !== "reserved") throw new Error(`Expected units, not ${JSON.stringify(given)}.`);
  return given;
}

/** Units of a reservation, all agencies together; 0 for a refusal. */
export function unitsOf(given: Reservation | Refusal): number {
  if (given.kind !== "reserved") return 0;
  return [...given.granted.values()].reduce((sum, units) => sum + units, 0);
}

/** Lets the owner count a call, and settles it by its answer. */
export function answer(owner: TestOwner, reservation: Reservation): boolean {
  const { counted, date, day } = owner.count(reservation.key, unitsOf(reservation));
  reservation.settle(
    counted
      ? { kind: "spent", ownerDate: date, countedDay: day }
      : { kind: "returned", ownerDate: date },
  );
  return counted;
}
