import DataLoader from "dataloader";

/** The whole work of an adapter: the rows of the keys asked for, in one statement, in any order. */
export type Load<Key, Row> = (keys: readonly Key[]) => Promise<readonly Row[]>;

/**
 * Most keys in one statement. A batch has at most a thousand citizens, and a citizen seldom more than
 * two numbers; what lies far beyond would rather be two statements than one array of any size.
 */
const mostKeys = 10_000;

/** Loads at most one row a key; null where there is none. */
export function loaderOfOne<Key extends string, Row>(
  load: Load<Key, Row>,
  keyOf: (row: Row) => Key,
): DataLoader<Key, Row | null> {
  return new DataLoader(
    async (keys) => {
      const byKey = new Map((await load(keys)).map((row) => [keyOf(row), row]));
      return keys.map((key) => byKey.get(key) ?? null);
    },
    { maxBatchSize: mostKeys },
  );
}

/** Loads the rows of each key in the order in which `load` gave them; none is an empty list. */
export function loaderOfMany<Key extends string, Row>(
  load: Load<Key, Row>,
  keyOf: (row: Row) => Key,
): DataLoader<Key, readonly Row[]> {
  return new DataLoader(
    async (keys) => {
      const byKey = Map.groupBy(await load(keys), keyOf);
      return keys.map((key) => byKey.get(key) ?? []);
    },
    { maxBatchSize: mostKeys },
  );
}

/**
 * Loads the rows of each list of keys under which one thing is known, such as a citizen's present and
 * former numbers: one statement for the keys of all lists, each row once a list, in the order in which
 * `load` gave them.
 *
 * @param keysOf every key under which a row is found; a marriage has two
 */
export function loaderOfManyUnderKeys<Key extends string, Row>(
  load: Load<Key, Row>,
  keysOf: (row: Row) => readonly (Key | null)[],
): DataLoader<readonly Key[], readonly Row[], string> {
  return new DataLoader(
    async (lists) => {
      const rows = await load([...new Set(lists.flat())]);
      const placesOf = new Map<Key, number[]>();
      for (const [place, row] of rows.entries())
        for (const key of new Set(keysOf(row))) {
          if (key === null) continue;
          const places = placesOf.get(key);
          if (places) places.push(place);
          else placesOf.set(key, [place]);
        }
      return lists.map((keys) =>
        [...new Set(keys.flatMap((key) => placesOf.get(key) ?? []))]
          .toSorted((a, b) => a - b)
          .map((place) => rows[place] as Row),
      );
    },
    { maxBatchSize: mostKeys, cacheKeyFn: (keys) => keys.join() },
  );
}
