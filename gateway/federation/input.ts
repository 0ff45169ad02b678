import {
  BREAK,
  GraphQLError,
  Kind,
  TypeInfo,
  coerceInputValue,
  getNamedType,
  getNullableType,
  isInputType,
  isListType,
  typeFromAST,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type {
  ASTNode,
  DocumentNode,
  GraphQLInputType,
  GraphQLScalarType,
  GraphQLSchema,
  OperationDefinitionNode,
  VariableDefinitionNode,
} from "graphql";
import { startLifting } from "./literals.ts";

/** How input is read: by which schema, with which scalars, and how long a list of PINs may be. */
export interface InputRules {
  /** The API schema; its scalars of the names below must read values as those do (`teachScalars`). */
  readonly schema: GraphQLSchema;
  /** By name; other scalars pass as they came. */
  readonly scalars: ReadonlyMap<string, GraphQLScalarType>;
  readonly pins: number;
}

/** A request's variables as later stages see them, or why they are refused. */
export type VariablesRead =
  | { readonly variables: Readonly<Record<string, unknown>> }
  | { readonly errors: readonly GraphQLError[] };

/** Errors of one request that are told; the rest would say the same again. */
const errorsTold = 10;

/**
 * Makes the scalars of a schema read variables as `scalars` do. A schema that was built from SDL knows
 * their names only and passes on whatever comes.
 */
export function teachScalars(
  schema: GraphQLSchema,
  scalars: ReadonlyMap<string, GraphQLScalarType>,
): void {
  for (const [name, { parseValue }] of scalars) {
    const type = schema.getType(name);
    if (type && "parseValue" in type) type.parseValue = parseValue;
  }
}

/** A document whose literals have been read. */
export interface LiteralsRead {
  /** Known scalars in their normal form, arguments by variables of the gateway's own. */
  readonly document: DocumentNode;
  /** The values of those variables. */
  readonly literals: Readonly<Record<string, unknown>>;
  readonly errors: readonly GraphQLError[];
}

/**
 * Replaces each literal of a known scalar, defaults of variables among them, by its normal form, and
 * those of arguments by variables (see `Lifting`). Arguments of directives keep theirs: on them depends
 * what is planned.
 *
 * @param document a valid one
 */
export function readLiterals(document: DocumentNode, rules: InputRules): LiteralsRead {
  const errors: GraphQLError[] = [];
  const lifting = startLifting(document);
  const typeInfo = new TypeInfo(rules.schema);
  const argument = () => nameArgument(typeInfo);
  const read = visit(
    document,
    visitWithTypeInfo(typeInfo, {
      [Kind.LIST]: {
        enter: (node) => {
          // Of a list that has been entered, the input type is its items' and the parent's the list's.
          const excess = describeExcess(node.values.length, typeInfo.getParentInputType(), rules);
          if (!excess) return undefined;
          errors.push(refuse(excess, { argument: argument() }, node));
          return false;
        },
      },
      [Kind.ARGUMENT]: {
        leave: (node) => {
          const type = typeInfo.getArgument()?.type;
          return type && !typeInfo.getDirective() ? lifting.lift(node, type) : undefined;
        },
      },
      // A plain scalar would let any literal pass: each kind of leaf comes by here.
      enter: (node) => {
        if (!isLeaf(node)) return undefined;
        const type = typeInfo.getInputType();
        const scalar = type && rules.scalars.get(getNamedType(type).name);
        if (!scalar) return undefined;
        try {
          return { kind: Kind.STRING, value: String(scalar.parseLiteral(node)) };
        } catch (error) {
          errors.push(refuseScalar(error as GraphQLError, { argument: argument() }, node));
          // To find the line of each of 15,000 mistakes took half a second.
          return errors.length < errorsTold ? undefined : BREAK;
        }
      },
    }),
  );
  return { document: lifting.declare(read), literals: lifting.values, errors };
}

/**
 * Makes the reader of an operation's variables: GraphQL's own coercion with defaults filled in, each
 * known scalar in its normal form, and the literals that became variables. Made once for an operation,
 * called for each request.
 *
 * @param read the operation's document
 */
export function makeVariableReader(
  operation: OperationDefinitionNode,
  { document, literals }: Pick<LiteralsRead, "document" | "literals">,
  rules: InputRules,
): (given: Readonly<Record<string, unknown>>) => VariablesRead {
  const usedBy = findUses(document, rules.schema);
  const definitions = (operation.variableDefinitions ?? [])
    .filter(({ variable }) => !Object.hasOwn(literals, variable.name.value))
    .map((node) => readDefinition(node, usedBy, rules.schema));
  return (given) => {
    const variables: Record<string, unknown> = { ...literals };
    const errors: GraphQLError[] = [];
    for (const definition of definitions) {
      const { name, type, fallback } = definition;
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value === undefined && fallback !== undefined) variables[name] = fallback;
      else if (value === undefined && definition.required)
        errors.push(refuse("it must be given, and is missing.", placeOf(definition, [])));
      else if (value !== undefined) {
        const excess = Array.isArray(value) && describeExcess(value.length, type, rules);
        if (excess) errors.push(refuse(excess, placeOf(definition, [])));
        else
          variables[name] = coerceInputValue(value, type, (path, _value, error) =>
            errors.push(refuseScalar(error, placeOf(definition, path))),
          );
      }
    }
    return errors.length > 0 ? { errors: errors.slice(0, errorsTold) } : { variables };
  };
}

