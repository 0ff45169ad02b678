import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import Fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeFailure } from "../../../gateway/errors.ts";
import { registerGraphQL } from "../../../gateway/http/graphql.ts";
import { identifyNobody } from "../../../gateway/http/open-gate.ts";
import type { RequestRecord } from "../../../gateway/http/graphql.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { serveCountry } from "../../support/miniature.ts";
import type { Miniature } from "../../support/miniature.ts";
import { preparationOf, published } from "../../support/supergraphs.ts";

const lan = "001199012345";
const query = "query Ask($pin: PIN!) { citizen(pin: $pin) { pin fullName } }";

let country: Readonly<Record<string, Miniature>>;
let gateway: TestGateway;
beforeAll(async () => {
  country = await serveCountry({ [lan]: { fullName: "Nguyễn Thị Lan", sex: "FEMALE" } });
  gateway = await startTestGateway(country);
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

describe("a question to /graphql", () => {
  it("is answered from its ministry, by the normal form of its personal number", async () => {
    const { status, headers, json } = await gateway.ask({
      query,
      variables: { pin: "001 199 012345" },
    });
    expect(status).toBe(200);
    expect(json.data).toEqual({ citizen: { pin: lan, fullName: "Nguyễn Thị Lan" } });
    expect(json.extensions).toMatchObject({
      sources: [{ name: "population", status: "FRESH" }],
    });
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(JSON.stringify(country["population"]?.asked.at(-1))).toContain(lan);
  });

  it("takes null for absent members, and answers in the newer media type where asked for it", async () => {
    const { status, headers } = await gateway.ask(
      { query: "{ __typename }", variables: null, operationName: null },
      { headers: { accept: "application/graphql-response+json, application/json" } },
    );
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
  });

  it("may be kept by nothing on the way, and is no page", async () => {
    const { headers } = await gateway.ask({ query: "{ __typename }" });
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it("keeps the id that it came with, unless that could hold a personal number", async () => {
    const idFor = async (id: string) =>
      (
        await gateway.ask({ query: "{ __typename }" }, { headers: { "x-request-id": id } })
      ).headers.get("x-request-id");
    expect(await idFor("desk-7:0042")).toBe("desk-7:0042");
    expect(await idFor(`case-${lan}`)).toMatch(/^[0-9a-f]{8}-/);
    expect(await idFor("a".repeat(65))).toMatch(/^[0-9a-f]{8}-/);
  });

  it("can be about the schema itself", async () => {
    const { json } = await gateway.ask({ query: '{ __type(name: "Citizen") { name } }' });
    expect(json.data).toEqual({ __type: { name: "Citizen" } });
  });
});

describe("bad input to /graphql", () => {
  const pins = (count: number) => Array<string>(count).fill(lan);
  const ofPins = "query($pins: [PIN!]!) { citizens(pins: $pins) { pin } }";
  const wide = Array.from({ length: 5000 }, (_, i) => `a${i}:pin`).join(" ");
  const long = "pin ".repeat(25_600);

  it.each<[string, unknown, number, string, RegExp]>([
    ["malformed JSON", `{"query": "{ __typename }`, 400, "BAD_USER_INPUT", /not JSON/],
    ["an empty body", "", 400, "BAD_USER_INPUT", /not JSON/],
    [
      "a member that stands twice",
      `{"query": "{ __typename }", "query": "{ sources { name } }"}`,
      400,
      "BAD_USER_INPUT",
      /key twice/,
    ],
    [
      "a variable that stands twice",
      `{"query": ${JSON.stringify(query)}, "variables": {"pin": "${lan}", "pin": "001199012346"}}`,
      400,
      "BAD_USER_INPUT",
      /key twice/,
    ],
    ["a list of requests", [{ query }], 400, "BAD_USER_INPUT", /one at a time/],
    ["no query", { variables: {} }, 400, "BAD_USER_INPUT", /"query" must be/],
    [
      "variables that are no object",
      { query, variables: "pin" },
      400,
      "BAD_USER_INPUT",
      /"variables"/,
    ],
    [
      "an operation name that is no text",
      { query, operationName: 1 },
      400,
      "BAD_USER_INPUT",
      /Name"/,
    ],
    ["a query that is no GraphQL", { query: "SELECT 1" }, 400, "BAD_USER_INPUT", /Syntax Error/],
    ["an unknown field", { query: "{ salaries }" }, 400, "BAD_USER_INPUT", /salaries/],
    ["no personal number", { query }, 400, "BAD_USER_INPUT", /citizen\(pin:\), variable \$pin/],
    [
      "letters",
      { query, variables: { pin: "00119901234x" } },
      400,
      "BAD_USER_INPUT",
      /"x", U\+0078/,
    ],
    ["11 digits", { query, variables: { pin: lan.slice(1) } }, 400, "BAD_USER_INPUT", /has 11/],
    ["an empty PIN", { query, variables: { pin: "" } }, 400, "BAD_USER_INPUT", /has 0/],
    [
      "Arabic digits",
      { query, variables: { pin: "٠٠١١٩٩٠١٢٣٤٥" } },
      400,
      "BAD_USER_INPUT",
      /U\+0660/,
    ],
    [
      "a zero-width mark",
      { query, variables: { pin: `${lan}\u200B` } },
      400,
      "BAD_USER_INPUT",
      /200B/,
    ],
    [
      "10,000 PINs",
      { query: ofPins, variables: { pins: pins(10_000) } },
      400,
      "BAD_USER_INPUT",
      /100/,
    ],
    [
      "a 100 KB query",
      { query: `{ citizen(pin: "${lan}") { ${long} } }` },
      400,
      "OPERATION_TOO_COSTLY",
      /65536/,
    ],
    [
      "depth 50",
      { query: `{ ${"a{".repeat(49)}b${"}".repeat(49)} }` },
      400,
      "OPERATION_TOO_COSTLY",
      /50 levels/,
    ],
    [
      "5,000 aliases",
      { query: `{ citizen(pin: "${lan}") { ${wide} } }` },
      400,
      "OPERATION_TOO_COSTLY",
      /5000 aliases/,
    ],
    [
      "a body of 2 MB",
      { query, pad: "x".repeat(2 ** 21) },
      413,
      "OPERATION_TOO_COSTLY",
      /1048576 bytes/,
    ],
  ])("is refused with one well-formed error: %s", async (_, body, status, code, message) => {
    const before = country["population"]!.asked.length;
    const answer = await gateway.ask(body);
    expect(answer.status).toBe(status);
    expect(answer.json).not.toHaveProperty("data");
    expect(answer.json.errors).toMatchObject([
      { message: expect.stringMatching(message), extensions: { code } },
    ]);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(country["population"]!.asked).toHaveLength(before);
  });

  it("is refused where it is no JSON by its content type, since a form of another site could send that", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/graphql"]) {
      const { status, json } = await gateway.ask({ query }, { headers: { "content-type": type } });
      expect(status).toBe(415);
      expect(json.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    }
  });

  it("is refused where it is compressed, since a few bytes could hold any number of them", async () => {
    const { status, json } = await gateway.ask(gzipSync(JSON.stringify({ query })), {
      headers: { "content-encoding": "gzip" },
    });
    expect(status).toBe(415);
    expect(json.errors).toMatchObject([{ message: expect.stringContaining("content-encoding") }]);
  });

  it.each(["authorization", "x-purpose", "x-case", "x-evidence", "host", "x-lane"])(
    "is refused with two headers %s, of which a proxy may have read the other",
    async (name) => {
      const request = httpRequest(`${gateway.url}/graphql`, { method: "POST" });
      request.setHeader("content-type", "application/json");
      request.setHeader(name, ["counter", "counter"]);
      request.end(JSON.stringify({ query: "{ __typename }" }));
      const [response] = (await once(request, "response")) as [IncomingMessage];
      const json: unknown = JSON.parse(await text(response));
      expect(response.statusCode).toBe(400);
      // Node.js itself refuses two hosts, before any code of ours.
      if (name !== "host")
        expect(json).toMatchObject({
          errors: [{ message: `The header ${name} may stand in a request once.` }],
        });
    },
  );

  it("is refused in a URL, where every proxy would log it", async () => {
    const url = `${gateway.url}/graphql?query=${encodeURIComponent("{ __typename }")}`;
    for (const method of ["GET", "PUT", "DELETE"]) {
      const response = await fetch(url, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST");
      expect(await response.json()).toMatchObject({
        errors: [{ message: expect.stringContaining("POST") }],
      });
    }
  });

  it("tells nothing of the parser, whose words would quote a personal number", async () => {
    const { json } = await gateway.ask(`{"pin": "${lan}", oops`);
    expect(JSON.stringify(json)).not.toContain(lan);
  });
});

describe("a client that goes away", () => {
  it("takes its call to the source with it, and is counted as gone", async () => {
    const hungUp = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const silent = createServer((request) => {
      asked.resolve();
      request.socket.once("close", () => hungUp.resolve());
    }).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/graphql`;
    const lonely = await startTestGateway({ ...country, population: { url } });
    const client = new AbortController();
    const answer = lonely.ask({ query, variables: { pin: lan } }, { signal: client.signal });
    await asked.promise;
    client.abort();
    await expect(answer).rejects.toThrow(/aborted/);
    await hungUp.promise;
    await expect.poll(() => lonely.logged.join("")).toContain(`"outcome":"abandoned"`);
    await lonely.stop();
    silent.close();
  });
});

describe("a failure that nobody foresaw", () => {
  it("is answered without a word of it, and logged by where it arose", async () => {
    const app = Fastify();
    const failures: unknown[] = [];
    const records: RequestRecord[] = [];
    registerGraphQL(app, {
      prepare: preparationOf(published),
      execute: () => Promise.reject(new TypeError(`cannot read the address of ${lan}`)),
      bodyBytes: 1000,
      timeoutMs: 1000,
      newRequestId: () => "request-1",
      identify: identifyNobody,
      now: () => 0,
      onRequest: (record) => records.push(record),
      onFailure: (error) => failures.push(describeFailure(error)),
    });
    const { statusCode, body } = await app.inject({
      method: "POST",
      url: "/graphql",
      payload: { query, variables: { pin: lan } },
    });
    expect(statusCode).toBe(500);
    expect(JSON.parse(body)).toEqual({
      errors: [
        {
          message:
            "The gateway failed on this request. Report its id, x-request-id of this answer.",
          extensions: { code: "INTERNAL_ERROR" },
        },
      ],
    });
    expect(records).toMatchObject([{ outcome: "failed", codes: ["INTERNAL_ERROR"] }]);
    expect(failures).toMatchObject([
      {
        error: "TypeError",
        at: expect.arrayContaining([expect.stringContaining("graphql.test.ts")]),
      },
    ]);
    expect(JSON.stringify([failures, records])).not.toContain(lan);
  });
});
