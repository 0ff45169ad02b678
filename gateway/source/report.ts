import { lessFresh } from "../access.ts";
import type { SourceReport } from "../access.ts";
import type { Bill, Charge } from "./bill.ts";
import type { RowReply } from "./row-reply.ts";

/**
 * How a source took part in one fetch: unavailable where no row of it came; otherwise by the least fresh
 * row that did, and as of the oldest. What is lost beside it is told by its errors.
 */
export function reportRows(name: string, replies: readonly RowReply[]): SourceReport {
  let worst: SourceReport["status"] | undefined;
  let oldest = Number.POSITIVE_INFINITY;
  let records = 0;
  for (const { status, asOf, records: charged } of replies) {
    records += charged;
    if (status === "UNAVAILABLE" || asOf === null) continue;
    worst = worst === undefined ? status : lessFresh(worst, status);
    oldest = Math.min(oldest, asOf);
  }
  return worst === undefined
    ? { name, status: "UNAVAILABLE", asOf: null, records }
    : { name, status: worst, asOf: new Date(oldest).toISOString(), records };
}

/** What a fetch is charged for the rows of its replies, a charge for each call. */
export function chargesOf(replies: readonly RowReply[]): Charge[] {
  const rows = new Map<Bill, number>();
  for (const { bill, records } of replies)
    if (bill && records > 0) rows.set(bill, (rows.get(bill) ?? 0) + records);
  return [...rows].flatMap(([bill, taken]) => bill.charge(taken) ?? []);
}
