import { SignJWT, importJWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openAccessTokens } from "../../../gateway/identity/access-token.ts";
import type { AccessTokens } from "../../../gateway/identity/access-token.ts";
import { openIssuerKeys } from "../../../gateway/identity/issuer-keys.ts";
import { audience, startTestIssuer } from "../../support/issuer.ts";
import type { TestIssuer } from "../../support/issuer.ts";

let clock = Date.UTC(2026, 10, 25, 8);
let issuer: TestIssuer;
let tokens: AccessTokens;
let failures: unknown[];

function openTokens(): void {
  failures = [];
  const keys = openIssuerKeys({
    issuer: issuer.url,
    monotonic: () => clock,
    onFailure: (error) => failures.push(error),
  });
  tokens = openAccessTokens({ issuer: issuer.url, audience, keys, now: () => clock });
}

beforeAll(async () => {
  issuer = await startTestIssuer(() => clock);
});
afterAll(() => issuer.stop());
beforeEach(() => {
  issuer.isAway = false;
  openTokens();
});

const read = (token: string) => tokens.read(`Bearer ${token}`);
const invalid = { refusal: "The access token is not valid here. Sign in again.", later: false };

describe("a token of the issuer", () => {
  test("says who asks", async () => {
    const claims = { unit: "00004", scope: "registers quota" };
    expect(await read(await issuer.sign({ claims }))).toEqual({
      subject: "officer-lan",
      clientId: "console",
      role: "counter-officer",
      agency: "ubnd-00004",
      unit: "00004",
      pin: undefined,
      acr: undefined,
      scopes: new Set(["registers", "quota"]),
    });
  });

  test("is valid until its end, and a minute longer for the sake of clocks", async () => {
    const token = await issuer.sign();
    const ends = clock + 3_600_000;
    for (const [at, isValid] of [
      [ends + 59_000, true],
      [ends + 60_000, false],
    ] as const) {
      const before = clock;
      clock = at;
      const said = await read(token);
      clock = before;
      if (isValid) expect(said).toHaveProperty("subject");
      else
        expect(said).toEqual({
          refusal: "The access token has expired. Sign in again.",
          later: false,
        });
    }
  });

  test("is not valid before its time", async () => {
    const nbf = Math.floor(clock / 1000) + 120;
    expect(await read(await issuer.sign({ claims: { nbf } }))).toEqual(invalid);
  });

  test("says of a citizen the personal number and the level of identity, and no agency", async () => {
    const claims = { role: "citizen", agency: undefined, pin: "001090000012", acr: "2" };
    expect(await read(await issuer.sign({ claims }))).toMatchObject({
      role: "citizen",
      agency: undefined,
      pin: "001090000012",
      acr: "2",
    });
  });

  test.each(["role", "sub", "agency", "client_id"])("is of no use without %s", async (claim) => {
    const said = await read(await issuer.sign({ claims: { [claim]: undefined } }));
    expect(said).toHaveProperty("refusal");
  });

  test.each([
    ["role", "minister"],
    ["sub", 7],
    ["agency", ["a", "b"]],
    ["unit", { a: 1 }],
    ["pin", ""],
  ])("is of no use where %s is %j", async (claim, value) => {
    const said = await read(await issuer.sign({ claims: { [claim]: value } }));
    expect(said).toMatchObject({ refusal: expect.stringContaining(claim), later: false });
  });
});

