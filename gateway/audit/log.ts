import type { Pool, PoolClient } from "pg";
import type { AwaitCompany } from "../database/company.ts";
import { appendLock, writeGroup } from "./append-statement.ts";
import type { LogEnd, Written } from "./append-statement.ts";
import type { Entry } from "./entry.ts";
import { findLogEnd, LogWentBack } from "./log-end.ts";
import type { FoundEnd } from "./log-end.ts";
import { sealEntry } from "./seal.ts";
import type { SealedEntry } from "./seal.ts";
import type { Statements } from "./stored-tree.ts";

/** The log, to be added to. */
export interface AuditLog {
  /**
   * Writes entries next to each other and answers their indexes once they are committed. It rejects where
   * they could not be recorded; they may still have been, if the line broke at the last moment.
   */
  append(entries: readonly Entry[]): Promise<readonly number[]>;
  /** Asks the database whether the log is there and goes on from what this process wrote; rejects with why not. */
  check(): Promise<void>;
}

export interface AuditLogOptions {
  /** To the log's database, two at least: one waits for its turn while another writes. */
  readonly connections: Pick<Pool, "query" | "connect">;
  /** Milliseconds that never go back nor jump, since whenever. */
  readonly monotonic: () => number;
  /** Waits for those who come at the same time, to share a statement; without it a group leaves at once. */
  readonly awaitCompany?: AwaitCompany;
}

/** Entries of one statement at most, unless one append alone has more. */
const largestGroup = 500;

/** Entries that may wait: about three seconds of a busy gateway. More would only fail later. */
const mostWaiting = 10_000;

interface Waiting {
  readonly entries: readonly SealedEntry[];
  readonly resolve: (indexes: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens the log for adding to it. Appends that come while a group is written make up the next group. Any
 * number of processes may do so at once: the database lets one group in after the other.
 *
 * Times are the database's, carried on by the monotonic clock from its latest answer, and never earlier
 * than the newest entry's: where the database's clock goes back, entries bear that one's time until it
 * has caught up.
 */
export function openLog({ connections, monotonic, awaitCompany }: AuditLogOptions): AuditLog {
  const waiting: Waiting[] = [];
  let waitingEntries = 0;
  const countWaiting = () => waiting.length;
  let running = false;
  let known: { readonly end: LogEnd; readonly now: number; readonly readAt: number } | undefined;
  let wentBack: LogWentBack | undefined;
  /** Whether nobody else appended when this process last looked. */
  let alone = true;

  const remember = ({ end, now }: Written) => {
    known = { end, now, readAt: monotonic() };
  };

  /** After the end that this process wrote itself: one round trip, as long as nobody else appends. */
  async function writeNext(group: readonly SealedEntry[]): Promise<Written | undefined> {
    if (known === undefined || !alone) return undefined;
    const { end, now, readAt } = known;
    const at = Math.max(end.lastAt, Math.floor(now + monotonic() - readAt));
    return await writeGroup(connections, group, end, at).catch(ignoreTaken);
  }

  /** After whatever end there is, when the others that wait before us have appended. */
  async function writeInTurn(group: readonly SealedEntry[]): Promise<Written> {
    const session = await connections.connect();
    try {
      await session.query(
        `begin isolation level read committed; select pg_advisory_xact_lock(${appendLock})`,
      );
      const { end, now } = await findEnd(session);
      alone = known === undefined || end.range.size === known.end.range.size;
      const written = await writeGroup(session, group, end, Math.max(end.lastAt, now));
      if (written === undefined)
        throw new Error(
          "The log's database took more than five seconds between telling the time and writing it down. Ask again.",
        );
      await session.query("commit");
      session.release();
      return written;
    } catch (error) {
      discard(session);
      throw error;
    }
  }

  /** @returns the index of its first entry */
  async function writeAny(group: readonly SealedEntry[]): Promise<number> {
    if (wentBack) throw wentBack;
    // Where this fails it may not be known whether the group was written; the next one finds out.
    const written = (await writeNext(group)) ?? (await writeInTurn(group));
    remember(written);
    return written.end.range.size - group.length;
  }

  /** As `findLogEnd`; a log that went back stays so for this process. */
  async function findEnd(statements: Statements): Promise<FoundEnd> {
    try {
      return await findLogEnd(statements, known?.end);
    } catch (error) {
      if (error instanceof LogWentBack) wentBack = error;
      throw error;
    }
  }

  async function writeWaiting(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      if (awaitCompany) await awaitCompany(countWaiting);
      const group = takeGroup(waiting);
      const entries = group.flatMap((each) => each.entries);
      waitingEntries -= entries.length;
      try {
        let index = await writeAny(entries);
        for (const { entries, resolve } of group) resolve(entries.map(() => index++));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = false;
  }

  return {
    async append(entries) {
      if (entries.length === 0) return [];
      const sealed = entries.map(sealEntry);
      if (waitingEntries + sealed.length > mostWaiting)
        throw new Error(
          `More than ${mostWaiting} entries wait for the log's database; nothing more is taken on until it answers.`,
        );
      return await new Promise((resolve, reject) => {
        waiting.push({ entries: sealed, resolve, reject });
        waitingEntries += sealed.length;
        if (!running) void writeWaiting();
      });
    },
    async check() {
      if (wentBack) throw wentBack;
      await findEnd(connections);
    },
  };
}

/** Whole appends, since the indexes of one are neighbours. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  let [count, entries] = [0, 0];
  for (const { entries: more } of waiting) {
    if (count > 0 && entries + more.length > largestGroup) break;
    entries += more.length;
    count++;
  }
  return waiting.splice(0, count);
}

/** Another appender took the index first: not a failure, since it is told apart by its code alone. */
function ignoreTaken(error: unknown): undefined {
  if ((error as { code?: unknown }).code === "23505") return undefined;
  throw error;
}

/** A session whose transaction failed may be broken in any way; closing it ends the transaction too. */
function discard(session: PoolClient): void {
  session.release(true);
}
