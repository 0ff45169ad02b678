import type { SourceSchema } from "../federation/supergraph.ts";
import { holdsKey } from "./key-check.ts";
import type { Loss } from "./loss.ts";
import type { EntityOperation, KeyChoice } from "./operation.ts";
import { isRow, ownValue } from "./read-row.ts";
import type { Row } from "./read-row.ts";
import { placeRows, writeRow } from "./read-rows.ts";
import type { AskedRow, RowAnswer, RowError, RowWriting } from "./read-rows.ts";
import type { SourceError } from "./source-errors.ts";

/** Representations as they will travel: equal ones once, and only those that can be asked. */
export interface EntityQuestion {
  /** Each different representation that holds a key. */
  readonly travelling: readonly Row[];
  /** For each representation of the plan, its place in `travelling`; -1 where it cannot be asked. */
  readonly places: readonly number[];
}

/**
 * Sorts representations. Equal ones travel once. One whose key is null stays: another source said that
 * there is none, or lost it.
 */
export function gatherRepresentations(
  representations: readonly Row[],
  source: SourceSchema,
): EntityQuestion {
  const travelling: Row[] = [];
  const seen = new Map<string, number>();
  const places = representations.map((representation) => {
    if (!canBeAsked(representation, source)) return -1;
    if (representations.length === 1) return travelling.push(representation) - 1;
    const text = JSON.stringify(representation);
    const place = seen.get(text) ?? travelling.push(representation) - 1;
    seen.set(text, place);
    return place;
  });
  return { travelling, places };
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

/** What the source says about each representation that travelled. */
export function readEntities(
  question: EntityQuestion,
  operation: EntityOperation,
  data: unknown,
  errors: readonly SourceError[],
  mayDeny: (type: string) => boolean,
): RowAnswer[] {
  const rows = isRow(data) ? ownValue(data, "_entities") : undefined;
  const asked = question.travelling.map((row) => askedRow(row, operation));
  return placeRows(asked, rows, errorsByPlace(errors, "_entities"), ({ type }) => mayDeny(type));
}

/**
 * A row for each representation of the plan, each an object of its own.
 *
 * @param lostKeys for each representation, the loss that made its key null; see `findLostKeys`
 */
export function writeEntities(
  representations: readonly Row[],
  question: EntityQuestion,
  operation: EntityOperation,
  answers: readonly RowAnswer[],
  lostKeys: readonly (Loss | undefined)[],
  writing: RowWriting,
): Row[] {
  return representations.map((representation, index) => {
    const answer = answers[question.places[index] ?? -1];
    const asked = askedRow(representation, operation);
    if (answer) return writeRow(asked, answer, writing);
    // Its key is null: lost with another source, whose loss is told again, or there is none.
    const cause = lostKeys[index];
    return cause
      ? writeRow(
          asked,
          { kind: "lost", code: cause.code, reason: undefined },
          { ...writing, describe: () => cause },
        )
      : writeRow(asked, { kind: "none" }, writing);
  });
}

function askedRow(representation: Row, operation: EntityOperation): AskedRow {
  const type = typeOf(representation);
  return { type, known: representation, check: operation.checkFor(type) };
}

function typeOf(representation: Row): string {
  return String(ownValue(representation, "__typename"));
}

/** Errors under a list of rows, by place; those that name no place stand at every one. */
export function errorsByPlace(
  errors: readonly SourceError[],
  key: string,
): (place: number) => readonly RowError[] {
  if (errors.length === 0) return () => none;
  const everywhere: RowError[] = [];
  const placed = new Map<number, RowError[]>();
  for (const { path, code } of errors) {
    if (path !== undefined && path[0] !== key) continue;
    const place = path?.[1];
    if (typeof place !== "number") everywhere.push({ path: undefined, code });
    else placed.set(place, [...(placed.get(place) ?? []), { path: path?.slice(2), code }]);
  }
  return (place) => [...(placed.get(place) ?? []), ...everywhere];
}

const none: readonly RowError[] = [];
