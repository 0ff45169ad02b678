import { GraphQLError, Kind, parse, print, specifiedRules, validate } from "graphql";
import type {
  DocumentNode,
  GraphQLScalarType,
  OperationDefinitionNode,
  OperationTypeNode,
  GraphQLSchema,
} from "graphql";
import type { Limits } from "../config.ts";
import { gatewayError } from "../errors.ts";
import type { Excess } from "../policy/limits.ts";
import type { Reach } from "../policy/reach.ts";
import type { OperationRights } from "../policy/rights.ts";
import { findFalsifyingNames } from "./aliases.ts";
import { makeVariableReader, readLiterals, teachScalars } from "./input.ts";
import type { InputRules, LiteralsRead, VariablesRead } from "./input.ts";
import { keepRecent } from "./recent.ts";
import type { Supergraph } from "./supergraph.ts";

/** A query that may be planned: read, within the limits, valid, with nothing false in it. */
export interface PreparedOperation {
  /**
   * The whole document as the planner gets it; queries that are spaced otherwise, or differ in the
   * literals of arguments alone, have one text.
   */
  readonly text: string;
  /** The operation's name; undefined where it has none. */
  readonly name: string | undefined;
  readonly kind: `${OperationTypeNode}`;
  /** What it asks of whom; undefined where nobody is asked for a purpose. */
  readonly rights: OperationRights | undefined;
  /**
   * The request's variables in their normal form, and the gateway's own for literals; refused where the
   * answer would hold too much with them.
   */
  readVariables(given: Readonly<Record<string, unknown>>): VariablesRead;
}

export type Preparation =
  | { readonly operation: PreparedOperation }
  | { readonly errors: readonly GraphQLError[] };

export interface PrepareOptions {
  readonly limits: Limits;
  /** Whether the supergraph is a foreign one: see `findFalsifyingNames`. */
  readonly open: boolean;
  /** The values of the agreement, by the name of their scalar. */
  readonly scalars: Readonly<Record<string, GraphQLScalarType>>;
  /** Characters of query text whose operations are kept. */
  readonly cacheCharacters: number;
  /** Pure; handed in because a room asks no other one. */
  readonly findTextExcess: (query: string, limits: Limits) => Excess | undefined;
  readonly findExcess: (document: DocumentNode, limits: Limits) => Excess | undefined;
  readonly findReachExcess: (values: number, limits: Limits) => Excess | undefined;
  readonly measureReach: (
    document: DocumentNode,
    operation: OperationDefinitionNode,
    schema: GraphQLSchema,
  ) => Reach;
  /** Undefined where nobody is asked for a purpose. */
  readonly readRights?: (
    document: DocumentNode,
    operationName: string | undefined,
  ) => OperationRights;
}

/** Errors of one query that are told, and the work of finding more that is spared. */
const errorsTold = 10;

/**
 * Makes the function that takes a query from its text to what may be planned. All that depends on the
 * text alone is done once and kept by it; a repeated query costs its variables.
 */
export function createPreparation(
  supergraph: Supergraph,
  options: PrepareOptions,
): (query: string, operationName: string | undefined) => Preparation {
  const rules = readInputRules(supergraph, options);
  const kept = keepRecent<ReadonlyMap<string | undefined, PreparedOperation>>(
    options.cacheCharacters,
  );
  return (query, operationName) => {
    const known = kept.get(query);
    if (known) return chooseOperation(known, operationName);
    const read = readDocument(query, supergraph, options, rules);
    if ("errors" in read) return read;
    kept.set(query, read.operations);
    return chooseOperation(read.operations, operationName);
  };
}

