import { gatewayError } from "../errors.ts";
import type { GraphQLError } from "graphql";

/** A request of GraphQL over HTTP, as its body says it. */
export interface GraphQLRequest {
  /** The text of the query; undefined where `documentId` names it. */
  readonly query: string | undefined;
  /** Names a trusted operation by its hash (GraphQL over HTTP, "persisted documents"). */
  readonly documentId: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Reads the JSON of a body; null counts as absent, other members are ignored. */
export function readGraphQLRequest(
  body: unknown,
): { readonly request: GraphQLRequest } | { readonly errors: readonly GraphQLError[] } {
  if (Array.isArray(body))
    return refuse("The body holds a list of requests; send them one at a time.");
  if (!isRecord(body)) return refuse(`The body must be a JSON object with a "query".`);
  const { query, documentId, operationName, variables } = body;
  if (!isAbsent(documentId) && typeof documentId !== "string")
    return refuse(`"documentId" must be a text.`);
  if (documentId && !isAbsent(query))
    return refuse(`"query" and "documentId" both say what to ask; send one of them.`);
  if (!documentId && (typeof query !== "string" || query.trim() === ""))
    return refuse(`"query" must be the text of a query.`);
  if (!isAbsent(operationName) && typeof operationName !== "string")
    return refuse(`"operationName" must be a text.`);
  if (!isAbsent(variables) && !isRecord(variables))
    return refuse(`"variables" must be an object with a member for each variable.`);
  return {
    request: {
      query: typeof query === "string" ? query : undefined,
      documentId: documentId || undefined,
      operationName: operationName || undefined,
      variables: variables ?? {},
    },
  };
}

/** The text of a query that came as one; a gateway without trusted operations knows no other. */
export function readSentText({ query }: GraphQLRequest): string | GraphQLError {
  return (
    query ??
    gatewayError("BAD_USER_INPUT", `This gateway knows no "documentId"; send the "query" itself.`)
  );
}

function refuse(message: string): { errors: readonly GraphQLError[] } {
  return { errors: [gatewayError("BAD_USER_INPUT", message)] };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
