import pg from "pg";

/** How much is under way in this test file: statements, connections being made, and what it says itself. */
let underWay = 0;

/** Counts work as under way until it has ended, well or badly. */
export function countUnderWay<T>(work: Promise<T>): Promise<T> {
  underWay += 1;
  const end = () => void (underWay -= 1);
  work.then(end, end);
  return work;
}

export function isQuiet(): boolean {
  return underWay === 0;
}

type Method = (this: unknown, ...given: unknown[]) => unknown;

// The real pg, counted: its own counters know no statement that waits for its answer.
for (const [prototype, name] of [
  [pg.Client.prototype, "query"],
  [pg.Pool.prototype, "connect"],
] as const) {
  const methods = prototype as unknown as Record<string, Method>;
  const method = methods[name]!;
  methods[name] = function (...given) {
    const result = method.apply(this, given);
    return result instanceof Promise ? countUnderWay(result) : result;
  };
}
