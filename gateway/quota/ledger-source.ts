import { sql } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { openCalendar } from "./calendar.ts";
import type { QuotaClock } from "./clock.ts";
import { openCountedSource } from "./counted-source.ts";
import type { CallOutcome, CarriedUnits } from "./lease.ts";
import { openLeases } from "./leases.ts";
import type { NoUnits } from "./leases.ts";
import { seen } from "./ledger.ts";
import { askOwnerDate } from "./meter.ts";
import type { FetchOwner } from "./meter.ts";
import type { Ask, KeptSource, Refusal, Reservation, Settlement } from "./quota.ts";
import { dropShare, renewShare } from "./rate.ts";
import { openSlots } from "./slots.ts";
import type { NoSlot, Slot } from "./slots.ts";

export interface LedgerSourceOptions {
  readonly database: GatewayDatabase;
  readonly source: string;
  readonly terms: SourceTerms;
  readonly url: string;
  readonly process: string;
  readonly clock: QuotaClock;
  readonly newId: () => string;
  readonly connections: number;
  readonly fetchOwner: FetchOwner;
  readonly onFailure: (error: unknown) => void;
}

/** Milliseconds after which it is worth asking again: the ledger's refusals are remembered so long. */
const retryMs = 1_000;

/** Milliseconds without a call after which a share of the rate goes back. */
const idleMs = 1_000;

/** Milliseconds after which one who waits asks for a larger share again, before the next step does. */
const impatienceMs = 100;

