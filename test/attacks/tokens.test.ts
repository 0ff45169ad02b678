import { createPrivateKey, createPublicKey, randomUUID, sign as signBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT, exportJWK, generateKeyPair, importJWK } from "jose";
import type { JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audience } from "../support/issuer.ts";
import {
  lan,
  nam,
  readGatewayKey,
  startAttackedGateway,
  expectRefused,
} from "./attacked-gateway.ts";
import type { AttackedGateway } from "./attacked-gateway.ts";

const question = {
  query: "query ($pin: PIN!) { citizen(pin: $pin) { fullName } }",
  variables: { pin: lan },
};

let gateway: AttackedGateway;
/** The attacker's own key pair, and the page on which he publishes it. */
const own = await generateKeyPair("ES256", { extractable: true });
const ownPublic = { ...(await exportJWK(own.publicKey)), kid: "own", alg: "ES256", use: "sig" };
let visits = 0;
const page = createServer((_request, response) => {
  visits++;
  response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [ownPublic] }));
});
let pageUrl: string;
beforeAll(async () => {
  gateway = await startAttackedGateway();
  await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
  pageUrl = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await gateway.stop();
  page.close();
});

const now = () => Math.floor(Date.now() / 1000);
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const decode = (part: string) =>
  JSON.parse(Buffer.from(part, "base64url").toString()) as JWTPayload;

/** A token of an officer by the issuer, but for what is said otherwise; undefined leaves it out. */
const sign = (claims: Readonly<Record<string, unknown>> = {}, header = {}) =>
  gateway.issuer.sign({ claims: { unit: "00004", ...claims }, header });

/** What a true token of an officer says. */
const claimsOf = async () => decode((await sign()).split(".")[1]!);

/** A token that the attacker signs with his own key. */
const bySelf = async (header: object) =>
  await new SignJWT(await claimsOf())
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", ...header })
    .sign(own.privateKey);

/** A true token whose claims are changed and whose signature is left as it was. */
async function tamper(changes: JWTPayload): Promise<string> {
  const [header, claims, signature] = (await sign()).split(".");
  return [header, encode({ ...decode(claims!), ...changes }), signature].join(".");
}

/** A true token with another header, and whatever signature. */
const withHeader = async (header: object, signature = "") =>
  [encode({ typ: "at+jwt", kid: "first", ...header }), encode(await claimsOf()), signature].join(
    ".",
  );

const bySecret = async (secret: string | Buffer) =>
  await new SignJWT(await claimsOf())
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "first" })
    .sign(Buffer.from(secret));

/** A token signed by a key that the gateway publishes for its own signatures. */
async function byGatewayKey(kind: string, header: object = {}): Promise<string> {
  const key = await readGatewayKey(gateway, kind);
  const alg = key.kty === "OKP" ? "EdDSA" : "ES256";
  return await new SignJWT(await claimsOf())
    .setProtectedHeader({ alg, typ: "at+jwt", kid: key.kid, ...header })
    .sign(await importJWK(key, alg));
}

const send = (token: string) =>
  gateway.ask(question, { headers: { authorization: `Bearer ${token}` } });

