import {
  Kind,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isSpecifiedScalarType,
  parseType,
  print,
  valueFromAST,
} from "graphql";
import type {
  ArgumentNode,
  DocumentNode,
  GraphQLInputType,
  ValueNode,
  VariableDefinitionNode,
} from "graphql";

/**
 * Lifts the literals of a document's arguments out of it, into variables of the gateway's own. Plans are
 * kept by the document's text, and to plan takes a hundred times as long as to ask: queries that differ
 * in a personal number alone should share one plan.
 */
export interface Lifting {
  /** The argument with a variable in the place of its literal; undefined where that must stay. */
  lift(argument: ArgumentNode, type: GraphQLInputType): ArgumentNode | undefined;
  /** The document, each operation of which declares the variables that were lifted. */
  declare(document: DocumentNode): DocumentNode;
  /** The variables' values, in the form that JSON has of them. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** @param document the client's, whose variables keep their names */
export function startLifting(document: DocumentNode): Lifting {
  const taken = new Set(document.definitions.flatMap(variablesOf).map(nameOf));
  const byLiteral = new Map<string, VariableDefinitionNode>();
  const values: Record<string, unknown> = {};
  const define = (type: GraphQLInputType): VariableDefinitionNode => {
    let number = byLiteral.size;
    while (taken.has(`literal${number}`)) number++;
    const value = `literal${number}`;
    taken.add(value);
    return {
      kind: Kind.VARIABLE_DEFINITION,
      variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value } },
      type: parseType(String(type), { noLocation: true }),
    };
  };
  return {
    values,
    lift(argument, type) {
      const { value: literal } = argument;
      if (literal.kind === Kind.NULL || !isLiftable(literal, type)) return undefined;
      // Equal ones are one variable: GraphQL merges fields of one name only if their arguments are equal.
      const id = `${String(type)} ${print(literal)}`;
      const definition = byLiteral.get(id) ?? define(type);
      byLiteral.set(id, definition);
      values[nameOf(definition)] = valueFromAST(literal, type);
      return { ...argument, value: definition.variable };
    },
    declare(lifted) {
      if (byLiteral.size === 0) return lifted;
      const definitions = lifted.definitions.map((definition) =>
        definition.kind === Kind.OPERATION_DEFINITION
          ? {
              ...definition,
              variableDefinitions: [...variablesOf(definition), ...byLiteral.values()],
            }
          : definition,
      );
      return { ...lifted, definitions };
    },
  };
}

/** Whether a literal says the same as a variable's value in JSON, and holds no variable itself. */
function isLiftable(literal: ValueNode, type: GraphQLInputType | undefined): boolean {
  const bare = type && getNullableType(type);
  switch (literal.kind) {
    case Kind.VARIABLE:
      return false;
    case Kind.NULL:
    case Kind.STRING:
      return true;
    case Kind.LIST:
      return isListType(bare) && literal.values.every((item) => isLiftable(item, bare.ofType));
    case Kind.OBJECT:
      if (isListType(bare)) return isLiftable(literal, bare.ofType);
      return (
        isInputObjectType(bare) &&
        literal.fields.every(({ name, value }) =>
          isLiftable(value, bare.getFields()[name.value]?.type),
        )
      );
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      if (isListType(bare)) return isLiftable(literal, bare.ofType);
      if (literal.kind === Kind.FLOAT && !Number.isFinite(Number(literal.value))) return false;
      // A foreign scalar may read a number's digits, or a name, in a way that JSON has no form for.
      return isEnumType(bare) || isSpecifiedScalarType(bare as never);
  }
}

function variablesOf(
  definition: DocumentNode["definitions"][number],
): readonly VariableDefinitionNode[] {
  return definition.kind === Kind.OPERATION_DEFINITION
    ? (definition.variableDefinitions ?? [])
    : [];
}

function nameOf({ variable }: VariableDefinitionNode): string {
  return variable.name.value;
}
