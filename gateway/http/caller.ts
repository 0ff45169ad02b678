import type { IncomingHttpHeaders } from "node:http";
import type { GraphQLError } from "graphql";
import type { Caller, Lane } from "../access.ts";
import { gatewayError } from "../errors.ts";

/** Reads out of a request's headers who asks, why and how urgently, or why that cannot be told. */
export type ReadCaller = (headers: IncomingHttpHeaders) => Caller | GraphQLError;

const lanes: readonly string[] = ["counter", "case", "bulk"] satisfies Lane[];

/** The caller of a gateway that knows nobody by name: everybody is the agency `open`. */
export const readOpenCaller: ReadCaller = ({ "x-lane": lane = "counter" }) =>
  lanes.includes(String(lane))
    ? { agency: "open", purpose: "open", lane: lane as Lane }
    : gatewayError(
        "BAD_USER_INPUT",
        "The header x-lane must be counter, case or bulk; without it a request travels as counter.",
      );
