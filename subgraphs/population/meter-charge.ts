import { createHash } from "node:crypto";
import type { AskedField } from "../kit/asked-keys.ts";

/** What a call costs whom. */
export interface Charge {
  /** Records by consumer, in the order in which each first asks. */
  readonly consumers: ReadonlyMap<string, number>;
  /** Tells calls for other records apart: a key pays for one question, however often it comes. */
  readonly digest: Buffer;
}

/** Whoever does not say who asks. */
const unknown = "unknown";

/**
 * What a call costs: a record for each representation, look-up key and other root field, equal ones
 * once, at the expense of the first agency that asks for it.
 *
 * @param extensions of the request's body: `askers`, a list of `{ agency }`, and `rows`, for each key
 *   in the operation's order the places in that list of those who ask for it, or the only one's
 */
export function readCharge(asked: readonly AskedField[], extensions: unknown): Charge {
  const keys = asked.flatMap((field) => field.keys);
  const askerOf = readAskers(extensions, keys.length);
  const consumers = new Map<string, number>();
  const counted = new Set<string>();
  for (const [place, key] of keys.entries()) {
    const text = canonicalText(key);
    if (counted.has(text)) continue;
    counted.add(text);
    const consumer = askerOf(place);
    consumers.set(consumer, (consumers.get(consumer) ?? 0) + 1);
  }
  return {
    consumers,
    digest: createHash("sha256")
      .update([...counted].join("\n"))
      .digest(),
  };
}

/** A list that does not fit the keys says nothing about them, so that all are the first asker's. */
function readAskers(extensions: unknown, keys: number): (place: number) => string {
  const { askers, rows } = Object(extensions) as Record<string, unknown>;
  const names = Array.isArray(askers) ? askers.map(readName) : [];
  const places = Array.isArray(rows) && rows.length === keys ? rows : [];
  return (place) => {
    const asking: unknown = places[place];
    const first: unknown = Array.isArray(asking) ? asking[0] : asking;
    return names[typeof first === "number" ? first : 0] ?? unknown;
  };
}

function readName(asker: unknown): string {
  const { agency } = Object(asker) as { agency?: unknown };
  return typeof agency === "string" && /^[^\p{Cc}]{1,100}$/u.test(agency) ? agency : unknown;
}

/** JSON in which the order of an object's fields makes no difference. */
function canonicalText(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  const fields = Object.entries(value)
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalText(inner)}`)
    .toSorted();
  return `{${fields.join()}}`;
}