const attacks: Readonly<Record<string, () => Promise<string>>> = {
  "that expired a minute and a second ago": () => sign({ exp: now() - 61 }),
  "that expired years ago": () => sign({ iat: 1_500_000_000, exp: 1_500_003_600 }),
  "that never expires": () => sign({ exp: undefined }),
  "that expires by a text": () => sign({ exp: "2099-01-01" }),
  "that does not say when it was made": () => sign({ iat: undefined }),
  "that is not yet valid": () => sign({ nbf: now() + 120 }),
  "for another audience": () => sign({ aud: "population" }),
  "for every audience but this": () =>
    sign({ aud: ["population", "civil-status", `${audience}/`] }),
  "without an audience": () => sign({ aud: undefined }),
  "of another issuer": () => sign({ iss: pageUrl }),
  "of an issuer with nearly the same name": () => sign({ iss: `${gateway.issuer.url}/` }),
  "without an issuer": () => sign({ iss: undefined }),
  "that is an ID token": () => sign({}, { typ: "JWT" }),
  "that does not say what it is": () => sign({}, { typ: undefined }),
  "without a signature (alg none)": () => withHeader({ alg: "none" }),
  "without a signature (alg None)": () => withHeader({ alg: "None" }),
  "without an algorithm": () => withHeader({}),
  "of alg none, with a true signature": async () =>
    withHeader({ alg: "none" }, (await sign()).split(".")[2]),
  "signed by the public key as a shared secret (HS256, JWK)": () =>
    bySecret(JSON.stringify(gateway.issuer.publicKey("first"))),
  "signed by the public key as a shared secret (HS256, PEM)": () => {
    const key = createPublicKey({
      key: gateway.issuer.publicKey("first"),
      format: "jwk",
    });
    return bySecret(key.export({ type: "spki", format: "pem" }));
  },
  "signed by an empty secret": () => bySecret(Buffer.alloc(32)),
  "of an unknown key": () => bySelf({ kid: "nobody" }),
  "of a key that bears a known name": () => bySelf({ kid: "first" }),
  "without the name of a key": () => bySelf({}),
  "whose key's name is a path": () => bySelf({ kid: "../../../../dev/null" }),
  "whose key's name is a path of the issuer": () => bySelf({ kid: "first/../own" }),
  "whose key's name is an SQL statement": () => bySelf({ kid: "' union select 'key' --" }),
  "whose key's name is an address": () => bySelf({ kid: pageUrl }),
  "whose key's name is that of every object": () => bySelf({ kid: "__proto__" }),
  "that says where to fetch its key (jku)": () => bySelf({ kid: "own", jku: pageUrl }),
  "that says where to fetch its certificate (x5u)": () => bySelf({ kid: "own", x5u: pageUrl }),
  "that brings its own key (jwk)": () => bySelf({ kid: "own", jwk: ownPublic }),
  "that brings its own certificate (x5c)": () => bySelf({ kid: "own", x5c: ["MIIB"] }),
  "with a critical header that nobody knows": async () => {
    const signed = [
      encode({ alg: "ES256", typ: "at+jwt", kid: "own", crit: ["trust"], trust: true }),
      encode(await claimsOf()),
    ].join(".");
    const key = createPrivateKey({
      key: await exportJWK(own.privateKey),
      format: "jwk",
    });
    const signature = signBytes("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  },
  "whose role was changed": () => tamper({ role: "auditor" }),
  "whose agency was changed": () => tamper({ agency: "ubnd-00007" }),
  "whose unit was changed": () => tamper({ unit: "00007" }),
  "whose person was changed": () => tamper({ sub: "officer-minh" }),
  "whose end was put off": () => tamper({ exp: now() + 86_400 }),
  "whose personal number was changed": () => tamper({ role: "citizen", pin: nam, acr: "2" }),
  "with the signature of another": async () => {
    const [header, claims] = (await sign({ sub: "officer-minh" })).split(".");
    return [header, claims, (await sign()).split(".")[2]].join(".");
  },
  "whose signature was cut": async () => (await sign()).slice(0, -4),
  "whose signature is taken away": async () => (await sign()).replace(/[^.]*$/, ""),
  "whose signature is all zeros": () =>
    withHeader({ alg: "ES256" }, Buffer.alloc(64).toString("base64url")),
  "that is signed with the gateway's key of evidence": () => byGatewayKey("evidence"),
  "that is signed with the gateway's key for registers": () => byGatewayKey("service"),
  "that is signed with the gateway's key of tree heads, under the issuer's name": () =>
    byGatewayKey("head", { kid: "first" }),
  "in five parts": async () => `${await sign()}.a.b`,
  "of a role that does not exist": () => sign({ role: "minister" }),
  "of several roles": () => sign({ role: ["counter-officer", "auditor"] }),
  "of nobody": () => sign({ sub: "" }),
  "of an officer of no agency": () => sign({ agency: undefined }),
  "that is longer than a header may be": () => sign({ scope: "registers ".repeat(1_000) }),
};

describe("Nobody is let in by a token", () => {
  test.each(Object.entries(attacks))("%s", async (_how, make) => {
    const token = await make();
    const answer = await expectRefused(gateway, () => send(token), 401, "UNAUTHENTICATED");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(JSON.stringify(answer.json)).not.toContain(token.slice(0, 20));
  });

  test("… while the true one of the same officer is answered", async () => {
    expect((await send(await sign())).json.data).toEqual({
      citizen: { fullName: "Nguyễn Thị Lan" },
    });
  });

  test("whose header names an address: nobody has looked there", () => {
    expect(visits).toBe(0);
  });

  test("that a record of evidence, or a head of the log, is signed like", async () => {
    const signed = await gateway.ask(question, { headers: { "x-evidence": "required" } });
    const { jws } = signed.json.extensions!["evidence"] as { jws: string };
    await expectRefused(gateway, () => send(jws), 401, "UNAUTHENTICATED");
  });
});

describe("Nobody is let in by a true token", () => {
  const elsewhere: Readonly<Record<string, (token: string) => RequestInit & { url?: string }>> = {
    "in the address": (token) => ({
      url: `?access_token=${token}`,
      headers: { authorization: "" },
    }),
    "in a cookie": (token) => ({
      headers: { authorization: "", cookie: `authorization=${token}` },
    }),
    "in a header of a proxy": (token) => ({
      headers: { authorization: "", "x-forwarded-authorization": `Bearer ${token}` },
    }),
    "by the scheme Basic": (token) => ({ headers: { authorization: `Basic ${token}` } }),
    "without a scheme": (token) => ({ headers: { authorization: token } }),
    "beside another one": (token) => ({
      headers: { authorization: `Bearer ${token}, Bearer ${token}` },
    }),
  };

  test.each(Object.entries(elsewhere))("%s", async (_where, make) => {
    const { url = "", ...init } = make(await sign());
    const asked = () =>
      gateway.ask(question, { ...init, headers: { ...(init.headers as object) } });
    if (url === "") await expectRefused(gateway, asked, 401, "UNAUTHENTICATED");
    else {
      const status = await fetch(`${gateway.url}/graphql${url}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(question),
      }).then((response) => response.status);
      expect(status).toBe(401);
    }
  });
});

describe("A true token does not make its bearer", () => {
  test.each([
    ["by a header", {}, { "x-role": "auditor", "x-forwarded-user": "auditor-mai" }],
    ["by its scope", { scope: "auditor admin *" }, {}],
    ["by a claim that the issuer does not give", { roles: ["auditor"], admin: true }, {}],
  ])("an auditor %s", async (_how, claims, headers) => {
    const { authorization } = await gateway.authorize(claims);
    const asked = { headers: { authorization, ...headers } };
    const { json } = await gateway.ask({ query: "{ auditLog { more } }" }, asked);
    expect(json.data).toEqual({ auditLog: null });
    expect(json.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
  });

  test("somebody who may ask for a citizen, where its role is another", async () => {
    for (const role of ["integrator", "operator", "auditor"])
      await expectRefused(
        gateway,
        async () =>
          gateway.ask(question, { headers: await gateway.authorize({ role, sub: randomUUID() }) }),
        403,
        "FORBIDDEN",
      );
  });

  test("an officer of another agency: what was kept for that one is read anew, and charged to his own", async () => {
    const statusFor = async (agency: string) => {
      const { json } = await gateway.ask(question, {
        headers: await gateway.authorize({ agency }),
      });
      return json.extensions!["sources"];
    };
    expect(await statusFor("ubnd-00011")).toMatchObject([{ status: "FRESH", records: 1 }]);
    expect(await statusFor("ubnd-00011")).toMatchObject([{ status: "CACHED", records: 0 }]);
    expect(await statusFor("ubnd-00012")).toMatchObject([{ status: "FRESH", records: 1 }]);
  });
});
