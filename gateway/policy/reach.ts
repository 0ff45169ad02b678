import {
  Kind,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
} from "graphql";
import type {
  DocumentNode,
  FieldNode,
  GraphQLField,
  GraphQLNamedType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from "graphql";
import type { Variables } from "./named-people.ts";

/** How many values the answer to an operation may hold, with a request's variables. */
export type Reach = (variables: Variables) => number;

/** Items that a list is taken to have where nothing in the request says how many: a life's residences. */
const usualItems = 10;

/** A sum of what is fixed, and of what each list of a variable multiplies. */
interface Sum {
  readonly fixed: number;
  readonly lists: readonly {
    readonly size: (variables: Variables) => number;
    readonly times: number;
    readonly each: Sum;
  }[];
}

const nothing: Sum = { fixed: 0, lists: [] };

/**
 * Measures the reach of an operation: each field counts one, and once more for each item of the lists that
 * it stands in. A list has as many items as the list that was given for it (`citizens(pins:)`), else
 * `usualItems`. What of it depends on variables is found once.
 *
 * @param document a valid one, within the limits of `limits.ts`, which bound how often fragments multiply
 */
export function measureReach(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
): Reach {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );
  const measure = ({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined): Sum => {
    let sum = nothing;
    for (const selection of selections)
      if (selection.kind === Kind.FIELD) sum = add(sum, measureField(selection, type));
      else {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        const condition = fragment?.typeCondition;
        const inner = condition ? schema.getType(condition.name.value) : type;
        if (fragment) sum = add(sum, measure(fragment.selectionSet, inner));
      }
    return sum;
  };
  const measureField = (node: FieldNode, type: GraphQLNamedType | undefined): Sum => {
    const field =
      isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    const inner = node.selectionSet
      ? measure(node.selectionSet, field && getNamedType(field.type))
      : nothing;
    if (field === undefined || !isListType(getNullableType(field.type))) return add(one, inner);
    const each = node.selectionSet ? inner : one;
    const size = readSize(field, node);
    if (typeof size === "number") return add(one, multiply(each, size));
    return { fixed: 1, lists: [{ size, times: 1, each }] };
  };
  const sum = measure(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
  return (variables) => evaluate(sum, variables);
}

const one: Sum = { fixed: 1, lists: [] };

/** How many items a list will have: as many as were asked for by an argument, where one is a list. */
function readSize(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): number | ((variables: Variables) => number) {
  const list = field.args.find(({ type }) => isListType(getNullableType(type)));
  const given = node.arguments?.find(({ name }) => name.value === list?.name)?.value;
  if (given === undefined) return usualItems;
  if (given.kind === Kind.LIST) return given.values.length;
  if (given.kind !== Kind.VARIABLE) return 1;
  const name = given.name.value;
  return (variables) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return Array.isArray(value) ? value.length : 1;
  };
}

function add(a: Sum, b: Sum): Sum {
  return { fixed: a.fixed + b.fixed, lists: [...a.lists, ...b.lists] };
}

function multiply({ fixed, lists }: Sum, by: number): Sum {
  return {
    fixed: fixed * by,
    lists: lists.map((list) => ({ ...list, times: list.times * by })),
  };
}

function evaluate({ fixed, lists }: Sum, variables: Variables): number {
  let value = fixed;
  for (const { size, times, each } of lists)
    value += size(variables) * times * evaluate(each, variables);
  return value;
}