/** A source whose calls are refused past its owner's limits: units by leases, calls a second by shares. */
export function openLedgerSource(options: LedgerSourceOptions): KeptSource {
  const { database, source, terms, process, clock, onFailure } = options;
  const { callsPerSecond } = terms;
  const calendar = openCalendar({
    ...options,
    askDate: () => askOwnerDate(options.fetchOwner, options.url, terms.timeoutMs),
  });
  const slots = openSlots({
    ...{ limited: callsPerSecond !== null, connections: options.connections, clock },
    ...{ weights: terms.agencyWeights, patienceMs: terms.timeoutMs },
    onWant: () => void want(),
  });
  // Only calls a second are limited: units are counted, and need no lease.
  const counted = terms.perDay === null ? openCountedSource(options) : undefined;
  const leases = openLeases({ ...options, calendar });
  let lastCall = Number.NEGATIVE_INFINITY;
  let heldShare = false;

  /** What is under way at the ledger about the share: one thing at a time, as none may overtake another. */
  let renewing: Promise<void> | undefined;
  let renewed = Number.NEGATIVE_INFINITY;
  let failed = Number.NEGATIVE_INFINITY;
  /** Renews the share for one who waits; it may be out of date, or others may have given some up. */
  const want = async (): Promise<void> => {
    const now = clock.monotonic();
    try {
      if (now - failed < retryMs) throw new Error("The ledger did not answer a moment ago.");
      if (now - renewed >= impatienceMs) await renew();
    } catch {
      slots.refuseAll("LEDGER_UNAVAILABLE");
    }
  };
  const renew = (): Promise<void> => {
    if (callsPerSecond === null) return Promise.resolve();
    renewing ??= renewShare(database, { source, process, callsPerSecond, ...slots.use() }, clock)
      .then(({ calls, usableUntil }) => {
        heldShare = true;
        renewed = clock.monotonic();
        slots.share(calls, usableUntil);
      })
      .catch((error: unknown) => {
        failed = clock.monotonic();
        onFailure(error);
        throw error;
      })
      .finally(() => (renewing = undefined));
    return renewing;
  };

  const takeSlot = ({ lane, units, signal }: Ask) => slots.take(lane, agencyOf(units), signal);
  const reserve = (ask: Ask): Reservation | Refusal | Promise<Reservation | Refusal> => {
    const refused = counted ? undefined : leases.refusal(ask.lane, ask.units);
    if (refused) return refuse(ask, refused);
    const slot = takeSlot(ask);
    return slot instanceof Promise
      ? slot.then((later) => (later.kind === "slot" ? fill(later, ask) : refuse(ask, later)))
      : fill(slot, ask);
  };
  const fill = (slot: Slot, ask: Ask): Reservation | Refusal | Promise<Reservation | Refusal> => {
    if (counted) return withSlot(slot, ask, counted.reserve(ask) as Reservation);
    const carried = leases.carry(ask.lane, ask.units);
    if (!(carried instanceof Promise)) return finish(slot, ask, carried);
    // The ledger may take a second to say no: meanwhile others use the place.
    slot.release(false);
    const served = carried.then(async (later) =>
      "kind" in later ? refuse(ask, later) : wait(ask, later, await takeSlot(ask)),
    );
    return untilAborted(ask, served);
  };
  /** Waits no longer than the caller does; units that come later go back. */
  const untilAborted = <T>(ask: Ask, served: Promise<T>): Promise<T | Refusal> =>
    new Promise((resolve) => {
      const leave = () =>
        resolve(refuse(ask, { kind: "unavailable", reason: "LEDGER_UNAVAILABLE" }));
      if (ask.signal.aborted) leave();
      ask.signal.addEventListener("abort", leave);
      void served.then((given) => {
        ask.signal.removeEventListener("abort", leave);
        resolve(given);
      });
    });
  /** Goes on with units that have waited for a slot. */
  const wait = (ask: Ask, carried: CarriedUnits, slot: Slot | NoSlot) => {
    if (slot.kind === "slot" && !ask.signal.aborted && leases.isUsable(carried))
      return finish(slot, ask, carried);
    leases.settle(carried, { kind: "returned" });
    if (slot.kind === "none") return refuse(ask, slot);
    slot.release(false);
    return ask.signal.aborted
      ? refuse(ask, { kind: "none", reason: "RATE_LIMITED" })
      : reserve(ask);
  };
  const finish = (slot: Slot, ask: Ask, carried: CarriedUnits | NoUnits): Reservation | Refusal => {
    if ("kind" in carried) {
      slot.release(false);
      return refuse(ask, carried);
    }
    const askedAt = clock.monotonic();
    return withSlot(slot, ask, {
      kind: "reserved",
      key: carried.key,
      granted: carried.agencies,
      again: () => leases.isUsable(carried),
      settle(outcome, toBeRecorded = false) {
        const booked = readOutcome(carried, outcome, askedAt);
        leases.settle(carried, booked, toBeRecorded);
        return booked;
      },
      recorded: () => leases.recorded(carried),
    });
  };
  /** Adds the call slots that it takes to a reservation of units, and sees that it is settled once. */
  const withSlot = (first: Slot, ask: Ask, reservation: Reservation): Reservation => {
    let slot = first;
    let settled = false;
    return {
      ...reservation,
      async again(signal) {
        slot.release(true);
        if (settled || !terms.countsKeysOnce || !(await reservation.again(signal))) return false;
        const next = await takeSlot({ ...ask, signal });
        if (next.kind === "none") return false;
        slot = next;
        if (!settled && (await reservation.again(signal))) return true;
        slot.release(false);
        return false;
      },
      settle(outcome, toBeRecorded) {
        if (settled) return { kind: "returned" };
        settled = true;
        slot.release(true);
        return reservation.settle(outcome, toBeRecorded);
      },
    };
  };
  const readOutcome = (
    { lease }: CarriedUnits,
    outcome: Settlement,
    askedAt: number,
  ): CallOutcome => {
    if (outcome.kind === "doubt") return outcome;
    calendar.hearOwner(outcome.ownerDate, askedAt);
    if (outcome.kind === "returned") return { kind: "returned" };
    const { countedDay, ownerDate } = outcome;
    if (countedDay === null)
      return { kind: "spent", days: calendar.daysByDate(lease.days, ownerDate, askedAt) };
    // Counted on a day that it was not charged to: the owner's meter moves it there.
    return lease.days.includes(countedDay as CivilDate)
      ? { kind: "spent", days: [countedDay as CivilDate] }
      : { kind: "doubt" };
  };
  const refuse = ({ lane }: Ask, why: NoUnits | NoSlot): Refusal =>
    why.kind === "exhausted"
      ? { kind: "exhausted", lane, resetsAt: isoTime(why.resetsAt) }
      : {
          kind: "unavailable",
          reason: why.reason,
          retryAt: isoTime(clock.now() + retryMs),
        };

  return {
    reserve(ask) {
      lastCall = clock.monotonic();
      return reserve(ask);
    },
    async tidy() {
      const { taken, waiting } = slots.use();
      const busy = taken + waiting > 0 || clock.monotonic() - lastCall < idleMs;
      if (busy) await renew();
      else if (heldShare && !renewing) {
        heldShare = false;
        slots.share(0, Number.NEGATIVE_INFINITY);
        renewing = dropShare(database, source, process).finally(() => (renewing = undefined));
        await renewing;
      }
      if (!leases.isIdle()) {
        if (await isRecalled(database, source, process)) await leases.giveBackIdle();
        await leases.tidy();
      }
      await counted?.tidy();
    },
    async close() {
      await leases.close();
      await counted?.close();
      // Where calls left within the last second, their places go to others when the share has ended.
      if (heldShare && slots.use().taken === 0) await dropShare(database, source, process);
    },
  };
}

/** Says that the process lives, and reads whether idle units are called back. */
async function isRecalled(
  database: GatewayDatabase,
  source: string,
  process: string,
): Promise<boolean> {
  const { rows } = await sql<{ recalled: boolean }>`
    with ${seen(process)}
    select exists (
      select from owner_day where source = ${source}
        and recalled_at > clock_timestamp() - interval '1 second'
    ) as recalled
  `.execute(database);
  return rows[0]?.recalled ?? false;
}

/** Whose turn it is that a call takes: the first's whose rows travel in it. */
function agencyOf(units: Ask["units"]): string {
  return units.keys().next().value ?? "";
}

function isoTime(instant: number): string {
  return new Date(instant).toISOString();
}
