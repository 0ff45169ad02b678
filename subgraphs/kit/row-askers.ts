import { GraphQLError } from "graphql";
import { lanes } from "../../schema/terms.ts";
import type { Lane } from "../../schema/terms.ts";

/** Who asks for a row of a call, why and how urgently, as the gateway says it. */
export interface RowAsker {
  readonly agency: string;
  /** Code of the purpose. */
  readonly purpose: string;
  readonly lane: Lane;
  /** Names the request at the gateway, whose log has the person. */
  readonly requestId: string;
  /** Number of the case file; undefined where the purpose needs none. */
  readonly case: string | undefined;
}

/**
 * Reads who asks for each row of a call out of the body's `extensions`: `askers`, a list of them, and
 * `rows`, for each key in the operation's order the place in that list of whoever asks for it, or the
 * places of several. An operation whose rows are all one asker's may leave `rows` empty.
 *
 * @returns the askers, each of whom asks for something
 * @throws {GraphQLError} with HTTP 401 where any row is nobody's, or an asker is not named in full
 */
export function readRowAskers(extensions: unknown, keys: number): readonly RowAsker[] {
  const { askers, rows } = Object(extensions) as Record<string, unknown>;
  if (!Array.isArray(askers)) {
    if (keys === 0) return [];
    throw refuse("`extensions.askers` must be a list of those who ask");
  }
  const named = askers.map(readAsker);
  const places = readPlaces(rows, keys, named.length);
  const asking = new Set(places.flat());
  if (keys > 0 && asking.size < named.length)
    throw refuse("`extensions.askers` must name nobody who asks for no row");
  return named;
}

function readPlaces(rows: unknown, keys: number, askers: number): (readonly number[])[] {
  if (askers === 1 && Array.isArray(rows) && rows.length === 0)
    return Array.from({ length: keys }, () => [0]);
  if (!Array.isArray(rows) || rows.length !== keys)
    throw refuse(`\`extensions.rows\` must have an entry for each of the ${keys} rows`);
  const isPlace = (place: unknown) =>
    Number.isInteger(place) && (place as number) >= 0 && (place as number) < askers;
  return rows.map((row: unknown, index) => {
    const places: unknown[] = Array.isArray(row) ? row : [row];
    if (places.length > 0 && places.every(isPlace)) return places as number[];
    throw refuse(`\`extensions.rows[${index}]\` must be a place in \`askers\`, or a list of some`);
  });
}

function readAsker(asker: unknown, index: number): RowAsker {
  const {
    agency,
    purpose,
    lane,
    requestId,
    case: caseNumber,
  } = Object(asker) as Record<string, unknown>;
  const mustHave = (what: string) => refuse(`\`extensions.askers[${index}]\` must have ${what}`);
  if (!isName(agency)) throw mustHave("an `agency`");
  if (!isName(purpose)) throw mustHave("a `purpose`");
  if (!isLane(lane)) throw mustHave(`a \`lane\`, one of ${lanes.join(", ")}`);
  if (!isName(requestId)) throw mustHave("a `requestId`");
  if (caseNumber !== undefined && !isCaseNumber(caseNumber))
    throw mustHave("a case number as `case`, or none");
  return { agency, purpose, lane, requestId, case: caseNumber };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && /^[^\p{Cc}]{1,100}$/u.test(value);
}

function isLane(value: unknown): value is Lane {
  return lanes.some((lane) => lane === value);
}

function isCaseNumber(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9./-]{2,60}$/.test(value);
}

function refuse(what: string): GraphQLError {
  return new GraphQLError(`A call must say who asks for each of its rows, and why: ${what}.`, {
    extensions: { code: "UNAUTHENTICATED", http: { status: 401 } },
  });
}
