import type { SourceSchema } from "../federation/supergraph.ts";
import { holdsKey } from "./key-check.ts";
import { markLoss } from "./loss.ts";
import type { LostInputs } from "./lost-inputs.ts";
import type { EntityOperation, KeyChoice } from "./operation.ts";
import { ownValue } from "./read-row.ts";
import type { Row } from "./read-row.ts";
import { writeRow } from "./read-rows.ts";
import type { AskedRow, RowAnswer, RowWriting } from "./read-rows.ts";

/** The representations of a fetch, as rows. */
export interface EntityQuestion {
  /** Those that hold a key. */
  readonly rows: readonly AskedRow[];
  /** For each representation of the plan, its place in `rows`; -1 where it cannot be asked. */
  readonly places: readonly number[];
}

/** Sorts out representations whose key is null: another source said that there is none, or lost it. */
export function gatherRepresentations(
  representations: readonly Row[],
  operation: EntityOperation,
  source: SourceSchema,
): EntityQuestion {
  const rows: AskedRow[] = [];
  const places = representations.map((representation) =>
    canBeAsked(representation, source) ? rows.push(askedRow(representation, operation)) - 1 : -1,
  );
  return { rows, places };
}

function canBeAsked(representation: Row, { keys }: SourceSchema): boolean {
  const ofType = keys.get(typeOf(representation));
  return !ofType || ofType.some(({ selection }) => holdsKey(representation, selection));
}

/** For each type with several keys in this source, the one that its first representation holds. */
export function chooseKeys(representations: readonly Row[], { keys }: SourceSchema): KeyChoice {
  const choice = new Map<string, NonNullable<ReturnType<typeof keys.get>>[number]>();
  for (const representation of representations) {
    const type = typeOf(representation);
    const ofType = keys.get(type);
    if (!ofType || ofType.length < 2 || choice.has(type)) continue;
    const held = ofType.find(({ selection }) => holdsKey(representation, selection));
    if (held) choice.set(type, held);
  }
  return choice;
}

/** A question that was answered. */
export interface AnsweredQuestion extends EntityQuestion {
  readonly operation: EntityOperation;
  /** About the question's rows, in order. */
  readonly answers: readonly RowAnswer[];
  /** For each representation, what of it is null because it was lost. */
  readonly lostInputs: readonly LostInputs[];
}

/** A row for each representation of the plan, each an object of its own. */
export function writeEntities(
  representations: readonly Row[],
  { rows, places, operation, answers, lostInputs }: AnsweredQuestion,
  source: SourceSchema,
  writing: RowWriting,
): Row[] {
  return representations.map((representation, index) => {
    const place = places[index] ?? -1;
    const answer = answers[place];
    const asked = rows[place] ?? askedRow(representation, operation);
    const lost = lostInputs[index] ?? nothingLost;
    if (answer) {
      const row = writeRow(asked, answer, writing);
      if (answer.kind !== "lost" && lost.size > 0) markUnsure(row, asked, lost, source, writing);
      return row;
    }
    // Its key is null: lost with another source, whose loss is told again, or there is none.
    const [cause] = lost.values();
    return cause
      ? writeRow(
          asked,
          { kind: "lost", code: cause.code, reason: undefined },
          { ...writing, describe: () => cause },
        )
      : writeRow(asked, { kind: "none" }, writing);
  });
}

const nothingLost: LostInputs = new Map();

/**
 * Notes which fields of a row were found without something that their source finds them by: a person's
 * former numbers, say. They are shown, since most people have none, and told to be perhaps not all.
 */
function markUnsure(
  row: Row,
  { type }: AskedRow,
  lost: LostInputs,
  { name: source, requiredFields }: SourceSchema,
  { shape, record, near }: RowWriting,
): void {
  const unsure = (shape.fieldsFor(type) ?? []).flatMap(({ key, name }) => {
    const required = requiredFields.get(`${type}.${name}`);
    const without = [...lost.keys()].filter((field) => required?.has(field));
    const [first] = without;
    if (first === undefined || !Object.hasOwn(row, key)) return [];
    return [{ path: [key], source, without, loss: lost.get(first)! }];
  });
  if (unsure.length > 0) markLoss(row, { fields: [], unsure, whole: null, near }, record);
}

function askedRow(representation: Row, operation: EntityOperation): AskedRow {
  const type = typeOf(representation);
  return { type, known: representation, check: operation.checkFor(type) };
}

function typeOf(representation: Row): string {
  return String(ownValue(representation, "__typename"));
}
