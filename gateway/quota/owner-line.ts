import { request } from "undici";
import type { FetchOwner } from "./meter.ts";

/** Asks an owner over HTTP, beside the calls that are counted. */
export const fetchOwner: FetchOwner = async (url, { method, body, timeoutMs }) => {
  const answer = await request(url, {
    method,
    ...(body !== undefined && { body, headers: { "content-type": "application/json" } }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { date } = answer.headers;
  return {
    status: answer.statusCode,
    date: typeof date === "string" ? date : null,
    body: await answer.body.text(),
  };
};
