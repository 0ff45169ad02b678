import type { Access } from "../access.ts";
import type { RowAsk, RowLine } from "./ask-rows.ts";
import type { Bill } from "./bill.ts";
import { callSource, writeBody } from "./call.ts";
import type { Askers, ReadReply, Reply } from "./call.ts";
import type { EntityOperation } from "./operation.ts";
import { findPayers, canBePaid, groupRows, pickRows, sumUnits } from "./payers.ts";
import type { Row } from "./payers.ts";
import { isRow, ownValue } from "./read-row.ts";
import { errorsByPlace, placeRows } from "./read-rows.ts";
import type { RowAnswer } from "./read-rows.ts";
import { saysNothing } from "./row-reply.ts";
import type { RowReply } from "./row-reply.ts";
import type { Variables } from "./shape.ts";
import type { Units } from "./wire.ts";

/** What came of a row, and the agency that is charged for it; undefined where it never went. */
interface Answered {
  readonly reply: RowReply;
  readonly payer: string | undefined;
}

/**
 * Sends a batch of questions, and hands each its row: in one call, or in several where there are not units
 * for all of it. A call is broken off when the last of those who wait has gone, not before.
 *
 * A row is charged to the agency that asked for it first and still waits when the call asks for its units;
 * where that one has none left, to the next. All who asked get what was read, also those without units: a
 * row that travels costs the owner's unit once, and who of them came first in the batch is chance. What is
 * charged to an agency of which nobody waits any more when the answer comes is shown to nobody: it is
 * settled without an answer.
 */
export async function sendRows(
  asks: readonly RowAsk[],
  operation: EntityOperation,
  variables: Variables,
  line: RowLine,
): Promise<RowReply[]> {
  const answered = new Map<RowAsk, Answered>();
  const poor = new Set<string>();
  let rest = asks;
  for (;;) {
    const before = answered.size + poor.size;
    rest = stillAwaited(rest.filter((ask) => !answered.has(ask)));
    if (rest.length === 0) break;
    const question = { rows: groupRows(rest), signal: signalOf(rest), operation, variables };
    for (const [row, one] of await sendSome(question, poor, line))
      for (const ask of row) answered.set(ask, one);
    if (answered.size + poor.size === before) break;
  }
  closeBills(answered.values());
  const charged = new Set<string>();
  return asks.map((ask) => {
    const { text, access, waiting } = ask;
    // Of a row that others had fetched the source was told who asked, and it was not told of this one.
    const one = answered.get(ask);
    if (one === undefined) return saysNothing(nobodyWaits);
    if (waiting.length === 0 || charged.has(text) || one.payer !== access.agency)
      return { ...one.reply, records: 0 };
    charged.add(text);
    return one.reply;
  });
}

/** Closes the bills of calls when those who wait for their rows have taken them, which they do at once. */
function closeBills(answered: Iterable<Answered>): void {
  const bills = new Set<Bill>();
  for (const { reply } of answered) if (reply.bill) bills.add(reply.bill);
  if (bills.size > 0) setImmediate(() => bills.forEach((bill) => bill.close()));
}

/** No source's fault, so nothing for the log. */
const nobodyWaits = { code: "SOURCE_UNAVAILABLE", reason: undefined } as const;

/** Those questions that somebody waits for. Whoever has one of the others from now on asks it anew. */
function stillAwaited(asks: readonly RowAsk[]): readonly RowAsk[] {
  for (const ask of asks) if (ask.waiting.length === 0) ask.close();
  return asks.filter(({ waiting }) => waiting.length > 0);
}

interface RowsToSend {
  readonly rows: readonly Row[];
  readonly signal: AbortSignal;
  readonly operation: EntityOperation;
  readonly variables: Variables;
}

/**
 * Sends as many rows as there are units for, and says what came of them.
 *
 * @param poor agencies that have no units left; those of which the ledger says so now are added
 */
