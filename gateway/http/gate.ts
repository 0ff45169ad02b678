import type { IncomingHttpHeaders } from "node:http";
import type { GraphQLError } from "graphql";
import type { Caller } from "../access.ts";
import type { PreparedOperation } from "../federation/prepare.ts";
import type { Variables } from "../policy/named-people.ts";
import type { Granted } from "../policy/rights.ts";
import type { GraphQLRequest } from "./graphql-body.ts";

/** Finds out who asks, by a request's headers alone. Never rejects by the request's fault. */
export type Identify = (
  headers: IncomingHttpHeaders,
) => Visitor | GraphQLError | Promise<Visitor | GraphQLError>;

/** Somebody at the gate, and what may be let in of what they ask. */
export interface Visitor {
  /** Who it is, as the issuer names the person. */
  readonly subject: string;
  /** The text of what they ask, or why they may not ask it at all. */
  readText(request: GraphQLRequest): string | GraphQLError;
  /** Whether the whole of an operation is open to them; it is asked for nothing else. */
  allow(operation: PreparedOperation, variables: Variables): Permit | Refused;
}

/** On what grounds a request goes on. */
export interface Permit {
  readonly caller: Caller;
  readonly granted: Granted;
}

export interface Refused {
  readonly errors: readonly GraphQLError[];
}
