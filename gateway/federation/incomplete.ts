import type { Loss, LossRecord, Path } from "../source/loss.ts";
import { findMarks } from "./loss-places.ts";
import { selectedPart } from "./response.ts";
import type { Data, LossError } from "./response.ts";

/** A field of an answer that may hold less than there is; stands in `extensions.incomplete`. */
export interface IncompleteField extends Pick<Loss, "message" | "retryAt" | "nextStep"> {
  readonly path: Path;
  /** The source that answered it. */
  readonly source: string;
  /** Fields of the same object that it is found by, and that were not to be had. */
  readonly without: readonly string[];
  /** Why not: as in the error of a lost field. */
  readonly because: { readonly code: string; readonly source: string };
}

/**
 * The fields that their sources answered without something that they find them by, because another source
 * lost it. That a list is empty, or a field null, says nothing certain there. They are no errors: an error
 * stands at what is not shown, and these are.
 *
 * @param placed the answer's errors; what they tell of is told once
 */
export function placeIncomplete(
  data: Data,
  record: LossRecord,
  placed: readonly LossError[],
): IncompleteField[] {
  if (!record.rows.some(({ unsure }) => unsure)) return [];
  const places = findMarks(record);
  const told = new Set(placed.map(({ path }) => JSON.stringify(path)));
  const fields = new Map<string, IncompleteField>();
  for (const [number, { unsure = [] }] of record.rows.entries()) {
    const at = places.get(number);
    if (at === undefined) continue;
    for (const field of unsure) {
      const whole = [...at, ...field.path];
      const path = selectedPart(data, whole);
      const id = JSON.stringify(path);
      if (path.length < whole.length || told.has(id) || fields.has(id)) continue;
      const { source, without, loss } = field;
      const { code, retryAt, nextStep, told: more } = loss;
      const names = without.map((name) => `\`${name}\``).join(" and ");
      const message = `The source "${source}" finds this by ${names} too, which "${loss.source}" did not tell: there may be more than this.`;
      const because = { code, source: loss.source };
      fields.set(id, { path, source, without, because, message, retryAt, nextStep, ...more });
    }
  }
  return [...fields.values()];
}
