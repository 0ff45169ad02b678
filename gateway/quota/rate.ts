import { sql } from "kysely";
import type { GatewayDatabase } from "../database/pool.ts";
import type { QuotaClock } from "./clock.ts";
import { ledgerTime } from "./ledger.ts";

/** How the owner's calls a second are shared among the processes. */

/** What a process of those that share says of itself. */
export interface Claim {
  readonly process: string;
  readonly wanted: number;
}

/**
 * Divides calls among processes: each gets what it wants as far as that is fair, and what is left over in
 * equal parts, as it costs nobody anything. A remainder goes round with `turn`, so that one call a second
 * serves several processes in their turn.
 */
export function divideCalls(
  calls: number,
  claims: readonly Claim[],
  turn: number,
): Map<string, number> {
  const ordered = claims.toSorted((a, b) => (a.process < b.process ? -1 : 1));
  const shares = new Map(ordered.map(({ process }) => [process, 0]));
  let left = calls;
  const deal = (among: readonly Claim[], most: (claim: Claim) => number) => {
    const each = Math.floor(left / among.length);
    for (const claim of among) {
      const had = shares.get(claim.process) ?? 0;
      const part = Math.min(each, Math.max(0, most(claim) - had));
      shares.set(claim.process, had + part);
      left -= part;
    }
  };
  const unsatisfied = () =>
    ordered.filter(({ process, wanted }) => wanted > (shares.get(process) ?? 0));
  for (
    let hungry = unsatisfied();
    hungry.length > 0 && left >= hungry.length;
    hungry = unsatisfied()
  )
    deal(hungry, ({ wanted }) => wanted);
  const hungry = unsatisfied();
  const rest = hungry.length > 0 ? hungry : ordered;
  if (hungry.length === 0 && ordered.length > 0) deal(ordered, () => calls);
  for (let index = 0; left > 0 && rest.length > 0; index++, left--) {
    const { process } = rest[(index + turn) % rest.length]!;
    shares.set(process, (shares.get(process) ?? 0) + 1);
  }
  return shares;
}

/** Milliseconds after its last word at which a process's share is given to others. */
const shareMs = 2_000;

/**
 * Milliseconds for which a share may be used. What leaves at the end of it has reached the owner, and a
 * second has passed, before another process may use the places: 100 ms are for the way there.
 */
const usableMs = shareMs - 1_000 - 100;

export interface ShareRequest {
  readonly source: string;
  readonly process: string;
  /** The owner's limit. */
  readonly callsPerSecond: number;
  /** Places that are taken now, or may be before the answer comes: those cannot be given up. */
  readonly held: number;
  /** Places that were taken or waited for within the last second. */
  readonly wanted: number;
}

export interface Share {
  readonly calls: number;
  /** Instant of the monotonic clock. */
  readonly usableUntil: number;
}

/**
 * Renews a process's share: takes what it is due, as far as others have given it up, and gives up what
 * others are due, as far as it holds none of those places any more. One process does so after the other.
 *
 * Calls leave while the ledger is asked, so what a process is no longer due it first stops using, and
 * gives up the next time.
 */
export async function renewShare(
  database: GatewayDatabase,
  { source, process, callsPerSecond, held, wanted }: ShareRequest,
  clock: QuotaClock,
): Promise<Share> {
  const askedAt = clock.monotonic();
  const calls = await database.transaction().execute(async (transaction) => {
    await sql`insert into rate values (${source}) on conflict do nothing`.execute(transaction);
    await sql`select from rate where source = ${source} for update`.execute(transaction);
    await sql`
      delete from rate_share where source = ${source} and ends_at <= clock_timestamp()
    `.execute(transaction);
    const { rows } = await sql<Claim & { calls: number; now: number }>`
      select process, wanted, calls, ${ledgerTime} as now from rate_share
        where source = ${source}
    `.execute(transaction);
    const own = rows.find((row) => row.process === process)?.calls ?? 0;
    const others = rows.filter((row) => row.process !== process);
    const turn = Math.floor((rows[0]?.now ?? 0) / turnMs);
    const due =
      divideCalls(callsPerSecond, [...others, { process, wanted }], turn).get(process) ?? 0;
    const free = callsPerSecond - others.reduce((sum, { calls }) => sum + calls, 0);
    const share = Math.max(0, Math.min(free, Math.max(due, Math.min(own, held))));
    await sql`
      insert into rate_share (source, process, calls, wanted, ends_at)
        values (${source}, ${process}, ${share}, ${wanted},
                clock_timestamp() + ${shareMs} * interval '1 millisecond')
        on conflict (source, process) do update
          set calls = excluded.calls, wanted = excluded.wanted, ends_at = excluded.ends_at
    `.execute(transaction);
    return Math.min(share, due);
  });
  return { calls, usableUntil: askedAt + usableMs };
}

/** Milliseconds for which a remainder stays with one process: a call, the second after it, and its handing on. */
const turnMs = 2_500;

/** Gives a share up, when none of its places is taken. */
export async function dropShare(
  database: GatewayDatabase,
  source: string,
  process: string,
): Promise<void> {
  await sql`delete from rate_share where source = ${source} and process = ${process}`.execute(
    database,
  );
}
