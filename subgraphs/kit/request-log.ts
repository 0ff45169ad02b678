import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";

/**
 * One line a request: which door, how it ended, how long it took, how many rows were asked for. Never
 * an address, a body or a parser's message, because each of them can hold a personal number.
 */
export function registerRequestLog(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    request.log.info(
      {
        route: request.routeOptions.url ?? "none",
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        records: countRecords(request),
      },
      "request",
    );
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ errors: [{ message: "There is nothing here. Ask POST /graphql." }] }),
  );
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    request.log.warn({ code: error.code }, "refused");
    const message = status < 500 ? error.message : "The register could not answer this.";
    const code = status < 500 ? "BAD_USER_INPUT" : "SOURCE_ERROR";
    return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
  });
}

function countRecords({ body }: FastifyRequest): number | undefined {
  const { variables } = Object(body) as { variables?: { representations?: unknown } };
  const representations = variables?.representations;
  return Array.isArray(representations) ? representations.length : undefined;
}
