import type { Caller } from "../access.ts";
import type { RowAsk, RowLine } from "./ask-rows.ts";
import { callSource, writeBody } from "./call.ts";
import type { Askers, ReadReply, Reply } from "./call.ts";
import type { EntityOperation } from "./operation.ts";
import { isRow, ownValue } from "./read-row.ts";
import { errorsByPlace, placeRows } from "./read-rows.ts";
import type { RowAnswer } from "./read-rows.ts";
import { saysNothing } from "./row-reply.ts";
import type { RowReply } from "./row-reply.ts";
import type { Variables } from "./shape.ts";
import type { Units } from "./wire.ts";

/** Questions with one and the same representation, which travels once. The first of them is charged. */
type Row = readonly [RowAsk, ...RowAsk[]];

/**
 * Sends a batch of questions, and hands each its row: in one call, or in several where there are not units
 * for all of it. A call is broken off when the last of those who wait has gone, not before.
 */
export async function sendRows(
  asks: readonly RowAsk[],
  operation: EntityOperation,
  variables: Variables,
  line: RowLine,
): Promise<RowReply[]> {
  const wanted = asks.filter(({ waiting }) => waiting > 0);
  // Those that everybody has left stay here: whoever asks for such a row from now on asks anew.
  for (const ask of asks) if (ask.waiting === 0) ask.close();
  const signal = signalOf(wanted);
  const replies = new Map<string, RowReply>();
  let rest = groupRows(wanted);
  while (rest.length > 0) {
    const answered = await sendSome(rest, { operation, variables, signal }, line);
    for (const [text, reply] of answered) replies.set(text, reply);
    rest = answered.size === 0 ? [] : rest.filter(([{ text }]) => !replies.has(text));
  }
  const charged = new Set<string>();
  return asks.map((ask) => {
    const reply = replies.get(ask.text);
    if (reply === undefined) return saysNothing(nobodyWaits, 0);
    if (ask.waiting === 0 || charged.has(ask.text)) return { ...reply, records: 0 };
    charged.add(ask.text);
    return reply;
  });
}

/** No source's fault, so nothing for the log. */
const nobodyWaits = { code: "SOURCE_UNAVAILABLE", reason: undefined } as const;

function groupRows(asks: readonly RowAsk[]): Row[] {
  const rows = new Map<string, [RowAsk, ...RowAsk[]]>();
  for (const ask of asks) {
    const row = rows.get(ask.text);
    if (row) row.push(ask);
    else rows.set(ask.text, [ask]);
  }
  return [...rows.values()];
}

/** Sends as many rows as there are units for; the replies by representation. */
async function sendSome(
  rows: readonly Row[],
  asking: { operation: EntityOperation; variables: Variables; signal: AbortSignal },
  line: RowLine,
): Promise<ReadonlyMap<string, RowReply>> {
  const { operation, variables, signal } = asking;
  const { lane, requestId } = rows[0]![0].access;
  const { reads } = operation;
  const units = new Map<string, number>();
  for (const [{ access }] of rows) units.set(access.agency, (units.get(access.agency) ?? 0) + 1);
  const write = (granted: Units) => {
    const travelling = pickRows(rows, granted);
    const representations = travelling.map(([{ text }]) => text);
    const askers = line.tellsAskers ? nameAskers(travelling) : undefined;
    return writeBody({ operation, variables, representations, askers });
  };
  return await callSource(
    { lane, requestId, signal, reads, units, write },
    line,
    (reply, granted) =>
      readReplies(
        reply,
        reply.kind === "said" || reply.sent ? pickRows(rows, granted) : rows,
        line,
      ),
  );
}

/** The rows for which their agencies have units, in order. */
function pickRows(rows: readonly Row[], granted: Units): readonly Row[] {
  const left = new Map(granted);
  return rows.filter(([{ access }]) => {
    const units = left.get(access.agency) ?? 0;
    left.set(access.agency, units - 1);
    return units > 0;
  });
}

function nameAskers(rows: readonly Row[]): Askers {
  const callers: Pick<Caller, "agency" | "purpose">[] = [];
  const places = new Map<string, number>();
  const placeOf = ({ asker, access: { agency, purpose } }: RowAsk) => {
    const known = places.get(asker);
    if (known !== undefined) return known;
    places.set(asker, callers.length);
    return callers.push({ agency, purpose }) - 1;
  };
  return {
    callers,
    rows: rows.map((row) => (row.length === 1 ? placeOf(row[0]) : [...new Set(row.map(placeOf))])),
  };
}

/** A signal that is aborted when nobody waits for any of the rows. */
function signalOf(asks: readonly RowAsk[]): AbortSignal {
  const controller = new AbortController();
  const whenDeserted = () => {
    if (asks.some(({ waiting }) => waiting > 0)) return;
    // Whoever asks for one of them from now on must not join a call that is broken off.
    for (const ask of asks) ask.close();
    controller.abort();
  };
  for (const ask of asks) ask.whenDeserted = whenDeserted;
  return controller.signal;
}

function readReplies(
  reply: Reply,
  rows: readonly Row[],
  { mayDeny }: RowLine,
): ReadReply<ReadonlyMap<string, RowReply>> {
  const byText = (replyOf: (place: number) => RowReply) =>
    new Map(rows.map(([{ text }], place) => [text, replyOf(place)]));
  if (reply.kind === "silence") {
    const said = saysNothing(reply.failure, reply.sent ? 1 : 0);
    return { read: byText(() => said), usable: false, reasons: [] };
  }
  const { data, errors, at } = reply;
  const answers = placeRows(
    rows.map(([{ row }]) => row),
    isRow(data) ? ownValue(data, "_entities") : undefined,
    errorsByPlace(errors, "_entities"),
    mayDeny,
  );
  return {
    read: byText((place) => {
      const answer = answers[place]!;
      return {
        answer,
        status: answer.kind === "lost" ? "UNAVAILABLE" : "FRESH",
        asOf: at,
        records: 1,
        silence: undefined,
      };
    }),
    usable: answers.some(({ kind }) => kind !== "lost"),
    reasons: answers.flatMap(reasonOf),
  };
}

function reasonOf(answer: RowAnswer): string[] {
  return answer.kind === "lost" && answer.reason !== undefined ? [answer.reason] : [];
}
