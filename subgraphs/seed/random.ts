/**
 * A stream of numbers that looks random and is the same on every machine. `Math.random` can't be
 * seeded; a stream of our own makes the same seed give the same people for ever.
 */
export interface Random {
  /** From 0, included, to 1, excluded, in steps of 2^-32. */
  unit(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
  /** One of the items, each as likely; the list must not be empty. */
  pick<Item>(items: readonly Item[]): Item;
  /** Normally distributed around `mean`. */
  normal(mean: number, deviation: number): number;
}

/**
 * sfc32, the small fast chaotic generator of Chris Doty-Humphrey (PractRand 0.94, public domain):
 * three words of mixed state and a counter, so that no seed leads into a cycle shorter than 2^32.
 *
 * @param keys whole numbers that name the stream, such as seed, community and subject
 */
export function makeRandom(...keys: readonly number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  // Each key goes in whole and is stirred before the next, so that (1, 2) and (2, 1) part at once.
  for (const key of keys) {
    a ^= key | 0;
    b ^= Math.floor(key / 0x1_0000_0000) | 0;
    for (let round = 0; round < 15; round++) next();
  }

  const unit = () => next() / 0x1_0000_0000;
  return {
    unit,
    between: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    chance: (probability) => unit() < probability,
    pick: (items) => items[Math.floor(unit() * items.length)]!,
    // Box and Muller (1958); 1 - unit() is never 0, whose logarithm there isn't.
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
  };
}

/** Items with weights, prepared so that one draw costs a search in a short list. */
export interface Weighted<Item> {
  readonly items: readonly Item[];
  /** Running totals of the weights, the last of them the sum. */
  readonly totals: readonly number[];
}

export function weigh<Item>(table: readonly (readonly [Item, number])[]): Weighted<Item> {
  let sum = 0;
  return { items: table.map(([item]) => item), totals: table.map(([, weight]) => (sum += weight)) };
}

/** One of the items, as likely as its share of the sum of the weights. */
export function draw<Item>(random: Random, { items, totals }: Weighted<Item>): Item {
  const mark = random.unit() * totals[totals.length - 1]!;
  let low = 0;
  let high = totals.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (totals[middle]! > mark) high = middle;
    else low = middle + 1;
  }
  return items[low]!;
}
