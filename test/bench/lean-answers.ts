import { buildSubgraphSchema } from "@apollo/subgraph";
import {
  execute,
  getNamedType,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  Kind,
  parse,
  validate,
} from "graphql";
import type { FieldNode, GraphQLFieldResolver, GraphQLSchema } from "graphql";
import type { Sector } from "../../schema/sectors.ts";

/**
 * A country that takes no computing: every fact about a citizen is a text with the personal number in
 * it, so that an answer can be kept ready and a row that strayed to somebody else is seen.
 */

/** The data of one operation, made of its variables, as JSON text. */
export type Answer = (variables: Readonly<Record<string, unknown>>) => string;

/** Stands in a prepared answer for the person asked about, and for that person's spouse. */
const self = "\uE000";
const spouse = "\uE001";

/** Entries of a list; one where nothing is said. About what the synthetic citizens have. */
const entries: Readonly<Record<string, number>> = { residences: 3, enrolments: 2 };

const scalars: Readonly<Record<string, unknown>> = {
  Boolean: true,
  Int: 3,
  Float: 1.5,
  Date: "1990-05-17",
  PartialDate: "1990-05-17",
  UnitCode: "00004",
};

interface Facts {
  /** Whose. */
  readonly pin: string;
}

const factOf: GraphQLFieldResolver<Facts | undefined, unknown, Record<string, unknown>> = (
  source,
  args,
  _context,
  { fieldName, returnType },
) => {
  const type = getNamedType(returnType);
  const pin = source === undefined ? String(args["pin"]) : source.pin;
  const one = () => {
    if (type.name === "PIN") return pin;
    if (isEnumType(type))
      return type
        .getValues()
        .map(({ name }) => name)
        .toSorted()[0];
    if (isLeafType(type)) return scalars[type.name] ?? `${fieldName} của ${pin}`;
    return { pin: source !== undefined && type.name === "Citizen" ? spouseMark(pin) : pin };
  };
  if (!isListType(getNullableType(returnType))) return one();
  return isLeafType(type) ? [] : Array.from({ length: entries[fieldName] ?? 1 }, one);
};

function spouseMark(pin: string): string {
  if (pin === self) return spouse;
  throw new Error("The lean stand-ins know a person's spouse, and nobody beyond.");
}

/** The personal number of the person whom this one is married to: the fourth digit tells the sex. */
export function spouseOf(pin: string): string {
  return `${pin.slice(0, 3)}${Number(pin[3]) ^ 1}${pin.slice(4)}`;
}

/** A sector's schema, as its subgraph has it, without anything that answers. */
export function buildLeanSchema({ typeDefs }: Sector): GraphQLSchema {
  return buildSubgraphSchema([{ typeDefs }]);
}

/**
 * Works an operation out once, by graphql-js, so that answering it is joining texts. Any root fields
 * that ask by key fit, under any alias: `_entities(representations: $x)` and `citizen(pin: $x)`.
 *
 * @throws {Error} with a sentence where an operation asks for something else
 */
export async function prepareAnswer(schema: GraphQLSchema, text: string): Promise<Answer> {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION)
    throw new Error(`The lean stand-ins take operations without named fragments, not: ${text}`);
  const roots = operation.selectionSet.selections.map((field) => readRoot(field, text));
  const [misfit] = validate(schema, document);
  if (misfit) throw new Error(`${misfit.message} The lean stand-ins met: ${text}`);
  const { data, errors } = await execute({
    schema,
    document,
    variableValues: Object.fromEntries(
      roots.map(({ variable, many }) => [
        variable,
        many ? [{ __typename: "Citizen", pin: self }] : self,
      ]),
    ),
    fieldResolver: factOf,
    typeResolver: (value, _context, _info, type) =>
      (value as { __typename?: string }).__typename ??
      schema
        .getPossibleTypes(type)
        .map(({ name }) => name)
        .toSorted()[0],
  });
  if (!data || errors) throw new Error(`${errors?.[0]?.message} The lean stand-ins met: ${text}`);
  const parts = roots.map(({ key, variable, many }) => {
    const row = prepareRow(many ? (data[key] as unknown[])[0] : data[key]);
    return (variables: Readonly<Record<string, unknown>>) => {
      const given = variables[variable];
      const value = many
        ? `[${(given as Facts[]).map(({ pin }) => row(pin)).join(",")}]`
        : row(given as string);
      return `${JSON.stringify(key)}:${value}`;
    };
  });
  return (variables) => `{${parts.map((part) => part(variables)).join(",")}}`;
}

/** A root field: where its answer stands, and which variable says of whom. */
function readRoot(field: { readonly kind: string }, text: string) {
  const { alias, name, arguments: given } = field as FieldNode;
  const value = field.kind === Kind.FIELD ? given?.[0]?.value : undefined;
  if (value?.kind !== Kind.VARIABLE || !["_entities", "citizen"].includes(name.value))
    throw new Error(`The lean stand-ins are asked by key, in a variable, not: ${text}`);
  return {
    key: alias?.value ?? name.value,
    variable: value.name.value,
    many: name.value === "_entities",
  };
}

/** The JSON of a row, cut where a person's number belongs. */
function prepareRow(row: unknown): (pin: string) => string {
  const [first = "", ...rest] = JSON.stringify(row).split(new RegExp(`(?=[${self}${spouse}])`));
  const pieces = rest.map((piece) => ({ isSpouse: piece[0] === spouse, text: piece.slice(1) }));
  return (pin) => {
    const other = spouseOf(pin);
    let json = first;
    for (const { isSpouse, text } of pieces) json += (isSpouse ? other : pin) + text;
    return json;
  };
}
