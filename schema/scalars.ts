import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import type { ValueNode } from "graphql";
import { parseCivilDate } from "./values/date.ts";
import { Malformed } from "./values/malformed.ts";
import { parsePartialDate } from "./values/partial-date.ts";
import { parsePin } from "./values/pin.ts";
import { parseUnitCode } from "./values/unit-code.ts";

/**
 * The values as GraphQL scalars. Input goes through the value's parser; what leaves a register is
 * passed on as it is, because its column holds nothing else.
 */
export const scalars = {
  PIN: scalar("PIN", parsePin),
  Date: scalar("Date", parseCivilDate),
  PartialDate: scalar("PartialDate", parsePartialDate),
  UnitCode: scalar("UnitCode", parseUnitCode),
} as const;

function scalar<T extends string>(name: string, parse: (text: string) => T) {
  const refuseKind = (kind: string) =>
    refusal(name, `A ${name} is written as text in quotes, not as ${kind}.`);
  const read = (value: unknown): T => {
    if (typeof value !== "string") throw refuseKind(kindOfValue(value));
    try {
      return parse(value);
    } catch (error) {
      if (error instanceof Malformed) throw refusal(name, error.message, error.position);
      throw error;
    }
  };
  return new GraphQLScalarType<T, string>({
    name,
    serialize: (value) => value as string,
    parseValue: read,
    parseLiteral: (node) => {
      if (node.kind !== Kind.STRING) throw refuseKind(literalKinds[node.kind]);
      return read(node.value);
    },
  });
}

/** What else somebody writes in a query, in words. */
const literalKinds: Readonly<Record<Exclude<ValueNode["kind"], Kind.STRING>, string>> = {
  [Kind.INT]: "a number",
  [Kind.FLOAT]: "a number",
  [Kind.BOOLEAN]: "true or false",
  [Kind.ENUM]: "a name without quotes",
  [Kind.LIST]: "a list",
  [Kind.OBJECT]: "an object",
  [Kind.NULL]: "null",
  [Kind.VARIABLE]: "a variable",
};

/** The same for a variable's value, which came as JSON. */
function kindOfValue(value: unknown): string {
  if (typeof value === "number") return literalKinds[Kind.INT];
  if (typeof value === "boolean") return literalKinds[Kind.BOOLEAN];
  if (value === null) return literalKinds[Kind.NULL];
  return Array.isArray(value) ? literalKinds[Kind.LIST] : literalKinds[Kind.OBJECT];
}

function refusal(scalar: string, message: string, position?: number): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: "BAD_USER_INPUT", scalar, ...(position !== undefined && { position }) },
  });
}
