import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError } from "graphql";
import type { GraphQLFormattedError } from "graphql";
import { Malformed } from "../../schema/values/malformed.ts";
import { isHangUp } from "./hang-up.ts";

/** Every code that a sector's own errors bear in `extensions.code`. */
export const sectorErrors = {
  BAD_USER_INPUT: "An argument or a representation is not what it must be; the message says how.",
  NOT_RECORDED: "The register holds nothing on what was asked: the answer is unknown, and not no.",
  SOURCE_ERROR: "The register could not answer; its own log has the reason.",
  SOURCE_UNAVAILABLE: "The gateway's keys are away, so that nobody can be told who calls.",
  UNAUTHENTICATED: "The call is not the gateway's, or does not say who asks for each row and why.",
  FORBIDDEN: "A field that its owner keeps closed for the purpose of one of the rows.",
} as const;

export type SectorErrorCode = keyof typeof sectorErrors;

/** What a caller is told of a failure that is none of his business. */
const sourceErrorMessage = "The register could not answer this.";

/** An error for the caller; `details` become further extensions. */
export function sectorError(
  code: Extract<SectorErrorCode, "BAD_USER_INPUT" | "NOT_RECORDED">,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...details } });
}

/**
 * Makes what turns each error of an answer into what leaves the house. An unexpected one goes to
 * `report`, once however many rows it costs, and the caller learns only that there is no answer. That he
 * has hung up is no failure.
 */
export function createErrorFormatter(
  report: (reason: unknown) => void,
): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  const reported = new WeakSet<object>();
  return (formatted, error) => {
    const reason = unwrapResolverError(error);
    if (reason instanceof Malformed)
      return { ...formatted, extensions: { code: "BAD_USER_INPUT" } };
    if (formatted.extensions?.["code"] !== "INTERNAL_SERVER_ERROR") return formatted;
    const identity = Object(reason) as object;
    if (!reported.has(identity) && !isHangUp(reason)) {
      reported.add(identity);
      report(reason);
    }
    return { ...formatted, message: sourceErrorMessage, extensions: { code: "SOURCE_ERROR" } };
  };
}

/** Nine digits are an old identity card, ten a social insurance number, twelve a personal number. */
const personalNumber = /[0-9]{9,}/g;

/**
 * A failure in the words of a log: its code and its stack, without the values that a database or a
 * parser repeats in its messages.
 */
export function describeFailure(reason: unknown): { code?: string; reason: string } {
  const { code, stack, message } = Object(reason) as NodeJS.ErrnoException;
  const text = stack ?? message ?? String(reason);
  return { ...(code !== undefined && { code }), reason: text.replace(personalNumber, "…") };
}
