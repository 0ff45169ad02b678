import type { Access } from "../access.ts";
import type { Batches } from "./batch.ts";
import type { AnswerCache } from "./cache.ts";
import type { CallLine } from "./call.ts";
import type { EntityOperation } from "./operation.ts";
import type { AskedRow, Failure } from "./read-rows.ts";
import { abandonment, fromCache, saysNothing } from "./row-reply.ts";
import type { RowReply } from "./row-reply.ts";
import { sendRows } from "./send-rows.ts";
import type { Variables } from "./shape.ts";

/** Rows that one fetch asks for by one operation, each row once. */
export interface RowsQuestion {
  readonly operation: EntityOperation;
  /** The values of the operation's variables. */
  readonly variables: Variables;
  readonly rows: readonly AskedRow[];
}

/** What the rows of a source are asked through. */
export interface RowLine extends CallLine {
  readonly batches: Batches<RowAsk, RowReply>;
  /** Questions under way, by agency, purpose, operation, variables and representation. */
  readonly flights: Map<string, Flight>;
  readonly cache: AnswerCache;
  /** Whether rows for several agencies may travel in one call. */
  readonly joinAgencies: boolean;
  /** Whether the source may say that there is nobody of a row's key. */
  readonly mayDeny: (row: AskedRow) => boolean;
}

/** A question about one row, on its way into a batch. */
export interface RowAsk {
  readonly key: string;
  readonly row: AskedRow;
  /** The representation, as JSON. */
  readonly text: string;
  /** Of the request that asked first. */
  readonly access: Access;
  /** How many requests wait for the answer. */
  waiting: number;
  /** Called when the last of them has gone. */
  whenDeserted: () => void;
}

/** A question under way: everybody who has the same one waits for it. */
export interface Flight {
  readonly ask: RowAsk;
  readonly reply: Promise<RowReply>;
}

/**
 * Asks a source for rows: what is kept is taken, what is under way is waited for, the rest goes with the
 * next batch. Whoever gets a row gets the same object: read it, and never write into it.
 *
 * @param silent set where this request found the source silent before: then it is not asked
 */
export async function askRows(
  { operation, variables, rows }: RowsQuestion,
  access: Access,
  silent: Failure | undefined,
  line: RowLine,
): Promise<readonly RowReply[]> {
  const { agency, purpose, signal } = access;
  const values = JSON.stringify(variables);
  const scope = `${agency} ${purpose} ${operation.id} ${values} `;
  const replies: (RowReply | undefined)[] = [];
  const boarded: RowAsk[] = [];
  const arrivals: Promise<void>[] = [];
  for (const [place, row] of rows.entries()) {
    const text = JSON.stringify(row.known);
    const key = scope + text;
    const kept = line.cache.fresh(key);
    if (kept) replies[place] = fromCache(kept, "CACHED", 0);
    else if (silent) replies[place] = inSilence(key, silent, 0, line);
    else if (!signal.aborted) {
      const known = line.flights.get(key);
      const { ask, reply } =
        known ?? takeOff({ row, text, key, values, operation, variables, access }, line);
      ask.waiting++;
      boarded.push(ask);
      arrivals.push(
        reply.then((came) => {
          replies[place] = known ? { ...came, records: 0 } : came;
        }),
      );
    }
  }
  if (arrivals.length > 0) await untilAborted(Promise.all(arrivals), boarded, signal);
  return rows.map((_, place) => replies[place] ?? saysNothing(abandonment(signal), 0));
}

interface TakeOff extends Omit<RowsQuestion, "rows"> {
  readonly row: AskedRow;
  readonly text: string;
  readonly key: string;
  readonly values: string;
  readonly access: Access;
}

function takeOff(
  { row, text, key, values, operation, variables, access }: TakeOff,
  line: RowLine,
): Flight {
  const { batches, flights, cache, joinAgencies } = line;
  const ask: RowAsk = { key, row, text, access, waiting: 0, whenDeserted: () => {} };
  const own = joinAgencies ? "" : `${access.agency} ${access.purpose}`;
  const batch = `${operation.id} ${access.lane} ${own} ${values}`;
  const land = (reply: RowReply): RowReply => {
    flights.delete(key);
    if (reply.silence) return inSilence(key, reply.silence, reply.records, line);
    if (reply.asOf !== null) cache.put(key, reply.answer, reply.asOf, reply.bytes);
    return reply;
  };
  const reply = batches
    .load(batch, ask, (asks) => sendRows(asks, operation, variables, line))
    .then(land, (error: unknown) => {
      flights.delete(key);
      throw error;
    });
  const flight = { ask, reply };
  flights.set(key, flight);
  return flight;
}

/** The reply in a source's silence: what is kept from before, where it may still be told. */
function inSilence(key: string, failure: Failure, records: number, { cache }: RowLine): RowReply {
  const kept = cache.stale(key);
  return kept ? fromCache(kept, "STALE", records) : saysNothing(failure, records);
}

/** Waits for replies, or until nobody waits for this request's any more. */
function untilAborted(
  arrivals: Promise<unknown>,
  boarded: readonly RowAsk[],
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      for (const ask of boarded) if (--ask.waiting === 0) ask.whenDeserted();
      resolve();
    };
    signal.addEventListener("abort", leave, { once: true });
    arrivals
      .then(() => resolve(), reject)
      .finally(() => signal.removeEventListener("abort", leave));
  });
}