interface VariableDefinition {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly required: boolean;
  /** The default; undefined where there is none. */
  readonly fallback: unknown;
  /** The argument that it is for, such as `citizens(pins:)`. */
  readonly argument: string | undefined;
}

function readDefinition(
  node: VariableDefinitionNode,
  usedBy: ReadonlyMap<string, string>,
  schema: GraphQLSchema,
): VariableDefinition {
  const name = node.variable.name.value;
  const type = typeFromAST(schema, node.type);
  if (!isInputType(type)) throw new Error(`$${name} has no type of input; was it validated?`);
  const fallback = node.defaultValue && valueFromAST(node.defaultValue, type);
  const required = node.type.kind === Kind.NON_NULL_TYPE;
  return { name, type, required, fallback, argument: usedBy.get(name) };
}

/** Which argument each variable is for; of several the first. */
function findUses(document: DocumentNode, schema: GraphQLSchema): ReadonlyMap<string, string> {
  const uses = new Map<string, string>();
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      [Kind.VARIABLE]: ({ name }) => {
        const argument = nameArgument(typeInfo);
        if (argument !== undefined && !uses.has(name.value)) uses.set(name.value, argument);
      },
    }),
  );
  return uses;
}

function nameArgument(typeInfo: TypeInfo): string | undefined {
  const argument = typeInfo.getArgument();
  const field = typeInfo.getFieldDef();
  return argument && field ? `${field.name}(${argument.name}:)` : undefined;
}

interface Place {
  readonly argument: string | undefined;
  readonly variable?: string | undefined;
  readonly path?: readonly (string | number)[] | undefined;
}

function placeOf(
  { name, argument }: VariableDefinition,
  path: readonly (string | number)[],
): Place {
  return { argument, variable: name, path: [name, ...path] };
}

/** What a scalar's parser said, with the place that it could not know. */
function refuseScalar(error: GraphQLError, place: Place, node?: ASTNode): GraphQLError {
  const { scalar, position } = error.extensions;
  return refuse(error.message, { ...place, scalar, position }, node);
}

function refuse(
  message: string,
  place: Place & { readonly scalar?: unknown; readonly position?: unknown },
  node?: ASTNode,
) {
  const given = Object.entries(place).filter(([, value]) => value !== undefined);
  return new GraphQLError(`${describePlace(place)}: ${message}`, {
    ...(node && { nodes: node }),
    extensions: { code: "BAD_USER_INPUT", ...Object.fromEntries(given) },
  });
}

function describePlace({ argument, path = [] }: Place): string {
  const [variable, ...inner] = path;
  const steps = inner.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`));
  return [
    argument === undefined ? [] : [`Argument ${argument}`],
    variable === undefined ? [] : [`variable $${variable}${steps.join("")}`],
  ]
    .flat()
    .join(", ")
    .replace(/^$/, "A value")
    .replace(/^v/, "V");
}

/** Why a list is too long; undefined where it is not, or is no list of PINs. */
function describeExcess(
  length: number,
  type: GraphQLInputType | undefined | null,
  { pins, scalars }: InputRules,
): string | undefined {
  if (length <= pins || !type || getNamedType(type).name !== "PIN" || !scalars.has("PIN"))
    return undefined;
  if (!isListType(getNullableType(type))) return undefined;
  return `a list holds at most ${pins} personal numbers; this one has ${length}. Ask in several requests.`;
}

const leaves: ReadonlySet<string> = new Set([
  Kind.STRING,
  Kind.INT,
  Kind.FLOAT,
  Kind.BOOLEAN,
  Kind.ENUM,
]);

function isLeaf(node: ASTNode): node is Extract<ASTNode, { kind: "StringValue" }> {
  return leaves.has(node.kind);
}
