import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLError } from "graphql";
import { findRepeatedKey } from "../../schema/repeated-key.ts";
import { gatewayError, internalError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { findRepeatedHeader } from "./repeated-header.ts";

export interface RefusalOptions {
  readonly bodyBytes: number;
  readonly onRefusal: (code: ErrorCode, request: FastifyRequest, reply: FastifyReply) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Says in the form of a GraphQL answer what is refused before the door's own code sees a request. */
export function registerRefusals(app: FastifyInstance, options: RefusalOptions): void {
  app.setErrorHandler((error: HttpError, request, reply) => {
    const { status, refusal } = describeRefusal(error, options.bodyBytes);
    const code = refusal.extensions["code"] as ErrorCode;
    if (code === "INTERNAL_ERROR") options.onFailure(error);
    options.onRefusal(code, request, reply);
    return reply
      .code(status)
      .header("content-type", "application/json; charset=utf-8")
      .send(JSON.stringify({ errors: [refusal] }));
  });
}

/** Fastify's errors and those below have a code and a status. */
interface HttpError {
  readonly code?: string;
  readonly message?: string;
  readonly statusCode?: number;
}

function describeRefusal(
  { code, message, statusCode = 500 }: HttpError,
  bodyBytes: number,
): { status: number; refusal: GraphQLError } {
  const refuse = (status: number, message: string) => ({
    status,
    refusal: gatewayError("BAD_USER_INPUT", message),
  });
  switch (code) {
    case ambiguous:
      return refuse(400, message ?? "");
    case encodedBody:
      return refuse(415, "The body must come as it is, without a content-encoding.");
    case malformedJson:
      return refuse(400, "The body is not JSON.");
    case wrongMethod:
      return refuse(405, "Queries come by POST, as JSON; /explorer shows how.");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return refuse(415, "The content type must be application/json.");
    case "FST_ERR_CTP_BODY_TOO_LARGE": {
      const message = `The body is longer than ${bodyBytes} bytes, which is the most allowed. Ask for less, or in several requests.`;
      const refusal = gatewayError("OPERATION_TOO_COSTLY", message, { limit: bodyBytes });
      return { status: 413, refusal };
    }
    default:
      return statusCode < 500
        ? refuse(statusCode, "The HTTP request is malformed.")
        : { status: 500, refusal: internalError() };
  }
}

const malformedJson = "MALFORMED_JSON";
const wrongMethod = "WRONG_METHOD";
const encodedBody = "ENCODED_BODY";
/** What can be read in two ways; the error's message is a sentence of ours. */
const ambiguous = "AMBIGUOUS";

/** To be thrown where a method is not served. */
export function methodNotAllowed(): Error {
  return codedError(wrongMethod, "This method is not served.");
}

/** An error that `describeRefusal` knows by its code. */
function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/**
 * Refuses a request that says something twice that may be said once: a proxy before us may have read the
 * other of the two.
 */
export function refuseRepeatedHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const name = findRepeatedHeader(request.raw.rawHeaders);
    if (name === undefined) done();
    else done(codedError(ambiguous, `The header ${name} may stand in a request once.`));
  });
}

/** Takes JSON and no other type of content, as it is. */
export function acceptJsonAlone(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.headers["content-encoding"] === undefined) done();
    else done(codedError(encodedBody, "The body is encoded."));
  });
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    const text = body as string;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The parser's own message quotes the body, and with it perhaps a personal number.
      done(codedError(malformedJson, "The body is not JSON."));
      return;
    }
    if (findRepeatedKey(text) === undefined) done(null, value);
    else done(codedError(ambiguous, "An object in the body has a key twice; each may stand once."));
  });
}
