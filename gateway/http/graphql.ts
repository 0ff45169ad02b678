import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
import type { FormattedExecutionResult } from "graphql";
import type { SourceReport } from "../access.ts";
import type { CountForCase } from "../cases/case-limit.ts";
import type { RecordAccess } from "../audit/record-access.ts";
import { auditUnavailable, errorCatalogue, internalError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import type { ProveAnswer } from "../evidence/open-evidence.ts";
import type { Executor } from "../federation/apollo-server.ts";
import type { Preparation, PreparedOperation } from "../federation/prepare.ts";
import type { Granted } from "../policy/rights.ts";
import type { RequestContext } from "../source/data-source.ts";
import { limitTime } from "./deadline.ts";
import type { Identify, Permit, Visitor } from "./gate.ts";
import { readGraphQLRequest } from "./graphql-body.ts";
import type { GraphQLRequest } from "./graphql-body.ts";
import {
  acceptJsonAlone,
  methodNotAllowed,
  refuseRepeatedHeaders,
  registerRefusals,
} from "./refusal.ts";
import { readEvidenceWish } from "./signed-answer.ts";
import type { SignIfWanted } from "./signed-answer.ts";
import { openVisit } from "./visit.ts";
import type { Visit } from "./visit.ts";

/** How a request ended; the label of `lienthong_requests_total`. */
export const outcomes = ["answered", "partial", "refused", "failed", "abandoned"] as const;
export type Outcome = (typeof outcomes)[number];

/** One request, for the log and the metrics: no personal number, no name, no query, no variable. */
export interface RequestRecord {
  readonly requestId: string;
  /** The operation's name, where it has one that cannot hold a personal number. */
  readonly operation: string | undefined;
  readonly outcome: Outcome;
  /** Codes of the errors in the answer, each once. */
  readonly codes: readonly string[];
  readonly ms: number;
  readonly sources: readonly SourceReport[];
}

export interface GraphQLDoor {
  readonly prepare: (query: string, operationName: string | undefined) => Preparation;
  readonly execute: Executor["execute"];
  /** Largest body; for the sentence that refuses a larger one. */
  readonly bodyBytes: number;
  /** Milliseconds for the calls to sources of one request; see `limitTime`. */
  readonly timeoutMs: number;
  readonly newRequestId: () => string;
  readonly identify: Identify;
  /** Counts what is granted for its case, before anything is fetched. Undefined where nobody works on one. */
  readonly countForCase?: CountForCase | undefined;
  /** Writes down that an answer is about to be sent; where it rejects, nothing is. Undefined where nothing is recorded. */
  readonly record?: RecordAccess | undefined;
  /** Told of each request that was or should have been written down why it could not be; undefined where it was. */
  readonly onRecording?: (error: unknown) => void;
  /** Signs an answer; without it this gateway signs nothing. */
  readonly prove?: ProveAnswer;
  /** Notes who was refused, and why. */
  readonly noteRefusal?: NoteRefusal | undefined;
  /** Milliseconds since 1970, with fractions. */
  readonly now: () => number;
  readonly onRequest: (record: RequestRecord) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * `POST /graphql`, JSON alone: a page of another site can send no such request unasked. Other methods
 * are refused, so that no query stands in a URL, which proxies log.
 */
export function registerGraphQL(app: FastifyInstance, door: GraphQLDoor): void {
  refuseRepeatedHeaders(app);
  acceptJsonAlone(app);
  registerRefusals(app, {
    bodyBytes: door.bodyBytes,
    onFailure: door.onFailure,
    onRefusal(code, request, reply) {
      const { requestId } = openRequest(request, reply, door);
      const outcome = code === "INTERNAL_ERROR" ? "failed" : "refused";
      door.onRequest({
        requestId,
        operation: undefined,
        outcome,
        codes: [code],
        ms: 0,
        sources: [],
      });
    },
  });
  app.post("/graphql", async (request, reply) => {
    const started = door.now();
    const visit = openRequest(request, reply, door);
    const answer = await answerRequest(door, request, visit).catch((error: unknown) => {
      door.onFailure(error);
      return refuse([internalError()]);
    });
    const codes = codesOf(answer.result);
    if (codes.some((code) => refusals.has(code)) && answer.result.data === undefined)
      door.noteRefusal?.(describeRefused(answer, visit, codes));
    door.onRequest({
      requestId: visit.requestId,
      operation: answer.operation && loggableName(answer.operation.name),
      outcome: visit.signal.aborted ? "abandoned" : judge(answer, codes),
      codes,
      ms: Math.round((door.now() - started) * 1000) / 1000,
      sources: sourcesOf(answer.result),
    });
    return send(request, reply, answer.result);
  });
  app.route({
    method: ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"],
    url: "/graphql",
    handler(_request, reply) {
      reply.header("allow", "POST");
      throw methodNotAllowed();
    },
  });
}

export type NoteRefusal = (refused: {
  readonly requestId: string;
  /** Null where nobody showed who asks. */
  readonly subject: string | null;
  readonly codes: readonly string[];
  /** Coordinates of the fields that were refused. */
  readonly fields: readonly string[];
}) => void;

interface Answer {
  /** Set where somebody showed who asks. */
  readonly subject?: string | null;
  readonly operation: PreparedOperation | undefined;
  readonly result: FormattedExecutionResult;
}

/** The way of a request, a line a stage; each may end it. */
async function answerRequest(
  door: GraphQLDoor,
  { body, headers }: FastifyRequest,
  visit: Visit,
): Promise<Answer> {
  const read = readGraphQLRequest(body);
  if ("errors" in read) return refuse(read.errors);
  const { request } = read;

  const signIfWanted = readEvidenceWish(headers, door.prove, door.onFailure);
  if (signIfWanted instanceof GraphQLError) return refuse([signIfWanted]);
  const visitor = await door.identify(headers);
  if (visitor instanceof GraphQLError) return refuse([visitor]);
  const answer = await answerVisitor(door, { request, visitor, visit, signIfWanted });
  return { ...answer, subject: visitor.subject };
}

interface Asking {
  readonly request: GraphQLRequest;
  readonly visitor: Visitor;
  readonly visit: Visit;
  readonly signIfWanted: SignIfWanted;
}

/** The same of somebody who has shown who asks. */
async function answerVisitor(
  door: GraphQLDoor,
  { request, visitor, visit, signIfWanted }: Asking,
): Promise<Answer> {
  const text = visitor.readText(request);
  if (text instanceof GraphQLError) return refuse([text]);

  const prepared = door.prepare(text, request.operationName);
  if ("errors" in prepared) return refuse(prepared.errors);
  const { operation } = prepared;
  const input = operation.readVariables(request.variables);
  if ("errors" in input) return refuse(input.errors, operation);

  const permit = visitor.allow(operation, input.variables);
  if ("errors" in permit) return refuse(permit.errors, operation);
  const beyond = await countForCase(door, permit);
  if (beyond.length > 0) return refuse(beyond, operation);

  const limited = limitTime({ ...visit, ...permit.caller }, door.timeoutMs);
  const { access } = limited;
  const { variables } = input;
  const context: RequestContext = { access, reports: [], charges: [], people: new Set() };
  const result = await door.execute(operation, variables, context).finally(limited.end);
  const { granted } = permit;
  const recorded = await recordAnswer(door, operation, granted, context, result);
  if (recorded === "failed") return refuse([auditUnavailable()], operation);
  const answering = { access, granted, operation, variables, result, entryIndexes: recorded };
  return { operation, result: await signIfWanted(answering) };
}

/** What is too much for the case; what cannot be counted is too much. */
async function countForCase(
  { countForCase: count, onRecording }: GraphQLDoor,
  { caller, granted }: Permit,
): Promise<readonly GraphQLError[]> {
  try {
    return (await count?.(caller, granted)) ?? [];
  } catch (error) {
    onRecording?.(error);
    return [auditUnavailable()];
  }
}

/** Indexes of the log's entries about it; undefined where this gateway keeps no log. */
async function recordAnswer(
  { record, onRecording }: GraphQLDoor,
  operation: PreparedOperation,
  granted: Granted,
  { access, charges, people }: RequestContext,
  result: FormattedExecutionResult,
): Promise<readonly number[] | undefined | "failed"> {
  try {
    const sources = sourcesOf(result);
    const answering = { access, granted, operation, result, sources, charges, shown: people };
    const indexes = await record?.(answering);
    onRecording?.(undefined);
    return indexes;
  } catch (error) {
    onRecording?.(error);
    return "failed";
  }
}

function sourcesOf({ extensions }: FormattedExecutionResult): readonly SourceReport[] {
  return (extensions?.["sources"] ?? []) as readonly SourceReport[];
}

/** Codes of refusals at identity, operation, purpose, rights and cost. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "PURPOSE_REQUIRED",
  "OPERATION_NOT_TRUSTED",
  "OPERATION_TOO_COSTLY",
  "TOO_MANY_REQUESTS",
]);

function describeRefused(
  { subject = null, result }: Answer,
  { requestId }: Visit,
  codes: readonly ErrorCode[],
) {
  const fields = (result.errors ?? []).flatMap(({ extensions }) => {
    const field = extensions?.["field"];
    return typeof field === "string" ? [field] : [];
  });
  return { requestId, subject, codes, fields: [...new Set(fields)] };
}

function refuse(errors: readonly GraphQLError[], operation?: PreparedOperation): Answer {
  return { operation, result: { errors: errors.map((error) => error.toJSON()) } };
}

function openRequest(request: FastifyRequest, reply: FastifyReply, door: GraphQLDoor): Visit {
  const visit = openVisit(request, reply, door.newRequestId);
  reply.header("x-request-id", visit.requestId);
  return visit;
}

function codesOf({ errors = [] }: FormattedExecutionResult): ErrorCode[] {
  return [...new Set(errors.map(({ extensions }) => extensions?.["code"] as ErrorCode))];
}

/** The status of a result without data; with data it is always 200, whatever was lost. */
function statusOf(result: FormattedExecutionResult): number {
  if (result.data !== undefined) return 200;
  const [code] = codesOf(result);
  return (code && errorCatalogue[code].httpStatus) ?? 400;
}

const failures: ReadonlySet<ErrorCode> = new Set([
  "INTERNAL_ERROR",
  "AUDIT_UNAVAILABLE",
  "EVIDENCE_UNAVAILABLE",
]);

function judge({ result }: Answer, codes: readonly ErrorCode[]): Outcome {
  if (codes.some((code) => failures.has(code))) return "failed";
  if (result.data === undefined) return "refused";
  return codes.length > 0 ? "partial" : "answered";
}

/** Names are the client's own words; one with digits enough for a personal number is not logged. */
function loggableName(name: string | undefined): string | undefined {
  return name === undefined || /[0-9]{9}/.test(name) ? undefined : name.slice(0, 64);
}

const graphQLResponse = "application/graphql-response+json";

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  result: FormattedExecutionResult,
): FastifyReply {
  const type = request.headers.accept?.includes(graphQLResponse)
    ? graphQLResponse
    : "application/json";
  const status = statusOf(result);
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply
    .code(status)
    .header("content-type", `${type}; charset=utf-8`)
    .send(JSON.stringify(result));
}
