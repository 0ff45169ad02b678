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
  /** Milliseconds after which an answer shows that the source has as much to do as it can. */
  readonly slowMs: number;
  /** Milliseconds; differences count alone. */
  readonly now: () => number;
}

interface Waiter {
  readonly lane: Lane;
  settle(leave: Leave | null): void;
}

/**
 * Opens the admission to a source. A citizen who waits goes first, then files, then data that are
 * cleaned; the latter two leave free what `mostForFiles` says, so that whoever comes to a counter finds a
 * place.
 *
 * A place is worth little at a source that is busy with what came before. So files and data begin with one
 * call at a time, and add one with each that is answered in good time; one that is not halves them.
 * (Thirty calls of a thousand records each, at once, left the counter to its time-out.)
 */
export function openAdmission(options: AdmissionOptions): Admission {
  const { places, waiting, patienceMs, slowMs, now } = options;
  let limit = places;
  let files = 1;
  let taken = 0;
  let takenByOthers = 0;
  const queues: Readonly<Record<Lane, Set<Waiter>>> = {
    counter: new Set(),
    case: new Set(),
    bulk: new Set(),
  };
  const isFree = (lane: Lane) =>
    taken < limit && (lane === "counter" || takenByOthers < Math.min(files, mostForFiles(limit)));
  const queueLength = () => lanes.reduce((sum, lane) => sum + queues[lane].size, 0);
  const take = (lane: Lane): Leave => {
    const other = lane === "counter" ? 0 : 1;
    const entered = now();
    taken++;
    takenByOthers += other;
    return (well) => {
      taken--;
      takenByOthers -= other;
      if (well) limit = Math.min(places, limit + 1);
      if (other === 1) files = fit(files, well, now() - entered);
      admit();
    };
  };
  /** How many files may go at once, after one of them took so long. */
  const fit = (many: number, well: boolean, took: number): number => {
    if (took > slowMs) return Math.max(1, Math.floor(many / 2));
    return well ? Math.min(mostForFiles(places), many + 1) : many;
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
      files = 1;
    },
  };
}
