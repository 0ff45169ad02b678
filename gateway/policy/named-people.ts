import {
  Kind,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  valueFromASTUntyped,
} from "graphql";
import type { GraphQLInputType, OperationDefinitionNode } from "graphql";
import { Malformed } from "../../schema/values/malformed.ts";
import { parsePin } from "../../schema/values/pin.ts";
import type { AskedArgument, AskedField, AskedOperation, Condition } from "./asked-fields.ts";
import type { FieldRules } from "./field-rules.ts";

export type Variables = Readonly<Record<string, unknown>>;

/** An argument that names people: of a root look-up, or of any other field. */
export interface NamingArgument {
  /** Of the field that bears it. */
  readonly coordinate: string;
  readonly path: readonly string[];
  readonly conditions: readonly Condition[];
  /** Such as `Query.citizen(pin:)`. */
  readonly name: string;
  /** The personal numbers that it names, in their normal form; what is none stays as it came. */
  readonly read: (variables: Variables) => readonly string[];
}

/** Every argument of an operation that names people. */
export function listNamingArguments(
  { fields, operation }: Pick<AskedOperation, "fields" | "operation">,
  { naming }: Pick<FieldRules, "naming">,
): NamingArgument[] {
  return fields.flatMap((field) =>
    field.arguments
      .filter(({ definition }) => naming.has(getNamedType(definition.type).name))
      .map((argument) => readNaming(field, argument, operation)),
  );
}

function readNaming(
  { coordinate, path, conditions }: AskedField,
  argument: AskedArgument,
  operation: OperationDefinitionNode,
): NamingArgument {
  const { definition } = argument;
  const read = makeArgumentReader(argument, operation);
  const collect = (variables: Variables) => {
    const value = read(variables);
    // As nearly every request has it.
    if (typeof value === "string" && plain.test(value)) return [value];
    const numbers: string[] = [];
    collectNumbers(value, definition.type, numbers);
    return numbers;
  };
  return {
    coordinate,
    path,
    conditions,
    name: `${coordinate}(${definition.name}:)`,
    read: collect,
  };
}

/**
 * Makes the reader of an argument's value. Later stages get the same variables, with defaults filled in; but
 * a default that is not filled in is found all the same, since whoever leaves a variable out still names
 * the one whom its default names.
 */
export function makeArgumentReader(
  { definition, node }: AskedArgument,
  operation: OperationDefinitionNode,
): (variables: Variables) => unknown {
  if (node === undefined) return () => definition.defaultValue;
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
  if (node.value.kind === Kind.VARIABLE) {
    const name = node.value.name.value;
    return (variables) => {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      return value === undefined ? (defaults[name] ?? definition.defaultValue) : value;
    };
  }
  return (variables) => valueFromASTUntyped(node.value, { ...defaults, ...variables });
}

const plain = /^[0-9]{12}$/;

/** Collects what stands where the type has a personal number. */
function collectNumbers(value: unknown, type: GraphQLInputType, numbers: string[]): void {
  const bare = getNullableType(type);
  if (value === null || (value === undefined && !isNonNullType(type))) return;
  if (isListType(bare)) {
    // GraphQL takes a single value for a list of one.
    for (const item of Array.isArray(value) ? value : [value])
      collectNumbers(item, bare.ofType, numbers);
  } else if (isInputObjectType(bare)) {
    for (const { name, type: inner, defaultValue } of Object.values(bare.getFields())) {
      const given = (Object(value) as Variables)[name];
      collectNumbers(given === undefined ? defaultValue : given, inner, numbers);
    }
  } else if (bare.name === "PIN") numbers.push(readNumber(value));
}

/** What is no number names nobody, and so a stranger. */
function readNumber(value: unknown): string {
  const text = typeof value === "string" ? value : "";
  try {
    return plain.test(text) ? text : parsePin(text);
  } catch (error) {
    if (error instanceof Malformed) return text;
    throw error;
  }
}
