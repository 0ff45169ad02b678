import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { openTransport } from "../../../gateway/source/transport.ts";
import type { Transport, TransportOptions } from "../../../gateway/source/transport.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  opened.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

function open(url: string, options: Partial<TransportOptions> = {}): Transport {
  const transport = openTransport({
    url,
    timeoutMs: 20_000,
    maxAnswerBytes: 1_000,
    connections: 2,
    ...options,
  });
  opened.push(transport);
  return transport;
}

const serve = (handle: RequestListener) => listen(createServer(handle));
const call = (signal = new AbortController().signal) => ({
  requestId: "r-1",
  idempotencyKey: "lease.1",
  signal,
});
const json = { "content-type": "application/json; charset=utf-8" };

test("each attempt brings a token of its own, made for the bytes that are sent", async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    const hash = createHash("sha256");
    request.on("data", (chunk: Buffer) => hash.update(chunk));
    request.on("end", () => {
      seen.push(`${request.headers.authorization} ${hash.digest("hex")}`);
      response.writeHead(200, json).end('{"data":{}}');
    });
  });
  let tokens = 0;
  const signBody = (body: string) =>
    `${++tokens} ${createHash("sha256").update(body).digest("hex")}`;
  const { send } = open(url, { signBody });
  const body = '{"query":"Trần Thị Hoa \ud800"}';
  const again = call();
  await send(body, again);
  await send(body, again);
  expect(seen.map((line) => line.split(" ").slice(0, 2))).toEqual([
    ["Bearer", "1"],
    ["Bearer", "2"],
  ]);
  for (const line of seen) {
    const [, , signed, sent] = line.split(" ");
    expect(signed).toBe(sent);
  }
});

test("what cannot be signed reaches nobody, and says why in the log alone", async () => {
  let calls = 0;
  const url = await serve((_request, response) => {
    calls++;
    response.writeHead(200, json).end('{"data":{}}');
  });
  const signBody = () => {
    throw new Error("no key may sign");
  };
  expect(await open(url, { signBody }).send("{}", call())).toEqual({
    kind: "failed",
    code: "SOURCE_UNAVAILABLE",
    reason: "Error: no key may sign",
    reached: "nobody",
  });
  expect(calls).toBe(0);
});

test("a question carries the request's id and its key, and its answer comes back with how it was counted", async () => {
  const url = await serve((request, response) => {
    const { "x-request-id": id, "idempotency-key": key } = request.headers;
    response
      .writeHead(200, { ...json, "meter-day": "2026-03-02", "meter-records": "3" })
      .end(JSON.stringify({ data: { id: `${String(id)} ${String(key)}` } }));
  });
  expect(await open(url).send("{}", call())).toEqual({
    kind: "answered",
    data: { id: "r-1 lease.1" },
    errors: [],
    status: 200,
    account: { date: expect.stringMatching(/ GMT$/), day: "2026-03-02", records: 3 },
  });
});

test("an answer in many pieces, cut within a letter, is one answer", async () => {
  const text = Buffer.from(JSON.stringify({ data: { name: "Nguyễn Thị Bưởi" } }));
  const url = await serve((_, response) => {
    response.writeHead(200, json);
    for (const byte of text) response.write(Buffer.from([byte]));
    response.end();
  });
  expect(await open(url).send("{}", call())).toMatchObject({ data: { name: "Nguyễn Thị Bưởi" } });
});

