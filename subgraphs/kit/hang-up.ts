import type { ServerResponse } from "node:http";

/**
 * Aborted when the asker hangs up before he has the answer. (Fastify's own `request.signal` is not, once
 * the body has been read: it listens to the request, which has been closed by then.)
 */
export function hangUpSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** Whether a statement failed for the one reason that nobody waits for it any more. */
export function isHangUp(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "AbortError";
}
