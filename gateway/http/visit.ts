import type { FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "../access.ts";

/** Ids that other systems give: short, of plain characters, and no twelve digits that could be a PIN. */
const requestIdForm = /^(?!.*[0-9]{9})[A-Za-z0-9._:-]{1,64}$/;

/** What is known of a request before anything in it is read. */
export type Visit = Pick<Access, "requestId" | "signal">;

/**
 * Opens a request at its door.
 *
 * @param newRequestId makes an id where the client brings none that may be logged
 */
export function openVisit(
  request: FastifyRequest,
  reply: FastifyReply,
  newRequestId: () => string,
): Visit {
  const given = request.headers["x-request-id"];
  const controller = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) controller.abort(new Error("The client went away."));
  });
  return {
    requestId: typeof given === "string" && requestIdForm.test(given) ? given : newRequestId(),
    signal: controller.signal,
  };
}
