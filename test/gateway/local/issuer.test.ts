import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAccessTokens } from "../../../gateway/identity/access-token.ts";
import { openIssuerKeys } from "../../../gateway/identity/issuer-keys.ts";
import { developmentClient, developmentGrant } from "../../../gateway/local/development-grant.ts";
import { startIssuer } from "../../../gateway/local/issuer.ts";
import type { Issuer } from "../../../gateway/local/issuer.ts";
import { readyMadePeople } from "../../../gateway/local/ready-made-people.ts";
import { roles } from "../../../schema/roles.ts";

const audience = "lien-thong";
let issuer: Issuer;

beforeAll(async () => {
  issuer = await startIssuer({ port: 0, audience });
});
afterAll(() => issuer.stop());

async function ask(wish: Record<string, string>) {
  const response = await fetch(`${issuer.url}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: developmentGrant,
      client_id: developmentClient,
      ...wish,
    }),
  });
  return {
    status: response.status,
    body: (await response.json()) as { access_token: string; error_description: string },
  };
}

function read(token: string, at = Date.now(), expected = audience) {
  const keys = openIssuerKeys({
    issuer: issuer.url,
    monotonic: () => at,
    onFailure: (error) => expect.fail(String(error)),
  });
  const tokens = openAccessTokens({
    issuer: issuer.url,
    audience: expected,
    keys,
    now: () => at,
  });
  return tokens.read(`Bearer ${token}`);
}

test.each(roles)("a token of the ready-made %s is one that the gateway reads", async (role) => {
  const { body } = await ask({ role });
  const { subject, ...person } = readyMadePeople[role];
  expect(await read(body.access_token)).toMatchObject({ role, subject, ...person });
});

test("what is wished otherwise stands in the token", async () => {
  const wish = { subject: "somebody", agency: "ubnd-1", unit: "1", pin: "001090000012", acr: "1" };
  const { body } = await ask({ role: "citizen", ...wish });
  expect(await read(body.access_token)).toMatchObject(wish);
});

test("a token lasts as long as is wished", async () => {
  const { body } = await ask({ role: "auditor", expires: "30" });
  expect(await read(body.access_token, Date.now() + 60_000)).toHaveProperty("subject");
  expect(await read(body.access_token, Date.now() + 120_000)).toHaveProperty("refusal");
});

test("a token is for one gateway alone", async () => {
  const { body } = await ask({ role: "auditor" });
  expect(await read(body.access_token, Date.now(), "population")).toHaveProperty("refusal");
});

test.each([
  [{ role: "minister" }, "role must be one of counter-officer,"],
  [{ role: "auditor", expires: "0" }, "expires must be seconds from 1 to 86400"],
  [{ role: "auditor", expires: "soon" }, "expires must be seconds"],
  [{ role: "auditor", client_id: "another" }, ""],
])("%j gets no token", async (wish, sentence) => {
  const { status, body } = await ask(wish);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).not.toHaveProperty("access_token");
  expect(body.error_description).toContain(sentence);
});

test("nobody reaches the issuer from another machine", async () => {
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4");
  for (const { address } of others) {
    const reached = await new Promise((resolve) => {
      const socket = connect(Number(new URL(issuer.url).port), address);
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    expect(reached).toBe(false);
  }
});

test("a port in use is told with the flag that chooses another", async () => {
  const port = Number(new URL(issuer.url).port);
  await expect(startIssuer({ port, audience })).rejects.toThrow(
    `Port ${port} is in use; choose another for the development issuer by --issuer-port.`,
  );
});
