import { LRUCache } from "lru-cache";

/** Officers that are remembered; whoever asked longest ago is forgotten. */
const remembered = 10_000;

/** Numbers of one officer that are held against each other, for as long as somebody may take to go through a row. */
const kept = 16;
const keptMs = 3_600_000;

/** So many numbers this close to the newest are a row: people at a counter have nothing like it. */
const closeTo = 10;
const mostClose = 4;

/**
 * Watches for officers who go through personal numbers in a row. That cannot be told later: the log holds
 * hashes alone. Numbers stay in memory, and only the newest.
 *
 * @param monotonic milliseconds that never go back
 * @returns notes numbers, and answers whether they make up a row; once an hour for each officer
 */
export function watchSerialNumbers(
  monotonic: () => number,
): (subject: string, people: readonly string[]) => boolean {
  const recent = new LRUCache<string, { numbers: number[]; told: number }>({
    max: remembered,
    ttl: keptMs,
  });
  return (subject, people) => {
    const known = recent.get(subject) ?? { numbers: [], told: Number.NEGATIVE_INFINITY };
    let serial = false;
    for (const person of people) {
      const number = Number(person);
      if (known.numbers.includes(number)) continue;
      const close = known.numbers.filter((other) => Math.abs(other - number) <= closeTo).length;
      serial ||= close >= mostClose;
      known.numbers.push(number);
      if (known.numbers.length > kept) known.numbers.shift();
    }
    const tells = serial && monotonic() - known.told > keptMs;
    if (tells) known.told = monotonic();
    recent.set(subject, known);
    return tells;
  };
}
