/** The most recently used values of a kind, by text. */
export interface Recent<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/**
 * Keeps values until their texts together are longer than `characters`; then those used longest ago
 * go. Bounded by length and not by number, so that an attacker's long texts cost no more memory.
 */
export function keepRecent<Value>(characters: number): Recent<Value> {
  // A Map iterates in the order of insertion: the first key is the one used longest ago.
  const values = new Map<string, Value>();
  let length = 0;
  return {
    get(text) {
      const value = values.get(text);
      if (value === undefined) return undefined;
      values.delete(text);
      values.set(text, value);
      return value;
    },
    set(text, value) {
      if (values.delete(text)) length -= text.length;
      values.set(text, value);
      length += text.length;
      for (const oldest of values.keys()) {
        if (length <= characters) break;
        values.delete(oldest);
        length -= oldest.length;
      }
    },
  };
}
