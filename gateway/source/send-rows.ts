import type { Caller } from "../access.ts";
import type { RowAsk, RowLine } from "./ask-rows.ts";
import { callSource } from "./call.ts";
import type { Askers, ReadReply, Reply } from "./call.ts";
import type { EntityOperation } from "./operation.ts";
import { isRow, ownValue } from "./read-row.ts";
import { errorsByPlace, placeRows } from "./read-rows.ts";
import type { RowAnswer } from "./read-rows.ts";
import { saysNothing } from "./row-reply.ts";
import type { RowReply } from "./row-reply.ts";
import type { Variables } from "./shape.ts";

/** Representations as they travel: equal ones once, and for each of them who asks for it. */
interface Load {
  readonly travelling: readonly RowAsk[];
  /** The place of each representation, by its text. */
  readonly places: ReadonlyMap<string, number>;
  readonly askers: Askers;
}

/**
 * Sends a batch of questions in one call, and hands each its row. The call is broken off when the last
 * of those who wait has gone, not before.
 */
export async function sendRows(
  asks: readonly RowAsk[],
  operation: EntityOperation,
  variables: Variables,
  line: RowLine,
): Promise<RowReply[]> {
  const wanted = asks.filter(({ waiting }) => waiting > 0);
  const [first] = wanted;
  if (first === undefined) return asks.map(() => saysNothing(nobodyWaits, 0));
  const { travelling, places, askers } = loadRows(wanted);
  const question = {
    operation,
    variables,
    representations: travelling.map(({ text }) => text),
    records: travelling.length,
    lane: first.access.lane,
    requestId: first.access.requestId,
    askers,
    signal: signalOf(wanted, line),
  };
  const replies = await callSource(question, line, (reply) => readReplies(reply, travelling, line));
  return asks.map((ask) => {
    const reply = replies[places.get(ask.text) ?? -1];
    if (reply === undefined) return saysNothing(nobodyWaits, 0);
    // Equal rows of several agencies travel once, at the expense of the first.
    return ask === travelling[places.get(ask.text)!] ? reply : { ...reply, records: 0 };
  });
}

/** No source's fault, so nothing for the log. */
const nobodyWaits = { code: "SOURCE_UNAVAILABLE", reason: undefined } as const;

function loadRows(asks: readonly RowAsk[]): Load {
  const travelling: RowAsk[] = [];
  const places = new Map<string, number>();
  const callers = new Map<string, number>();
  const named: Pick<Caller, "agency" | "purpose">[] = [];
  const rows: (number | number[])[] = [];
  for (const ask of asks) {
    const { agency, purpose } = ask.access;
    const name = `${agency} ${purpose}`;
    const caller = callers.get(name) ?? named.push({ agency, purpose }) - 1;
    callers.set(name, caller);
    const place = places.get(ask.text);
    if (place === undefined) {
      places.set(ask.text, travelling.push(ask) - 1);
      rows.push(caller);
    } else rows[place] = [rows[place]!, caller].flat();
  }
  return { travelling, places, askers: { callers: named, rows } };
}

/** A signal that is aborted when nobody waits for any of the rows. */
function signalOf(asks: readonly RowAsk[], { flights }: RowLine): AbortSignal {
  const controller = new AbortController();
  let staying = asks.length;
  for (const ask of asks)
    ask.whenDeserted = () => {
      // Whoever asks for the row from now on must not board a call that may be broken off.
      flights.delete(ask.key);
      if (--staying === 0) controller.abort();
    };
  return controller.signal;
}

function readReplies(
  reply: Reply,
  travelling: readonly RowAsk[],
  { mayDeny }: RowLine,
): ReadReply<RowReply[]> {
  if (reply.kind === "silence")
    return {
      read: travelling.map(() => saysNothing(reply.failure, reply.sent ? 1 : 0)),
      usable: false,
      reasons: [],
    };
  const { data, errors, at, bytes } = reply;
  const answers = placeRows(
    travelling.map(({ row }) => row),
    isRow(data) ? ownValue(data, "_entities") : undefined,
    errorsByPlace(errors, "_entities"),
    mayDeny,
  );
  const share = Math.ceil(bytes / travelling.length);
  return {
    read: answers.map((answer) => ({
      answer,
      status: answer.kind === "lost" ? "UNAVAILABLE" : "FRESH",
      asOf: at,
      records: 1,
      bytes: share,
      silence: undefined,
    })),
    usable: answers.some(({ kind }) => kind !== "lost"),
    reasons: answers.flatMap(reasonOf),
  };
}

function reasonOf(answer: RowAnswer): string[] {
  return answer.kind === "lost" && answer.reason !== undefined ? [answer.reason] : [];
}
