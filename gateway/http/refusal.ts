import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLError } from "graphql";
import { gatewayError, internalError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";

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
  readonly statusCode?: number;
}

function describeRefusal(
  { code, statusCode = 500 }: HttpError,
  bodyBytes: number,
): { status: number; refusal: GraphQLError } {
  const refuse = (status: number, message: string) => ({
    status,
    refusal: gatewayError("BAD_USER_INPUT", message),
  });
  switch (code) {
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

/** To be thrown where a method is not served. */
export function methodNotAllowed(): Error {
  return Object.assign(new Error("This method is not served."), { code: wrongMethod });
}

/** Takes JSON and no other type of content. */
export function acceptJsonAlone(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch {
      // The parser's own message quotes the body, and with it perhaps a personal number.
      done(Object.assign(new Error("The body is not JSON."), { code: malformedJson }));
    }
  });
}
