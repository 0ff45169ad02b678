/** A string of JSON, or a sign that opens, parts or closes something. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * The first key that an object in a JSON text has twice; undefined where there is none. Parsers differ in
 * which of two they take, so that a door and what lies behind it could read two different requests.
 *
 * @param text valid JSON
 */
export function findRepeatedKey(text: string): string | undefined {
  /** The keys of each object that is open; null for a list. */
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (const [sign] of text.matchAll(token)) {
    if (sign === "{") open.push(new Set());
    else if (sign === "[") open.push(null);
    else if (sign === "}" || sign === "]") open.pop();
    else if (sign === ":") {
      const keys = open.at(-1);
      // Two spellings of one key are one key.
      const key = last.includes("\\") ? (JSON.parse(last) as string) : last.slice(1, -1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    } else last = sign;
  }
  return undefined;
}
