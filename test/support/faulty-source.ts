import { createServer, request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A GraphQL answer on its way from a source. */
export interface SourceAnswer {
  data?: Record<string, unknown> | null;
  errors?: unknown[];
}

/** What was asked of a source. */
export interface SourceRequest {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

/** How a source behaves. */
export type Fault =
  | { readonly kind: "none" }
  /** Cuts the connection with a TCP reset. */
  | { readonly kind: "reset" }
  /** Takes the request and never says a word. */
  | { readonly kind: "silent" }
  /** Sends the head of an answer, then a byte at a time, for ever. */
  | { readonly kind: "drip" }
  /** Sends half of the real answer, then cuts the connection. */
  | { readonly kind: "cut" }
  /** Hands on the real answer, so many milliseconds later. */
  | { readonly kind: "late"; readonly ms: number }
  /** Behaves in one way after the other, a call each, over and over. */
  | { readonly kind: "in-turn"; readonly faults: readonly [Fault, ...Fault[]] }
  | { readonly kind: "says"; readonly status: number; readonly type: string; readonly body: string }
  /** Hands on the real answer, changed; or later, as a promise. */
  | {
      readonly kind: "edit";
      readonly edit: (
        answer: SourceAnswer,
        request: SourceRequest,
      ) => SourceAnswer | Promise<SourceAnswer>;
    };

/** A real HTTP server before a real source, which misbehaves as it is told. */
export interface FaultySource {
  readonly url: string;
  fault: Fault;
  /** Requests that came through, oldest first. */
  readonly requests: SourceRequest[];
  /** Stops listening: the next connection is refused. */
  die(): Promise<void>;
  /** Listens again, where it listened before. */
  live(): Promise<void>;
  close(): Promise<void>;
}

export const healthy: Fault = { kind: "none" };

/** Milliseconds between the bytes of a slow drip; well below any time-out that a test sets. */
const dripEvery = 20;

/** Starts one before the source at `upstream`, on a free port. */
export async function startFaultySource(upstream: string): Promise<FaultySource> {
  let turn = 0;
  const now = (fault: Fault): Exclude<Fault, { kind: "in-turn" }> =>
    fault.kind === "in-turn"
      ? now(fault.faults[turn++ % fault.faults.length] ?? fault.faults[0])
      : fault;
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const fault = now(source.fault);
    if (request.method === "POST") source.requests.push(JSON.parse(body) as SourceRequest);
    switch (fault.kind) {
      case "reset":
        request.socket.resetAndDestroy();
        return;
      case "silent":
        return;
      case "drip":
        drip(response);
        return;
      case "says":
        response.writeHead(fault.status, { "content-type": fault.type }).end(fault.body);
        return;
      case "cut": {
        const { status, headers, text } = await forward(upstream, request, body);
        const whole = Buffer.from(text);
        response.writeHead(status, { ...headers, "content-length": whole.length });
        response.write(whole.subarray(0, whole.length / 2), () => request.socket.destroy());
        return;
      }
      case "none":
      case "late":
      case "edit": {
        const { status, headers, text } = await forward(upstream, request, body);
        if (fault.kind === "late") await pause(fault.ms);
        const said =
          fault.kind === "edit"
            ? JSON.stringify(await fault.edit(JSON.parse(text), JSON.parse(body)))
            : text;
        response.writeHead(status, headers).end(said);
      }
    }
  };
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  /** Meanwhile somebody's call may have been given the port to leave by; it is soon over. */
  const listenAgain = async (tries = 100): Promise<void> => {
    try {
      await listen(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tries === 0) throw error;
      await pause(50);
      await listenAgain(tries - 1);
    }
  };
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const source: FaultySource = {
    url: `http://127.0.0.1:${port}/graphql`,
    fault: healthy,
    requests: [],
    die: stop,
    live: () => listenAgain(),
    close: stop,
  };
  return source;
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), dripEvery);
  response.once("close", () => clearInterval(timer));
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** What of a call's head and of an answer's means something to the two ends. */
const askedWith = ["authorization", "idempotency-key", "x-request-id"];
const answeredWith = ["content-type", "meter-day", "meter-records"];

function forward(
  upstream: string,
  from: IncomingMessage,
  body: string,
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const to = new URL(from.url ?? "/", upstream);
    const headers = {
      ...pick(from.headers, askedWith),
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    httpRequest(to, { method: from.method ?? "POST", headers }, (answer) => {
      readBody(answer).then(
        (text) =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: pick(answer.headers, answeredWith),
            text,
          }),
        reject,
      );
    })
      .once("error", reject)
      .end(body);
  });
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

/** The rows of an `_entities` answer, changed. */
export function editRows(edit: (rows: unknown[]) => unknown): Fault {
  return {
    kind: "edit",
    edit: ({ data, ...rest }) =>
      data && Array.isArray(data["_entities"])
        ? { ...rest, data: { ...data, _entities: edit(data["_entities"]) } }
        : { ...rest, data: data ?? null },
  };
}
