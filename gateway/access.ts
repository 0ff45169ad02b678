import type { Role } from "../schema/roles.ts";
import type { Lane } from "../schema/terms.ts";

/**
 * The value that travels with a request: built once at the door, frozen, first argument of every
 * stage. No later stage reads a header, the clock or the environment for itself.
 */
export interface Access {
  /** Names the request in logs and toward the sources. */
  readonly requestId: string;
  /** Who asks, as the issuer names the person. */
  readonly subject: string;
  /** What the person is; undefined where nobody is known by name. */
  readonly role: Role | undefined;
  /** What the person's token may be used for, besides: words of its claim `scope`. */
  readonly scopes: ReadonlySet<string>;
  /** Code of the administrative unit whose business the person does. */
  readonly unit: string | undefined;
  /** A citizen's own personal number. */
  readonly pin: string | undefined;
  /** Code of the agency that asks; its share of the owners' units and its answers are its own. */
  readonly agency: string;
  /** Code of the purpose that it asks for. */
  readonly purpose: string;
  /** Number of the case file; undefined where the purpose needs none. */
  readonly caseNumber: string | undefined;
  /** Whose other requests may be answered by what is read for this one. */
  readonly keptFor: "agency" | "subject";
  readonly lane: Lane;
  /** Aborted when the client goes away or the request's time is up; every call to a source hangs on it. */
  readonly signal: AbortSignal;
}

/** Who asks, why, and how urgently: the part of `Access` that the request itself must show. */
export type Caller = Omit<Access, "requestId" | "signal">;

/** Why a request's signal was aborted, where its time was up; otherwise the client went away. */
export const timeUp = new Error("The request's time is up.");

/** How one source took part in an answer; becomes `extensions.sources`. */
export interface SourceReport {
  /** Name of the source, such as `population`. */
  readonly name: string;
  /**
   * Of what the answer shows of it, the least fresh: `FRESH` where it was asked for this answer, `CACHED`
   * where some of it was kept since a moment ago, `STALE` where that is older than the owner's terms like,
   * because the source does not answer now. `UNAVAILABLE` where nothing of it is shown: what is lost of a
   * source that did answer is told by the errors at its fields.
   */
  readonly status: "FRESH" | "CACHED" | "STALE" | "UNAVAILABLE";
  /** When the source said the oldest of what is shown, ISO 8601; null where nothing is. */
  readonly asOf: string | null;
  /** Representations and root keys sent to it that are charged to this request. */
  readonly records: number;
}

/** From what an answer is best made of to the worst. */
const freshness: readonly SourceReport["status"][] = ["FRESH", "CACHED", "STALE", "UNAVAILABLE"];

/** The less fresh of two. */
export function lessFresh(
  a: SourceReport["status"],
  b: SourceReport["status"],
): SourceReport["status"] {
  return freshness.indexOf(a) < freshness.indexOf(b) ? b : a;
}
