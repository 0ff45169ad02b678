/** Whom the load asks for: mostly people not asked for yet, and some again. */
export interface People {
  next(): string;
}

/** Milliseconds after which an answer is no longer fresh by the terms (60 s), and may be told as stale. */
const agedMs = 61_000;
/** One request of so many is for somebody asked for before. */
const again = 4;

/**
 * Draws them in the order of `pins`. Somebody is asked for again only once what was said of him counts as
 * fresh no more; where nobody is left, those of the longest ago come round.
 */
export function drawPeople(pins: readonly string[], now: () => number): People {
  const asked: { pin: string; at: number }[] = [];
  let fresh = 0;
  let repeated = 0;
  let count = 0;
  return {
    next() {
      const oldest = asked[repeated];
      const isDue = oldest !== undefined && now() - oldest.at >= agedMs;
      const takeOldest = fresh >= pins.length || (count++ % again === 0 && isDue);
      const pin = takeOldest && oldest ? (repeated++, oldest.pin) : pins[fresh++]!;
      asked.push({ pin, at: now() });
      return pin;
    },
  };
}
