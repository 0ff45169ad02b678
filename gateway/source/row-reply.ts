import { timeUp } from "../access.ts";
import type { SourceReport } from "../access.ts";
import type { Bill } from "./bill.ts";
import type { KeptAnswer } from "./cache.ts";
import type { Failure, RowAnswer } from "./read-rows.ts";

/** What a source said about one row, as one request gets it. */
export interface RowReply {
  readonly answer: RowAnswer;
  readonly status: SourceReport["status"];
  /** When the source said so, milliseconds since 1970; null where it said nothing. */
  readonly asOf: number | null;
  /** 1 where the row is charged to this request. */
  readonly records: number;
  /** Of the call that it came with: see `Reply`. */
  readonly bill: Bill | undefined;
  /** Why the source says nothing now, about this row or any other of the call. */
  readonly silence: Failure | undefined;
}

/** The reply where an answer is kept. */
export function fromCache({ answer, asOf }: KeptAnswer): RowReply {
  return { answer, status: "CACHED", asOf, records: 0, bill: undefined, silence: undefined };
}

/** The reply where an older answer stands in for a source that says nothing. */
export function fromBefore(
  { answer, asOf }: KeptAnswer,
  silence: Failure,
  { records, bill }: Charged = notCharged,
): RowReply {
  return { answer, status: "STALE", asOf, records, bill, silence };
}

/** The reply where the source said nothing. */
export function saysNothing(failure: Failure, { records, bill }: Charged = notCharged): RowReply {
  const answer: RowAnswer = { kind: "lost", ...failure };
  return { answer, status: "UNAVAILABLE", asOf: null, records, bill, silence: failure };
}

/** What a reply costs whom it is charged to. */
export type Charged = Pick<RowReply, "records" | "bill">;

const notCharged: Charged = { records: 0, bill: undefined };

/** Why nothing came of a question that nobody waits for; the source may be as well as ever. */
export function abandonment({ reason }: AbortSignal): Failure {
  return reason === timeUp
    ? { code: "SOURCE_TIMEOUT", reason: "no answer before the request's time was up" }
    : { code: "SOURCE_UNAVAILABLE", reason: undefined };
}
