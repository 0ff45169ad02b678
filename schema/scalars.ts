import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
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
  const read = (value: unknown): T => {
    if (typeof value !== "string")
      throw refusal(name, `A ${name} is written as text in quotes, not as ${typeof value}.`);
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
    parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : undefined),
  });
}

function refusal(scalar: string, message: string, position?: number): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: "BAD_USER_INPUT", scalar, ...(position !== undefined && { position }) },
  });
}
