import type { Storage } from "@graphiql/toolkit";

/**
 * GraphiQL keeps queries and variables in the browser for the next visit. Here variables are personal
 * numbers, and a counter's browser has many users: they last as long as the page.
 */
export function memoryStorage(): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    clear: () => items.clear(),
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => void items.delete(key),
    setItem: (key, value) => void items.set(key, value),
  };
}
