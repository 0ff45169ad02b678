import type { SourceTerms } from "../../schema/terms.ts";

/** The doors of an owner's meter, and of any owner's clock. */

/**
 * Where an owner's meter is. It moves with the source, where both stand at one place in the terms.
 *
 * @param url where the source answers
 */
export function meterBeside(terms: SourceTerms, url: string): string | null {
  const { meter } = terms;
  if (meter === null || terms.url === null || !URL.canParse(url)) return meter;
  const { origin } = new URL(meter);
  return origin === new URL(terms.url).origin ? meter.replace(origin, new URL(url).origin) : meter;
}

/** Milliseconds for an answer of an owner's meter: nobody waits at a counter for it. */
const timeoutMs = 5_000;

/** What an owner answered: status, `date` header and body. Rejects where it does not answer in time. */
export type FetchOwner = (
  url: string,
  request: {
    readonly method: "GET" | "POST";
    readonly body?: string;
    /** Milliseconds for the whole answer. */
    readonly timeoutMs: number;
  },
) => Promise<{ readonly status: number; readonly date: string | null; readonly body: string }>;

/** The `Date` of an answer that costs nothing; null where the owner never tells the time. */
export async function askOwnerDate(
  fetchOwner: FetchOwner,
  url: string,
  timeoutMs: number,
): Promise<string | null> {
  // Any answer will do, a 404 too.
  const { date } = await fetchOwner(new URL("/health", url).href, { method: "GET", timeoutMs });
  return date;
}

/** What the owner says of a key: counted so, or void, and then it is refused if it still comes. */
export type KeyState =
  | { readonly state: "counted"; readonly records: number; readonly day: string }
  | { readonly state: "void" };

/** Asks which keys were counted, and makes the others void. @throws {Error} where the meter gives no such answer */
export async function settleKeys(
  fetchOwner: FetchOwner,
  meter: string,
  keys: readonly string[],
): Promise<Map<string, KeyState>> {
  return readKeys(await post(fetchOwner, doorOf(meter, "/meter/settle"), { keys }));
}

/** Asks what was counted under a lease, and closes it to all that still comes. @throws {Error} as `settleKeys` */
export async function closeLease(
  fetchOwner: FetchOwner,
  meter: string,
  lease: string,
): Promise<Map<string, KeyState>> {
  return readKeys(await post(fetchOwner, doorOf(meter, "/meter/close"), { lease }));
}

/** The units that the owner counted on a day. @throws {Error} as `settleKeys` */
export async function readMeter(
  fetchOwner: FetchOwner,
  meter: string,
  day: string,
): Promise<number> {
  const url = doorOf(meter, `/meter?day=${day}`);
  const { records } = readJson(url, await fetchOwner(url, { method: "GET", timeoutMs }));
  if (!isCount(records)) throw noAnswer(url, "without a count of records");
  return records;
}

/** Terms may end the meter's address with a stroke. */
function doorOf(meter: string, path: string): string {
  return `${meter.replace(/\/+$/, "")}${path}`;
}

async function post(fetchOwner: FetchOwner, url: string, body: object) {
  const answer = await fetchOwner(url, { method: "POST", body: JSON.stringify(body), timeoutMs });
  return { url, json: readJson(url, answer) };
}

function readKeys({ url, json }: { url: string; json: Record<string, unknown> }) {
  const { keys } = json;
  if (typeof keys !== "object" || keys === null) throw noAnswer(url, "without keys");
  return new Map(
    Object.entries(keys as Record<string, Record<string, unknown> | null>).map(
      ([key, state]): [string, KeyState] => {
        if (state?.["state"] === "void") return [key, { state: "void" }];
        const { records, day } = state ?? {};
        if (state?.["state"] === "counted" && isCount(records) && isDay(day))
          return [key, { state: "counted", records, day }];
        throw noAnswer(url, `with a state of ${key} that is neither counted nor void`);
      },
    ),
  );
}

function readJson(url: string, { status, body }: Awaited<ReturnType<FetchOwner>>) {
  if (status !== 200) throw noAnswer(url, `with HTTP ${status}`);
  try {
    return Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    throw noAnswer(url, "with something that is no JSON");
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDay(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value);
}

function noAnswer(url: string, how: string): Error {
  return new Error(`The meter at ${url} answered ${how}; ask its owner what it speaks.`);
}
