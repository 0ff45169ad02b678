/**
 * The value that travels with a request: built once at the door, frozen, first argument of every
 * stage. No later stage reads a header, the clock or the environment for itself.
 */
export interface Access {
  /** Names the request in logs and toward the sources. */
  readonly requestId: string;
  /** Aborted when the client goes away or the request's time is up; every call to a source hangs on it. */
  readonly signal: AbortSignal;
}

/** Why a request's signal was aborted, where its time was up; otherwise the client went away. */
export const timeUp = new Error("The request's time is up.");

/** How one source took part in an answer; becomes `extensions.sources`. */
export interface SourceReport {
  /** Name of the source, such as `population`. */
  readonly name: string;
  readonly status: "FRESH" | "UNAVAILABLE";
  /** When the source answered, ISO 8601; null where it did not. */
  readonly asOf: string | null;
  /** Representations and root keys that this request sent to it. */
  readonly records: number;
}
