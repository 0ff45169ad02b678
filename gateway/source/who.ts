import {
  Kind,
  TypeInfo,
  getNamedType,
  isAbstractType,
  isObjectType,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { DocumentNode, FieldNode, SelectionNode, SelectionSetNode } from "graphql";
import { answers } from "./entity-operation.ts";
import { askForKey, onType, selectField } from "./key-check.ts";
import type { PlannedOperation } from "./operation.ts";
import type { People } from "./shape.ts";

/**
 * Asks everybody who is read through another, such as a father, for the key that tells who it is: a request
 * may ask for his name alone, and the log must say whose name was shown. Where only `__typename` is asked,
 * nothing of him is. Rows that are looked up show themselves whose they are.
 */
export function askWho(
  document: DocumentNode,
  people: People,
  { source, lookups }: Pick<PlannedOperation, "source" | "lookups">,
): DocumentNode {
  const { schema } = source;
  const types = new TypeInfo(schema);
  const askKey = (type: string, selected: readonly SelectionNode[]): readonly FieldNode[] => {
    const key = people.get(type);
    if (key === undefined) return [];
    return askForKey(type, selectField(key), selected, answers(type, source)).added;
  };
  const askAnyOf = (types: readonly { readonly name: string }[]) =>
    types.flatMap(({ name }) => {
      const asked = askKey(name, []);
      return asked.length > 0 ? [onType(name, asked)] : [];
    });
  return visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const { name, selectionSet } = node;
        const looksUp = types.getParentType() === schema.getQueryType() && lookups.has(name.value);
        if (selectionSet === undefined || looksUp || asksTypeAlone(selectionSet)) return undefined;
        const { selections } = selectionSet;
        const type = getNamedType(types.getType());
        const added = isObjectType(type)
          ? askKey(type.name, selections)
          : isAbstractType(type) && type.name !== "_Entity"
            ? askAnyOf(schema.getPossibleTypes(type))
            : [];
        if (added.length === 0) return undefined;
        return {
          ...node,
          selectionSet: { ...selectionSet, selections: [...selections, ...added] },
        };
      },
    }),
  );
}

function asksTypeAlone({ selections }: SelectionSetNode): boolean {
  return selections.every(
    (selection) => selection.kind === Kind.FIELD && selection.name.value === "__typename",
  );
}
