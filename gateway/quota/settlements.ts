import type { SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import type { FetchOwner } from "./meter.ts";
import { meterBeside } from "./meter.ts";
import type { RecordUnits } from "./comparison.ts";
import { reconcile } from "./reconcile.ts";
import type { UnansweredCall } from "./reconcile.ts";

export interface SettlementsOptions {
  readonly database: GatewayDatabase;
  /** The sources that have terms, and where each answers. */
  readonly sources: ReadonlyMap<string, { readonly terms: SourceTerms; readonly url: string }>;
  /** The way to the doors of a source's meter. */
  readonly ownerOf: (source: string) => FetchOwner;
  /** Writes down what the owners say; undefined where there is no log. */
  readonly record?: RecordUnits | undefined;
  /** Told of each call that an owner counted and of which no answer came. */
  readonly onUnanswered: (call: UnansweredCall) => void;
  /** Told of a source with which nothing can be settled, once until something can. */
  readonly onFailure: (source: string, error: unknown) => void;
}

/**
 * Settles with the owners, again and again, what is in doubt and what processes that died have left. A
 * meter that is silent holds up no other, and never the calls.
 *
 * @returns settles once, unless the last time is still under way; never rejects
 */
export function keepSettling(options: SettlementsOptions): () => Promise<void> {
  const { database, sources, ownerOf, onUnanswered, onFailure, record } = options;
  const failing = new Set<string>();
  const settleWith = async (source: string, terms: SourceTerms, url: string) => {
    try {
      const moved = { ...terms, meter: meterBeside(terms, url) };
      const fetchOwner = ownerOf(source);
      const calls = await reconcile({ database, source, terms: moved, fetchOwner, record });
      calls.forEach(onUnanswered);
      failing.delete(source);
    } catch (error) {
      if (!failing.has(source)) onFailure(source, error);
      failing.add(source);
    }
  };
  let settling: Promise<unknown> | undefined;
  return async () => {
    settling ??= Promise.all(
      [...sources]
        .filter(([, { terms }]) => terms.mode === "enforce" && terms.perDay !== null)
        .map(([source, { terms, url }]) => settleWith(source, terms, url)),
    ).finally(() => (settling = undefined));
    await settling;
  };
}
