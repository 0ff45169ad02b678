import { Kind } from "graphql";
import type { FieldNode, InlineFragmentNode, SelectionNode, SelectionSetNode } from "graphql";
import { isRow, ownValue } from "./read-row.ts";
import type { Row } from "./read-row.ts";

/** How a row shows whose it is: the key it was asked by, asked for again in the same operation. */
export interface KeyCheck {
  readonly parts: readonly KeyPart[];
}

interface KeyPart {
  /** Name of the key field, as the representation has it. */
  readonly name: string;
  /** Where the row answers it. */
  readonly responseKey: string;
  /** The inner fields of a key such as `organization { id }`. */
  readonly inner: SelectionSetNode | undefined;
}

/**
 * The selections that ask a row for a key, and the check that reads them. A key field stands under an
 * alias of our own, which names the type because two types' keys may differ in their type; where the
 * selection has the field already, that one is read.
 *
 * @param answers whether the source answers a field of the type: an `@external` one it need not even
 *   know, and a row without any other key cannot show whose it is
 */
export function askForKey(
  type: string,
  key: SelectionSetNode,
  selected: readonly SelectionNode[],
  answers: (field: string) => boolean,
): { check: KeyCheck | undefined; added: readonly FieldNode[] } {
  const parts: KeyPart[] = [];
  const added: FieldNode[] = [];
  for (const field of key.selections) {
    if (field.kind !== Kind.FIELD) continue;
    const name = field.name.value;
    if (!answers(name)) continue;
    const present = field.selectionSet ? undefined : plainField(name, selected);
    const alias = `__lt_key_${type}_${name}`;
    parts.push({ name, responseKey: present ?? alias, inner: field.selectionSet });
    if (present === undefined) added.push({ ...field, alias: { kind: Kind.NAME, value: alias } });
  }
  return { check: parts.length > 0 ? { parts } : undefined, added };
}

/** An inline fragment on a type. */
export function onType(type: string, selections: readonly SelectionNode[]): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
}

/** The selection of a key that is one field. */
export function selectField(name: string): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: name } }],
  };
}

/** The response key under which a selection has a field, whatever the variables are. */
function plainField(name: string, selected: readonly SelectionNode[]): string | undefined {
  for (const selection of selected)
    if (selection.kind === Kind.FIELD && selection.name.value === name)
      if (!selection.directives?.length && !selection.arguments?.length)
        return selection.alias?.value ?? name;
  return undefined;
}

/** Whether a row bears the key that it was asked by. A number and its text are one key. */
export function bearsKey({ parts }: KeyCheck, asked: Row, row: Row): boolean {
  return parts.every(({ name, responseKey, inner }) =>
    sameKey(ownValue(asked, name), ownValue(row, responseKey), inner),
  );
}

function sameKey(asked: unknown, got: unknown, inner: SelectionSetNode | undefined): boolean {
  if (Array.isArray(asked))
    return (
      Array.isArray(got) &&
      got.length === asked.length &&
      asked.every((item, index) => sameKey(item, got[index], inner))
    );
  if (!isRow(asked)) return isKeyValue(asked) && isKeyValue(got) && String(asked) === String(got);
  return (
    isRow(got) &&
    (inner?.selections ?? []).every(
      (field) =>
        field.kind !== Kind.FIELD ||
        sameKey(
          ownValue(asked, field.name.value),
          ownValue(got, field.name.value),
          field.selectionSet,
        ),
    )
  );
}

function isKeyValue(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** Whether a representation has a value in every field of a key. */
export function holdsKey(representation: Row, key: SelectionSetNode): boolean {
  return key.selections.every((field) => {
    if (field.kind !== Kind.FIELD) return true;
    const value = ownValue(representation, field.name.value);
    if (value === undefined || value === null) return false;
    return !field.selectionSet || !isRow(value) || holdsKey(value, field.selectionSet);
  });
}
