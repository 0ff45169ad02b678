import type { IncomingHttpHeaders } from "node:http";
import type { GraphQLError } from "graphql";
import { lanes } from "../../schema/terms.ts";
import type { Caller } from "../access.ts";
import { gatewayError } from "../errors.ts";

/** Reads out of a request's headers who asks, why and how urgently, or why that cannot be told. */
export type ReadCaller = (headers: IncomingHttpHeaders) => Caller | GraphQLError;

/** Whoever asks, where nobody is known by name. */
export const everybody = {
  subject: "open",
  agency: "open",
  purpose: "open",
  caseNumber: undefined,
  keptFor: "agency",
} as const;

/** The caller of a gateway that knows nobody by name: everybody is the agency `open`. */
export const readOpenCaller: ReadCaller = ({ "x-lane": given = "counter" }) => {
  const lane = lanes.find((name) => name === given);
  return lane
    ? { ...everybody, lane }
    : gatewayError(
        "BAD_USER_INPUT",
        `The header x-lane must be one of ${lanes.join(", ")}; without it a request travels as counter.`,
      );
};

/** The same before sources whose owners open fields by purpose; `own-data` opens what there is of somebody. */
export const readUnprovenCaller: ReadCaller = (headers) => {
  const caller = readOpenCaller(headers);
  return caller instanceof Error ? caller : { ...caller, purpose: "own-data" };
};