describe("who forges a token learns nothing but that it is not valid", () => {
  test.each([
    ["of another issuer", { claims: { iss: "http://localhost:1" } }],
    ["for another audience", { claims: { aud: "population" } }],
    ["that is an ID token", { header: { typ: "JWT" } }],
    ["of an unknown key", { header: { kid: "nobody" } }],
    ["whose key's name is a path", { header: { kid: "../../../../dev/null" } }],
    ["whose key's name is an SQL statement", { header: { kid: "' or '1'='1" } }],
    ["without a key's name whose key is another", { signedBy: "stranger", kid: "first" }],
  ])("%s", async (_, forged) => {
    await issuer.addKey("stranger");
    issuer.withdrawKey("stranger");
    expect(await read(await issuer.sign(forged as object))).toEqual(invalid);
  });

  test("without a signature (alg none)", async () => {
    const [, claims] = (await issuer.sign()).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString(
      "base64url",
    );
    expect(await read(`${header}.${claims}.`)).toEqual(invalid);
  });

  test("signed with the public key as a shared secret (HS256)", async () => {
    const secret = Buffer.from(JSON.stringify(issuer.publicKey("first")));
    const token = await new SignJWT({ role: "counter-officer", agency: "a", client_id: "c" })
      .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "first" })
      .setIssuer(issuer.url)
      .setAudience(audience)
      .setSubject("s")
      .setIssuedAt(Math.floor(clock / 1000))
      .setExpirationTime(Math.floor(clock / 1000) + 60)
      .sign(secret);
    expect(await read(token)).toEqual(invalid);
  });

  test("with one claim changed", async () => {
    const [header, claims, signature] = (await issuer.sign()).split(".");
    const said = JSON.parse(Buffer.from(claims!, "base64url").toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...said, role: "auditor" })).toString("base64url");
    expect(await read(`${header}.${changed}.${signature}`)).toEqual(invalid);
  });

  test("that brings its own key, or says where to fetch one", async () => {
    await issuer.addKey("own");
    issuer.withdrawKey("own");
    const before = issuer.fetches();
    const header = {
      jwk: issuer.publicKey("own"),
      jku: `${issuer.url}/keys-of-mine`,
      x5u: `${issuer.url}/certificate`,
    };
    expect(await read(await issuer.sign({ kid: "own", header }))).toEqual(invalid);
    expect(issuer.fetches() - before).toBeLessThanOrEqual(1);
    expect(await importJWK(header.jwk)).toBeDefined();
  });
});

describe("the header authorization", () => {
  test("must be there", async () => {
    expect(await tokens.read(undefined)).toMatchObject({
      refusal: expect.stringContaining("authorization: Bearer"),
    });
  });

  test.each(["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", `Bearer ${"a".repeat(9_000)}`])(
    "%j is not one",
    async (header) => {
      expect(await tokens.read(header)).toEqual({
        refusal: "The header authorization must be `Bearer` and an access token.",
        later: false,
      });
    },
  );
});

describe("the issuer's keys", () => {
  test("are fetched once, however many tokens come", async () => {
    const before = issuer.fetches();
    const token = await issuer.sign();
    await Promise.all(Array.from({ length: 20 }, () => read(token)));
    await read(await issuer.sign({ claims: { sub: "officer-minh" } }));
    expect(issuer.fetches() - before).toBe(1);
  });

  test("are fetched again at an unknown key, though not at every one", async () => {
    await read(await issuer.sign());
    clock += 31_000;
    const before = issuer.fetches();
    for (let index = 0; index < 10; index++)
      await read(await issuer.sign({ header: { kid: `guess-${index}` } }));
    expect(issuer.fetches() - before).toBe(1);
  });

  test("may be new: a token of a key that has just been published is taken", async () => {
    await read(await issuer.sign());
    clock += 31_000;
    await issuer.addKey("second");
    expect(await read(await issuer.sign({ kid: "second" }))).toHaveProperty("subject");
  });

  test("go on while the issuer is away; unknown ones are refused, and it is asked once in 30 s", async () => {
    const known = await issuer.sign();
    await read(known);
    clock += 31_000;
    issuer.isAway = true;
    expect(await read(await issuer.sign({ claims: { sub: "another" } }))).toHaveProperty("subject");
    for (let index = 0; index < 5; index++)
      expect(await read(await issuer.sign({ header: { kid: `guess-${index}` } }))).toEqual(invalid);
    expect(failures).toHaveLength(1);
  });

  test("that were never fetched leave nobody known, and another try may help", async () => {
    issuer.isAway = true;
    expect(await read(await issuer.sign())).toMatchObject({ later: true });
    issuer.isAway = false;
    clock += 31_000;
    expect(await read(await issuer.sign())).toHaveProperty("subject");
  });

  test("that are withdrawn end what was verified by them", async () => {
    await issuer.addKey("third");
    const token = await issuer.sign({ kid: "third" });
    expect(await read(token)).toHaveProperty("subject");
    issuer.withdrawKey("third");
    clock += 601_000;
    // The first that comes late starts the fetching and does not wait for it.
    await read(token);
    await expect.poll(() => read(token)).toEqual(invalid);
  });

  test("of an issuer that calls itself otherwise are not taken", async () => {
    const keys = openIssuerKeys({
      issuer: `${issuer.url}/`,
      monotonic: () => clock,
      onFailure: (error) => failures.push(error),
    });
    const other = openAccessTokens({ issuer: `${issuer.url}/`, audience, keys, now: () => clock });
    const token = await issuer.sign({ claims: { iss: `${issuer.url}/` } });
    expect(await other.read(`Bearer ${token}`)).toMatchObject({ later: true });
    expect(String(failures[0])).toContain("another issuer than OIDC_ISSUER");
  });
});
