import type { SourceErrorCode } from "../errors.ts";
import type { Failure } from "./read-rows.ts";

/** Keys from some object down to a value, as in a GraphQL error's path. */
export type Path = readonly (string | number)[];

/** Codes that a lost field can bear. */
export type LossCode = SourceErrorCode | "QUOTA_EXHAUSTED" | "NOT_RECORDED" | "BAD_USER_INPUT";

/** What a loss tells beside its code, where it is known. */
export interface Told {
  /** When asking again makes sense, ISO 8601. */
  readonly retryAt?: string;
  readonly reason?: string;
  /** The lane whose units are spent, and when it has new ones, ISO 8601. */
  readonly lane?: string;
  readonly resetsAt?: string;
}

/** Why something that was asked of a source is not known; becomes an error of the answer. */
export interface Loss {
  readonly code: LossCode;
  readonly source: string;
  /** A sentence for the client; nothing in it comes from the source. */
  readonly message: string;
  /** ISO 8601; null where waiting alone will not help. */
  readonly retryAt: string | null;
  readonly nextStep: string;
  /** What else an error's `extensions` hold of it. */
  readonly told: Omit<Told, "retryAt">;
}

/** Words a loss. */
export type Describe = (code: LossCode, told?: Told) => Loss;

/** A field of a row that is not known; `path` starts at the row. */
export interface LostField {
  readonly path: Path;
  readonly loss: Loss;
}

/** A field that was answered without something that it is found by, because another source lost that. */
export interface UnsureField {
  /** Starts at the row. */
  readonly path: Path;
  /** The source that answered it. */
  readonly source: string;
  /** Names of the fields of the row that its source was told as null. */
  readonly without: readonly string[];
  /** Of the first of those. */
  readonly loss: Loss;
}

/** What one row lost. */
export interface RowLoss {
  readonly fields: readonly LostField[];
  /** What is known of it and may be less than there is. */
  readonly unsure?: readonly UnsureField[];
  /** Set where nothing of the row is known, not even whether there is one. */
  readonly whole: Loss | null;
  /** Where in the request its fetch belongs (`["citizen", "maritalHistory", "@", "spouse"]`). */
  readonly near: Path;
}

/**
 * What a request lost, and the objects in which that can be found again.
 *
 * A row that lost something carries the mark `lostMark` into the gateway's own tree, where later rows
 * are merged into it. Following the marks tells each row's place for certain. (Apollo's executor
 * counts places for `["_entities", i]` over rows that it never sent, and names the wrong citizen.)
 */
export interface LossRecord {
  /** Key of the mark in a row. */
  readonly mark: typeof lostMark;
  /** The data of every fetch that started at the root: the trunk of the tree. */
  readonly roots: Record<string, unknown>[];
  /** By the number that stands in the row's mark. */
  readonly rows: RowLoss[];
  /**
   * Sources that did not answer this request in time or could not be reached, and why not.
   * The steps of a plan that come later ask them no more: each would wait as long again.
   */
  readonly silent: Map<string, Failure>;
}

/** The record of a request that has lost nothing yet. */
export function openLossRecord(): LossRecord {
  return { mark: lostMark, roots: [], rows: [], silent: new Map() };
}

/** No GraphQL name can be this, so no alias can either. */
export const lostMark = "@lost";

/** Marks a row, and keeps what it lost. The mark is an object because the executor merges those. */
export function markLoss(row: Record<string, unknown>, loss: RowLoss, record: LossRecord): void {
  const number = record.rows.push(loss) - 1;
  row[lostMark] = { ...(row[lostMark] as object | undefined), [number]: true };
}
