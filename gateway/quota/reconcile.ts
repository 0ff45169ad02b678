import type { CivilDate } from "../../schema/values/date.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { openDay, readLedgerTime } from "./accounts.ts";
import type { ReconcileOptions } from "./comparison.ts";
import { closeLease, settleKeys } from "./meter.ts";
import type { KeyState } from "./meter.ts";
import { chargedDays, guardOf } from "./owner-day.ts";
import { bookOwnerWord, doubtLease, fenceDeadLeases, listDoubtfulCalls } from "./owner-word.ts";
import type { CountedUnits, OpenQuestion } from "./owner-word.ts";

/** What only the owners can end, ended by their word. */

/** A call that the owner counted and of which no answer is known to have been given to anybody. */
export interface UnansweredCall {
  readonly key: string;
  readonly source: string;
  readonly lane: Lane;
  readonly day: string;
  readonly records: number;
  /** Units by agency; empty where the process that knew them died. */
  readonly agencies: Readonly<Record<string, number>>;
}

/** Keys that are asked about at once: a request of some 50 kB. */
const mostKeys = 1_000;

/**
 * Ends what can be ended now: closes the leases of processes that died, and settles the calls in doubt,
 * by the owner's word. Without a meter, doubt lasts until its day ends, and is spent then.
 *
 * @returns the calls that the owner counted; each is to be logged
 * @throws {Error} where the meter or the database does not answer; what was ended before stays so
 */
export async function reconcile({
  database,
  source,
  terms,
  fetchOwner,
  record,
}: ReconcileOptions): Promise<UnansweredCall[]> {
  const { meter } = terms;
  const unanswered: UnansweredCall[] = [];
  const dead = await fenceDeadLeases(database, source);
  if (meter === null) {
    for (const lease of dead) await doubtLease(database, lease);
    await endDoubt(database, source, terms, record);
    return unanswered;
  }
  const book = async (question: OpenQuestion, keys: ReadonlyMap<string, KeyState>) => {
    const calls = countedCalls(question, keys);
    for (const { day } of calls)
      if (!question.days.includes(day as CivilDate))
        await openDay(database, source, day as CivilDate, terms);
    const counted = calls.map(({ day, records }) => ({ day: day as CivilDate, records }));
    await recordWord(record, question, counted);
    await bookOwnerWord(database, question, counted);
    unanswered.push(...calls);
  };
  for (const lease of dead) await book(lease, await closeLease(fetchOwner, meter, lease.id));
  for (;;) {
    const doubtful = await listDoubtfulCalls(database, source, mostKeys);
    if (doubtful.length === 0) return unanswered;
    const asked = doubtful.map(({ id }) => id);
    const states = await settleKeys(fetchOwner, meter, asked);
    for (const call of doubtful) {
      const state = states.get(call.id);
      if (!state) throw new Error(`The meter of ${source} did not say what became of ${call.id}.`);
      await book(call, new Map([[call.id, state]]));
    }
  }
}

function countedCalls(
  { source, lane, agencies }: OpenQuestion,
  keys: ReadonlyMap<string, KeyState>,
): UnansweredCall[] {
  return [...keys].flatMap(([key, state]) =>
    state.state === "counted"
      ? [{ key, source, lane, day: state.day, records: state.records, agencies }]
      : [],
  );
}

/** Takes doubt for spent where all its days are over. */
async function endDoubt(
  database: GatewayDatabase,
  source: string,
  { timeZone, timeoutMs }: SourceTerms,
  record: ReconcileOptions["record"],
): Promise<void> {
  const { ledgerTime } = await readLedgerTime(database, source);
  const [today] = chargedDays(ledgerTime, { timeZone, guardMs: guardOf(timeoutMs) }, null).days;
  const doubtful = await listDoubtfulCalls(database, source, mostKeys);
  for (const call of doubtful)
    if (call.days.every((day) => day < today!)) {
      const counted = call.days.map((day) => ({ day, records: call.units }));
      await recordWord(record, call, counted);
      await bookOwnerWord(database, call, counted);
    }
}

async function recordWord(
  record: ReconcileOptions["record"],
  question: OpenQuestion,
  counted: readonly CountedUnits[],
): Promise<void> {
  const { source, lane } = question;
  await record?.word(
    question,
    counted.map(({ day, records: units }) => ({ source, lane, day, units })),
  );
}
