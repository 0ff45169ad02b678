import { request } from "undici";
import type { FetchOwner } from "./meter.ts";

/**
 * The way to an owner over HTTP, beside the calls that are counted.
 *
 * @param token what the doors of its meter want to see; undefined where it has told us none
 */
export function openOwnerLine(token?: string): FetchOwner {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return async (url, { method, body, timeoutMs }) => {
    const answer = await request(url, {
      method,
      headers: {
        ...authorization,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { date } = answer.headers;
    return {
      status: answer.statusCode,
      date: typeof date === "string" ? date : null,
      body: await answer.body.text(),
    };
  };
}