test.each([
  ["a page", 200, "text/html", "<p>", "SOURCE_ERROR"],
  ["no content type", 200, "", '{"data":{}}', "SOURCE_ERROR"],
  ["half a JSON", 200, "application/json", '{"data":', "SOURCE_ERROR"],
  ["a number", 200, "application/json", "1", "SOURCE_ERROR"],
  ["an empty object", 200, "application/json", "{}", "SOURCE_ERROR"],
  ["errors in a text", 200, "application/json", '{"data":{},"errors":"no"}', "SOURCE_ERROR"],
  ["data with HTTP 404", 404, "application/json", '{"data":{}}', "SOURCE_ERROR"],
  ["HTTP 500", 500, "application/json", '{"data":{}}', "SOURCE_ERROR"],
  ["HTTP 502", 502, "text/html", "", "SOURCE_UNAVAILABLE"],
  ["HTTP 429", 429, "application/json", "{}", "SOURCE_UNAVAILABLE"],
  ["too many bytes", 200, "application/json", `"${"x".repeat(1_000)}"`, "SOURCE_ERROR"],
])("%s is no answer", async (_, status, type, body, code) => {
  const url = await serve((_request, response) => {
    response.writeHead(status, type ? { "content-type": type } : {}).end(body);
  });
  expect(await open(url).send("{}", call())).toMatchObject({ kind: "failed", code });
});

test("errors with HTTP 400, as a GraphQL server refuses a request, are an answer without data", async () => {
  const url = await serve((_, response) => {
    response.writeHead(400, json).end('{"errors":[{"message":"no"}]}');
  });
  expect(await open(url).send("{}", call())).toEqual({
    kind: "answered",
    data: null,
    errors: [{ message: "no" }],
    status: 400,
    account: { date: expect.any(String), day: null, records: null },
  });
});

test("a half-open line, which takes the question and is never heard of again, ends at the time-out", async () => {
  const url = await listen(createTcpServer((socket) => socket.pause()));
  expect(await open(url, { timeoutMs: 60 }).send("{}", call())).toMatchObject({
    kind: "failed",
    code: "SOURCE_TIMEOUT",
  });
});

test("waiting for a free line counts toward the time-out", async () => {
  const url = await serve(() => undefined);
  const transport = open(url, { timeoutMs: 80, connections: 1 });
  const outcomes = await Promise.all([1, 2, 3].map(() => transport.send("{}", call())));
  expect(outcomes.map((outcome) => outcome.kind === "failed" && outcome.code)).toEqual([
    "SOURCE_TIMEOUT",
    "SOURCE_TIMEOUT",
    "SOURCE_TIMEOUT",
  ]);
});

test("when nobody waits any more, the source is hung up on", async () => {
  const gone = new AbortController();
  let hungUp: () => void;
  const noticed = new Promise<void>((resolve) => (hungUp = resolve));
  const url = await serve((request) => {
    request.socket.once("close", () => hungUp());
    gone.abort();
  });
  expect(await open(url).send("{}", call(gone.signal))).toEqual({
    kind: "abandoned",
    sent: true,
  });
  await noticed;
});

test("a question of somebody who has gone is not sent", async () => {
  let asked = 0;
  const url = await serve((_, response) => {
    asked++;
    response.end();
  });
  expect(await open(url).send("{}", call(AbortSignal.abort()))).toEqual({
    kind: "abandoned",
    sent: false,
  });
  expect(asked).toBe(0);
});

test("lines are kept: many questions in turn need no more than the two that are allowed", async () => {
  const ports = new Set<number | undefined>();
  const url = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.writeHead(200, json).end('{"data":{}}');
  });
  const transport = open(url);
  for (let asked = 0; asked < 20; asked++) await transport.send("{}", call());
  expect(ports.size).toBeLessThanOrEqual(2);
});

test("a request id that no header can carry costs an answer and never an exception", async () => {
  const url = await serve((_, response) => void response.end());
  const { signal } = new AbortController();
  expect(await open(url).send("{}", { ...call(signal), requestId: "a\nb" })).toMatchObject({
    kind: "failed",
  });
});

test("health is asked beside the GraphQL path", async () => {
  const url = await serve((request, response) => {
    response.writeHead(request.url === "/health" ? 204 : 404).end();
  });
  expect(await open(url).status("health")).toBe(204);
  expect(await open("http://127.0.0.1:1/graphql").status("health")).toBeNull();
});
