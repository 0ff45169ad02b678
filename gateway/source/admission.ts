import { lanes, mostForFiles } from "../../schema/terms.ts";
import type { Lane } from "../../schema/terms.ts";

/** Gives one place back. `well`: whether the call that had it was answered. */
export type Leave = (well: boolean) => void;

/** How many calls to a source may be under way at once, and who goes next. */
export interface Admission {
  /** A place, at once where one is free; null where too many wait, or this one waited too long. */
  enter(lane: Lane, signal: AbortSignal): Leave | Promise<Leave | null>;
  /** Begins anew with one place. Each call that is answered adds one, so that they double in a round. */
  startSlowly(): void;
}

export interface AdmissionOptions {
  /** Calls under way at most. */
  readonly places: number;
  /** Calls that may wait for a place at most. */
  readonly waiting: number;
  /** Milliseconds that a call waits at most. */
  readonly patienceMs: number;
}

interface Waiter {
  readonly lane: Lane;
  settle(leave: Leave | null): void;
}

/**
 * Opens the admission to a source. A citizen who waits goes first, then files, then data that are
 * cleaned; the latter two leave free what `mostForFiles` says, so that whoever comes to a counter finds a
 * place.
 */
export function openAdmission({ places, waiting, patienceMs }: AdmissionOptions): Admission {
  let limit = places;
  let taken = 0;
  let takenByOthers = 0;
  const queues: Readonly<Record<Lane, Set<Waiter>>> = {
    counter: new Set(),
    case: new Set(),
    bulk: new Set(),
  };
  const isFree = (lane: Lane) =>
    taken < limit && (lane === "counter" || takenByOthers < mostForFiles(limit));
  const queueLength = () => lanes.reduce((sum, lane) => sum + queues[lane].size, 0);
  const take = (lane: Lane): Leave => {
    const other = lane === "counter" ? 0 : 1;
    taken++;
    takenByOthers += other;
    return (well) => {
      taken--;
      takenByOthers -= other;
      if (well) limit = Math.min(places, limit + 1);
      admit();
    };
  };
  const admit = () => {
    for (const lane of lanes)
      for (const waiter of queues[lane]) {
        if (!isFree(lane)) break;
        waiter.settle(take(lane));
      }
  };
  const wait = (lane: Lane, signal: AbortSignal) =>
    new Promise<Leave | null>((resolve) => {
      const waiter: Waiter = {
        lane,
        settle(leave) {
          clearTimeout(clock);
          signal.removeEventListener("abort", giveUp);
          queues[lane].delete(waiter);
          resolve(leave);
        },
      };
      const giveUp = () => waiter.settle(null);
      const clock = setTimeout(giveUp, patienceMs);
      signal.addEventListener("abort", giveUp);
      queues[lane].add(waiter);
    });
  return {
    enter(lane, signal) {
      // Whoever waits in this lane or a more urgent one goes first, and has no place yet.
      if (isFree(lane) && queues[lane].size === 0) return take(lane);
      return queueLength() < waiting ? wait(lane, signal) : Promise.resolve(null);
    },
    startSlowly() {
      limit = 1;
    },
  };
}
