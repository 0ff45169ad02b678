import { lanes, mostForFiles } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { QuotaClock } from "./clock.ts";
import { orderTurns } from "./lanes.ts";

/**
 * The places for calls that one process has: its share of the owner's calls a second, and its lines. A
 * place is taken from before a call leaves until a second after it was answered. So the next one in it
 * reaches the owner more than a second after the first did, however long either was on its way: no
 * window of a second, wherever it begins, sees more calls than there are places. (A bucket of 20 tokens
 * let 40 through; spacing by the time of leaving lets jitter push calls together.)
 */
export interface Slots {
  /** Takes a place, at once where one is free, else when its turn comes; or says why none came. */
  take(lane: Lane, agency: string, signal: AbortSignal): Slot | Promise<Slot | NoSlot>;
  /** Sets the share, usable until this instant of the monotonic clock. */
  share(calls: number, usableUntil: number): void;
  /** Refuses all who wait, where the share cannot be known. */
  refuseAll(reason: "LEDGER_UNAVAILABLE"): void;
  /** How many places are in use. */
  use(): SlotUse;
}

export interface SlotUse {
  readonly taken: number;
  /** Calls that wait for a place. */
  readonly waiting: number;
  /** Places that are taken, or may be as long as no other share is set. */
  readonly held: number;
  /** The most places that were taken or waited for within the last second. */
  readonly wanted: number;
}

export interface Slot {
  readonly kind: "slot";
  /** Frees the place a second from now; or at once where no call left. May be called again. */
  release(left: boolean): void;
}

export interface NoSlot {
  readonly kind: "none";
  readonly reason: "RATE_LIMITED" | "LEDGER_UNAVAILABLE";
}

export interface SlotsOptions {
  /** Whether the owner limits calls a second; otherwise only the lines are counted. */
  readonly limited: boolean;
  /** Lines to the source, from 1. */
  readonly connections: number;
  readonly weights: SourceTerms["agencyWeights"];
  /** Milliseconds after which a call has waited too long. */
  readonly patienceMs: number;
  readonly clock: QuotaClock;
  /** Told that a call waits because the share is too small or out of date. */
  readonly onWant: () => void;
}

/** A second, and a little for the rounding of clocks that count in milliseconds. */
const restMs = 1_005;

interface Waiter {
  readonly place: number;
  readonly give: (slot: Slot | NoSlot) => void;
}

export function openSlots(options: SlotsOptions): Slots {
  const { limited, connections, weights, patienceMs, clock, onWant } = options;
  const turns = {
    counter: orderTurns(weights),
    case: orderTurns(weights),
    bulk: orderTurns(weights),
  };
  const queues: Record<Lane, Waiter[]> = { counter: [], case: [], bulk: [] };
  let calls = limited ? 0 : Number.POSITIVE_INFINITY;
  let usableUntil = limited ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  /** Calls under way, and of those the ones of `case` and `bulk`. */
  const running = { all: 0, files: 0 };
  /** When the places of answered calls are free again, the soonest first. */
  const resting: { readonly until: number; readonly file: boolean }[] = [];
  let wake: (() => void) | undefined;
  let peak = { since: clock.monotonic(), now: 0, before: 0 };

  const queued = () => lanes.reduce((sum, lane) => sum + queues[lane].length, 0);
  let restingFiles = 0;
  const rest = () => {
    const now = clock.monotonic();
    while (resting[0] && resting[0].until <= now) if (resting.shift()?.file) restingFiles -= 1;
    return resting.length;
  };
  const mayTake = (lane: Lane): boolean => {
    if (clock.monotonic() > usableUntil) return false;
    const places = running.all + rest();
    if (places >= calls || running.all >= connections) return false;
    if (lane === "counter") return true;
    return (
      running.files + restingFiles < mostForFiles(calls) &&
      running.files < mostForFiles(connections)
    );
  };
  const note = () => {
    const now = clock.monotonic();
    if (now - peak.since >= 1_000)
      peak = { since: now, now: 0, before: now - peak.since < 2_000 ? peak.now : 0 };
    peak.now = Math.max(peak.now, running.all + rest() + queued());
  };
  const occupy = (lane: Lane): Slot => {
    const file = lane !== "counter";
    running.all += 1;
    if (file) running.files += 1;
    note();
    let released = false;
    return {
      kind: "slot",
      release(left) {
        if (released) return;
        released = true;
        running.all -= 1;
        if (file) running.files -= 1;
        if (left && limited) {
          resting.push({ until: clock.monotonic() + restMs, file });
          if (file) restingFiles += 1;
        }
        serve();
      },
    };
  };
  /** Gives free places to those whose turn it is: the most urgent lane first, by turns within it. */
  const serve = () => {
    for (const lane of lanes) {
      const queue = queues[lane];
      while (queue.length > 0 && mayTake(lane)) {
        const next = queue.reduce((one, other) => (other.place < one.place ? other : one));
        queue.splice(queue.indexOf(next), 1);
        turns[lane].pass(next.place);
        next.give(occupy(lane));
      }
    }
    wake?.();
    wake = undefined;
    const next = resting[0]?.until;
    if (queued() > 0 && next !== undefined)
      wake = clock.after(Math.max(1, next - clock.monotonic()), serve);
  };

  return {
    take(lane, agency, signal) {
      const ahead = lanes.slice(0, lanes.indexOf(lane) + 1).some((each) => queues[each].length > 0);
      if (!ahead && mayTake(lane)) return occupy(lane);
      return new Promise((resolve) => {
        const give = (slot: Slot | NoSlot) => {
          callOff();
          signal.removeEventListener("abort", leave);
          resolve(slot);
        };
        const waiter: Waiter = { place: turns[lane].place(agency), give };
        const leave = () => {
          const queue = queues[lane];
          if (queue.includes(waiter)) queue.splice(queue.indexOf(waiter), 1);
          give({ kind: "none", reason: "RATE_LIMITED" });
        };
        const callOff = clock.after(patienceMs, leave);
        signal.addEventListener("abort", leave);
        queues[lane].push(waiter);
        note();
        serve();
        if (limited && queues[lane].includes(waiter)) onWant();
      });
    },
    share(granted, until) {
      calls = granted;
      usableUntil = until;
      serve();
    },
    refuseAll(reason) {
      for (const lane of lanes)
        for (const { give } of queues[lane].splice(0)) give({ kind: "none", reason });
    },
    use() {
      note();
      const taken = running.all + rest();
      const held = clock.monotonic() > usableUntil ? taken : Math.max(taken, calls);
      return { taken, waiting: queued(), held, wanted: Math.max(peak.now, peak.before) };
    },
  };
}
