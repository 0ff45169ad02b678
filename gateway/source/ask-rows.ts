import type { Access } from "../access.ts";
import type { Batches } from "./batch.ts";
import type { AnswerCache } from "./cache.ts";
import type { CallLine } from "./call.ts";
import type { EntityOperation } from "./operation.ts";
import type { AskedRow, Failure } from "./read-rows.ts";
import { abandonment, fromBefore, fromCache, saysNothing } from "./row-reply.ts";
import type { Charged, RowReply } from "./row-reply.ts";
import { sendRows } from "./send-rows.ts";
import type { Variables } from "./shape.ts";
import type { TakeTurn } from "./turns.ts";

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
  /** Questions under way, by lane, agency, purpose (and where it is kept to oneself, subject), operation, variables and representation. */
  readonly flights: Map<string, Flight>;
  readonly cache: AnswerCache;
  /** Told of each row that was looked for in the cache, and of each that stands in for a silent source. */
  readonly onCache: (result: CacheResult) => void;
  /** Lets files go on one by one. */
  readonly takeTurn: TakeTurn;
  /** Whether rows for several requests may travel in one call, and for several agencies. */
  readonly joinRequests: boolean;
  readonly joinAgencies: boolean;
  /** Whether the source may say that there is nobody of a row's key. */
  readonly mayDeny: (row: AskedRow) => boolean;
}

/** What became of a look into the cache; the label of `lienthong_cache_total`. */
export type CacheResult = "hit" | "miss" | "stale";

/** A question about one row, on its way into a batch. */
export interface RowAsk {
  readonly row: AskedRow;
  /** The representation, as JSON. */
  readonly text: string;
  /** Of the request that asked first. */
  readonly access: Access;
  /** Those who wait for the answer; the same one twice where it asks in two fetches. */
  readonly waiting: Access[];
  /** Called when the last of them has gone. */
  whenDeserted: () => void;
  /** From now on nobody joins this question; whoever has the same one asks it anew. */
  close(): void;
}

/** A question under way: everybody who has the same one waits for it. */
export interface Flight {
  readonly ask: RowAsk;
  readonly reply: Promise<RowReply>;
  /** Whether one of them has been charged. */
  charged: boolean;
}

/**
 * Asks a source for rows: what is kept is taken, what is under way is waited for, the rest goes with the
 * next batch. Whoever gets a row gets the same object: read it, and never write into it.
 *
 * @param silent set where this request found the source silent before: then it is not asked
 */
export async function askRows(
  question: RowsQuestion,
  access: Access,
  silent: Failure | undefined,
  line: RowLine,
): Promise<readonly RowReply[]> {
  const { operation, variables, rows } = question;
  const { agency, purpose, subject, keptFor, lane, signal } = access;
  // As JSON, since codes may hold any separator.
  const asker = JSON.stringify([agency, purpose]);
  const owner = keptFor === "agency" ? asker : JSON.stringify([agency, purpose, subject]);
  const values = JSON.stringify(variables);
  const scope = `${owner} ${operation.id} ${values} `;
  const batch = line.joinRequests
    ? `${operation.id} ${lane} ${line.joinAgencies ? "" : asker} ${values}`
    : question;
  const replies: (RowReply | undefined)[] = [];
  const boarded: Boarded[] = [];
  for (const [place, row] of rows.entries()) {
    const text = JSON.stringify(row.known);
    const key = scope + text;
    const kept = line.cache.fresh(key);
    line.onCache(kept ? "hit" : "miss");
    if (kept) replies[place] = fromCache(kept);
    else if (silent) replies[place] = inSilence(key, silent, line);
    else if (!signal.aborted) {
      const flight =
        line.flights.get(`${lane} ${key}`) ??
        takeOff({ row, text, key, batch, operation, variables, access }, line);
      flight.ask.waiting.push(access);
      boarded.push({ flight, place });
    }
  }
  if (boarded.length > 0) await arrive(boarded, replies, access);
  if (lane !== "counter") await line.takeTurn();
  return rows.map((_, place) => replies[place] ?? saysNothing(abandonment(signal)));
}

/** A flight's reply for one of those who wait for it, of whom the first that is still there is charged. */
function charge(flight: Flight, reply: RowReply): RowReply {
  if (flight.charged) return { ...reply, records: 0 };
  flight.charged = true;
  if (reply.records > 0) reply.bill?.take(flight.ask.access.agency, reply.records);
  return reply;
}

interface TakeOff extends Omit<RowsQuestion, "rows"> {
  readonly row: AskedRow;
  readonly text: string;
  readonly key: string;
  readonly batch: string | RowsQuestion;
  readonly access: Access;
}

function takeOff(
  { row, text, key, batch, operation, variables, access }: TakeOff,
  line: RowLine,
): Flight {
  const { batches, flights } = line;
  const flightKey = `${access.lane} ${key}`;
  const close = () => {
    if (flights.get(flightKey) === flight) flights.delete(flightKey);
  };
  const ask: RowAsk = { row, text, access, waiting: [], whenDeserted: () => {}, close };
  const reply = batches
    .load(batch, ask, (asks) => sendRows(asks, operation, variables, line))
    .finally(close)
    .then((said) => land(key, said, line));
  const flight: Flight = { ask, reply, charged: false };
  flights.set(flightKey, flight);
  return flight;
}

/** Keeps what the source said; where it was silent, what is kept from before may be told. */
function land(key: string, reply: RowReply, line: RowLine): RowReply {
  const { answer, silence, asOf } = reply;
  if (silence === undefined) line.cache.put(key, answer, asOf ?? 0);
  // Units that are spent are no outage: the source would answer, and perhaps something else.
  if (silence === undefined || silence.code === "QUOTA_EXHAUSTED") return reply;
  return inSilence(key, silence, line, reply);
}

/** The reply in a source's silence: what is kept from before, where it may still be told. */
function inSilence(
  key: string,
  failure: Failure,
  { cache, onCache }: RowLine,
  charged?: Charged,
): RowReply {
  const kept = cache.stale(key);
  if (kept) onCache("stale");
  return kept ? fromBefore(kept, failure, charged) : saysNothing(failure, charged);
}

/** A question of a fetch that waits for its answer; `place` among the fetch's rows. */
interface Boarded {
  readonly flight: Flight;
  readonly place: number;
}

/** Waits for replies and puts them at their places, or until nobody waits for this request's any more. */
function arrive(
  boarded: readonly Boarded[],
  replies: (RowReply | undefined)[],
  access: Access,
): Promise<void> {
  const { signal } = access;
  return new Promise((resolve, reject) => {
    const leave = () => {
      for (const { flight } of boarded) {
        const { waiting, whenDeserted } = flight.ask;
        waiting.splice(waiting.indexOf(access), 1);
        if (waiting.length === 0) whenDeserted();
      }
      resolve();
    };
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", leave);
      reject(error);
    };
    let missing = boarded.length;
    signal.addEventListener("abort", leave, { once: true });
    for (const { flight, place } of boarded)
      flight.reply.then((reply) => {
        if (signal.aborted) return;
        replies[place] = charge(flight, reply);
        if (--missing > 0) return;
        signal.removeEventListener("abort", leave);
        resolve();
      }, fail);
  });
}
