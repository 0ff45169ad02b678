/** How many units a second a lane uses of late. */
export interface Demand {
  /** Counts units that leave at this instant of the monotonic clock. */
  add(units: number, now: number): void;
  /** The most of the running second and the one before it. */
  perSecond(now: number): number;
}

export function measureDemand(start: number): Demand {
  let since = start;
  let running = 0;
  let before = 0;
  const roll = (now: number) => {
    const passed = now - since;
    if (passed < 1_000) return;
    before = passed < 2_000 ? running : 0;
    running = 0;
    since = now;
  };
  return {
    add(units, now) {
      roll(now);
      running += units;
    },
    perSecond(now) {
      roll(now);
      return Math.max(running, before);
    },
  };
}
