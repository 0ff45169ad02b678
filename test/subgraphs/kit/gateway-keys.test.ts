import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errors, exportJWK, generateKeyPair } from "jose";
import type { JWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GatewayAway, openGatewayKeys } from "../../../subgraphs/kit/gateway-keys.ts";

/** What the page of keys answers. */
let answer: (response: ServerResponse) => void;
let fetches: number;
let clock: number;
let failures: Error[];
let server: Server;
let key: JWK;
let url: string;

beforeAll(async () => {
  server = createServer((_, response) => {
    fetches++;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`;
  const { publicKey } = await generateKeyPair("ES256");
  key = { ...(await exportJWK(publicKey)), kid: "first", alg: "ES256", use: "sig" };
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  [fetches, clock, failures] = [0, 0, []];
  answer = tell({ keys: [{ ...key, kind: "service" }] });
});

const tell = (page: unknown) => (response: ServerResponse) =>
  void response.end(typeof page === "string" ? page : JSON.stringify(page));

function openKeys() {
  const find = openGatewayKeys({
    url,
    monotonic: () => clock,
    onFailure: (error) => failures.push(error as Error),
  });
  return async (kid: string | undefined) =>
    await find({ alg: "ES256", ...(kid !== undefined && { kid }) }, {} as never);
}

test("Keys are found by name, and fetched once", async () => {
  const find = openKeys();
  const [found] = await Promise.all([find("first"), find("first"), find("first")]);
  expect(found).toHaveProperty("type", "public");
  clock = 599_999;
  await find("first");
  expect(fetches).toBe(1);
});

test("A token that names no key gets none, be there one alone", async () => {
  await expect(openKeys()(undefined)).rejects.toThrow(errors.JWKSNoMatchingKey);
});

test.each(["head", "evidence", "token", undefined])(
  "A key of the kind %s signs no call",
  async (kind) => {
    answer = tell({ keys: [{ ...key, kind }] });
    await expect(openKeys()("first")).rejects.toThrow(errors.JWKSNoMatchingKey);
  },
);

describe("a page that cannot be used is told to the log, and leaves the keys of before:", () => {
  test.each([
    ["HTTP 500", (response: ServerResponse) => void response.writeHead(500).end("{}"), "HTTP 500"],
    [
      "a page elsewhere",
      (response: ServerResponse) =>
        void response.writeHead(302, { location: `${url}?other` }).end(),
      "fetch failed",
    ],
    ["no JSON", tell("<html>"), "JSON"],
    ["null", tell("null"), "no set of keys"],
    ["keys that are no list", tell({ keys: {} }), "no set of keys"],
    ["more than a page", tell(`"${"a".repeat(1_000_001)}"`), "more than 1000000 bytes"],
    ["a cut line", (response: ServerResponse) => void response.destroy(), "fetch failed"],
  ])("%s", async (_, fault, said) => {
    const find = openKeys();
    await find("first");
    answer = fault;
    clock = 30_000;
    await expect(find("second")).rejects.toThrow(errors.JWKSNoMatchingKey);
    expect(failures).toEqual([expect.objectContaining({ message: expect.stringContaining(said) })]);
    expect(await find("first")).toHaveProperty("type", "public");
  });

  test("where there were none before, it is not known who calls, and asked again a second later", async () => {
    const find = openKeys();
    answer = (response) => void response.destroy();
    await expect(find("first")).rejects.toThrow(GatewayAway);
    clock = 999;
    await expect(find("first")).rejects.toThrow(GatewayAway);
    expect(fetches).toBe(1);
    answer = tell({ keys: [{ ...key, kind: "service" }] });
    clock = 1_000;
    expect(await find("first")).toHaveProperty("type", "public");
  });
});