async function sendSome(
  { rows, signal, operation, variables }: RowsToSend,
  poor: Set<string>,
  line: RowLine,
): Promise<ReadonlyMap<Row, Answered>> {
  const { lane, requestId } = rows[0]![0].access;
  const { reads } = operation;
  let payers = findPayers(rows, poor);
  let travelling: readonly Row[] = [];
  const units = () => {
    payers = findPayers(groupRows(stillAwaited(rows.flat())), poor);
    return sumUnits(payers);
  };
  const write = (granted: Units) => {
    travelling = pickRows(payers, granted);
    const representations = travelling.map(([{ text }]) => text);
    const askers = line.tellsAskers ? nameAskers(travelling) : undefined;
    return writeBody({ operation, variables, representations, askers });
  };
  return await callSource({ lane, requestId, signal, reads, units, write }, line, (reply) => {
    if (isRefusal(reply)) for (const payer of payers.values()) poor.add(payer);
    const told =
      reply.kind === "said" || reply.counted
        ? travelling
        : [...payers.keys()].filter((row) => !isRefusal(reply) || !canBePaid(row, poor));
    const { replies, ...rest } = readReplies(reply, told, line);
    const answered = told.map((row, place): [Row, Answered] => [
      row,
      { reply: replies[place]!, payer: payers.get(row) },
    ]);
    return { ...rest, read: new Map(answered) };
  });
}

/** Whether the ledger said that none who were to be charged have units left; others may have some granted. */
function isRefusal(reply: Reply): boolean {
  return reply.kind === "silence" && reply.failure.code === "QUOTA_EXHAUSTED";
}

/**
 * Names who asks for each row: the requests that wait for it. Where the last that asked a question has gone
 * since the row's units were put aside, the first of them is named: they may be charged to its agency, and
 * what comes may be kept for it.
 */
function nameAskers(rows: readonly Row[]): Askers {
  const places = new Map<Access, number>();
  const placeOf = (access: Access) => {
    const known = places.get(access);
    if (known !== undefined) return known;
    places.set(access, places.size);
    return places.size - 1;
  };
  const placesOf = (row: Row) => {
    const [{ access, waiting }] = row;
    if (row.length === 1 && waiting.length < 2) return placeOf(waiting[0] ?? access);
    const asking = row.flatMap((ask) => (ask.waiting.length > 0 ? ask.waiting : [ask.access]));
    return [...new Set(asking.map(placeOf))];
  };
  // In the order in which they are first named.
  const placesOfRows = rows.map(placesOf);
  return { accesses: [...places.keys()], rows: placesOfRows };
}

/** A signal that is aborted when nobody waits for any of the rows. */
function signalOf(asks: readonly RowAsk[]): AbortSignal {
  const controller = new AbortController();
  const whenDeserted = () => {
    if (asks.some(({ waiting }) => waiting.length > 0)) return;
    // Whoever asks for one of them from now on must not join a call that is broken off.
    for (const ask of asks) ask.close();
    controller.abort();
  };
  for (const ask of asks) ask.whenDeserted = whenDeserted;
  return controller.signal;
}

/** Reads what a source said about rows; a reply for each, in order. */
function readReplies(
  reply: Reply,
  rows: readonly Row[],
  { mayDeny }: RowLine,
): Omit<ReadReply<never>, "read"> & { readonly replies: readonly RowReply[] } {
  const records = reply.counted ? 1 : 0;
  if (reply.kind === "silence") {
    const said = saysNothing(reply.failure, { records, bill: reply.bill });
    return { replies: rows.map(() => said), usable: false, reasons: [] };
  }
  const { data, errors, at } = reply;
  const answers = placeRows(
    rows.map(([{ row }]) => row),
    isRow(data) ? ownValue(data, "_entities") : undefined,
    errorsByPlace(errors, "_entities"),
    mayDeny,
  );
  return {
    replies: answers.map((answer) => ({
      answer,
      status: answer.kind === "lost" ? "UNAVAILABLE" : "FRESH",
      asOf: at,
      records,
      bill: reply.bill,
      silence: undefined,
    })),
    usable: answers.some(({ kind }) => kind !== "lost"),
    reasons: answers.flatMap(reasonOf),
  };
}

function reasonOf(answer: RowAnswer): string[] {
  return answer.kind === "lost" && answer.reason !== undefined ? [answer.reason] : [];
}
