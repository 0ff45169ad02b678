/** Headers by which somebody is known, or a purpose or a place is named. */
const singular: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "content-type",
  "host",
  "x-case",
  "x-evidence",
  "x-lane",
  "x-purpose",
  "x-request-id",
]);

/**
 * The first header that stands twice though it may stand once; undefined where there is none. Node.js keeps
 * one of them or joins them, and says nothing.
 *
 * @param rawHeaders names and values in turn, as they came
 */
export function findRepeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (!singular.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