/** Cheapest check first: each bounds the work of the next. */
function readDocument(
  query: string,
  supergraph: Supergraph,
  options: PrepareOptions,
  rules: InputRules,
):
  | { readonly operations: ReadonlyMap<string | undefined, PreparedOperation> }
  | { readonly errors: readonly GraphQLError[] } {
  const { limits } = options;
  const tooLong = options.findTextExcess(query, limits);
  if (tooLong) return { errors: [tooCostly(tooLong)] };
  const parsed = parseQuery(query, limits);
  if (parsed instanceof GraphQLError) return { errors: [parsed] };
  const tooWide = options.findExcess(parsed, limits);
  if (tooWide) return { errors: [tooCostly(tooWide)] };
  const invalid = validate(supergraph.apiSchema, parsed, specifiedRules, { maxErrors: errorsTold });
  if (invalid.some(({ message }) => message === comparingAborted)) return { errors: [tooAlike()] };
  if (invalid.length > 0) return { errors: invalid.map(badInput) };
  const falsifying = findFalsifyingNames(parsed, supergraph, options.open);
  if (falsifying.length > 0) return { errors: falsifying.slice(0, errorsTold) };
  const read = readLiterals(parsed, rules);
  if (read.errors.length > 0) return { errors: read.errors };

  const text = print(read.document);
  const operations = read.document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .map((definition) => prepare(definition, read, text, rules, options));
  return { operations: new Map(operations.map((operation) => [operation.name, operation])) };
}

function prepare(
  operation: OperationDefinitionNode,
  read: LiteralsRead,
  text: string,
  rules: InputRules,
  { limits, readRights, measureReach, findReachExcess }: PrepareOptions,
): PreparedOperation {
  const name = operation.name?.value;
  const readVariables = makeVariableReader(operation, read, rules);
  const reach = measureReach(read.document, operation, rules.schema);
  return {
    text,
    name,
    kind: operation.operation,
    rights: readRights?.(read.document, name),
    readVariables(given) {
      const variablesRead = readVariables(given);
      if ("errors" in variablesRead) return variablesRead;
      const tooFar = findReachExcess(reach(variablesRead.variables), limits);
      return tooFar ? { errors: [tooCostly(tooFar)] } : variablesRead;
    },
  };
}

function chooseOperation(
  operations: ReadonlyMap<string | undefined, PreparedOperation>,
  name: string | undefined,
): Preparation {
  const [first, ...others] = operations.values();
  const operation = name === undefined && others.length === 0 ? first : operations.get(name);
  if (operation === undefined)
    return {
      errors: [
        gatewayError(
          "BAD_USER_INPUT",
          name === undefined
            ? `The query must hold one operation, or "operationName" say which; it holds ${operations.size}.`
            : `The query holds no operation of the name in "operationName".`,
        ),
      ],
    };
  if (operation.kind === "subscription")
    return {
      errors: [gatewayError("BAD_USER_INPUT", "Subscriptions are not answered; ask a query.")],
    };
  return { operation };
}

function parseQuery(query: string, limits: Limits): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens: limits.tokens });
  } catch (error) {
    // The reader calls itself for each bracket within another; only absurd queries exhaust the stack.
    if (error instanceof RangeError)
      return gatewayError(
        "OPERATION_TOO_COSTLY",
        `The query is too deep to be read; at most ${limits.depth} levels of fields are allowed. Ask for less, or in several requests.`,
        { limit: limits.depth },
      );
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.includes("Parsing aborted"))
      return gatewayError(
        "OPERATION_TOO_COSTLY",
        `The query has more than ${limits.tokens} words and signs, which is the most allowed. Ask for less, or in several requests.`,
        { limit: limits.tokens },
      );
    return badInput(error);
  }
}

/** What graphql-js says, by its message alone, when comparing fields of one name takes too long. */
const comparingAborted = "Validation aborted.";

function tooAlike(): GraphQLError {
  return gatewayError(
    "OPERATION_TOO_COSTLY",
    "The query asks for the same fields so often that they cannot be compared in time. Ask for each field once.",
  );
}

function tooCostly({ message, limit, cost }: Excess): GraphQLError {
  return gatewayError("OPERATION_TOO_COSTLY", message, { limit, cost });
}

function badInput(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions } = error;
  const place = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null };
  return new GraphQLError(message, { ...place, extensions: { code: "BAD_USER_INPUT" } });
}

function readInputRules(supergraph: Supergraph, options: PrepareOptions): InputRules {
  // A schema of our own, since it is changed; and in a foreign supergraph a scalar of the same name
  // may hold other values.
  const schema = supergraph.composed.apiSchema().toGraphQLJSSchema();
  const ours = !options.open || supergraph.declaresLookups;
  const scalars = new Map(ours ? Object.entries(options.scalars) : []);
  teachScalars(schema, scalars);
  return { schema, scalars, pins: options.limits.pins };
}
