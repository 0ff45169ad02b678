import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A call as it was on the wire. */
export interface TappedCall {
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Sits on the line between a gateway and a register, and keeps what passes. */
export interface WireTap {
  readonly url: string;
  /** Calls that came by, oldest first. */
  readonly calls: TappedCall[];
  /** What becomes of the next calls: handed on, kept from the register, or of one of them the answer cut off. */
  mode: "pass" | "keep" | "cut-once";
  close(): void;
}

export async function tapWire(upstream: string): Promise<WireTap> {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const { authorization } = request.headers;
    const { mode } = tap;
    if (request.method === "POST") tap.calls.push({ authorization, body });
    if (mode === "cut-once") tap.mode = "pass";
    if (mode === "keep") return void response.writeHead(502).end();
    const answer = await send(upstream, { authorization, body });
    if (mode === "cut-once") return void request.socket.resetAndDestroy();
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const tap: WireTap = {
    url: `http://127.0.0.1:${port}/graphql`,
    calls: [],
    mode: "pass",
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return tap;
}

/** Sends a call to a register, as its caller did or otherwise. */
export function send(url: string, { authorization, body }: TappedCall): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(authorization && { authorization }) },
    body,
  });
}
