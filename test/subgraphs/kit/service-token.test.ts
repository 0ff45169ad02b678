import { createHmac, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { makePopulation } from "../../../subgraphs/population/server.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { Answer, SectorUnderTest } from "../../support/sector.ts";
import { startSigningGateway } from "../../support/signing-gateway.ts";
import type { Forgery, SigningGateway } from "../../support/signing-gateway.ts";

const minute = 60_000;

/** Begins anew for each test, ten hours on, so that no key rests from the test before. */
let clock = Date.UTC(2026, 5, 15, 3);
let gateway: SigningGateway;
let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  gateway = await startSigningGateway(() => clock);
  sector = await startSectorUnderTest(makePopulation({}), {
    now: () => new Date(clock),
    serviceTokens: { jwksUrl: gateway.jwksUrl, monotonic: () => clock },
  });
  await insertRows(sector.database, tranThiHoa.population);
});
afterAll(async () => {
  await sector?.stop();
  await gateway?.stop();
});
beforeEach(() => {
  clock += 600 * minute;
});

const officer = {
  agency: "ubnd-00004",
  purpose: "residence-check",
  lane: "counter",
  requestId: "request-1",
};

/** The body of a call for Hoa, by an officer at a counter. */
function write(extensions: object = { askers: [officer], rows: [0] }, fields = "fullName"): string {
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Citizen { ${fields} } } }`;
  const representations = [{ __typename: "Citizen", pin: hoaPin }];
  return JSON.stringify({ query, variables: { representations }, extensions });
}

async function send(
  body: string,
  token: string | undefined,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(sector.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body,
  });
  return {
    status: response.status,
    counted: response.headers.get("meter-records"),
    body: (await response.json()) as Answer,
  };
}

const call = (body = write()) => send(body, gateway.sign("population", body));

const answered = { status: 200, body: { data: { _entities: [{ fullName: "Trần Thị Hoa" }] } } };
const refused = {
  status: 401,
  counted: null,
  body: {
    errors: [
      {
        message:
          "This register answers the gateway alone: each call needs a service token of its own, `authorization: Bearer`, and this one has none that is valid for it.",
        extensions: { code: "UNAUTHENTICATED" },
      },
    ],
  },
};

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const seconds = () => Math.floor(clock / 1000);

test("A call that the gateway signed is answered", async () => {
  expect(await call()).toMatchObject(answered);
});

test("The doors that are not the gateway's need no service token", async () => {
  const get = async (path: string) => (await fetch(sector.url.replace("/graphql", path))).status;
  expect(await get("/health")).toBe(200);
  expect(await get("/ready")).toBe(200);
  expect(await get("/meter?day=2026-06-15")).toBe(200);
  expect(await get("/graphql")).toBe(404);
});

describe("whoever forges a call learns nothing, and costs no statement and no unit", () => {
  const forgeries: readonly (readonly [string, () => Forgery | Promise<Forgery>])[] = [
    ["for another register", () => ({ claims: { aud: "education" } })],
    ["for two registers", () => ({ claims: { aud: ["population", "education"] } })],
    ["for nobody", () => ({ claims: { aud: undefined } as never })],
    ["of another gateway", () => ({ claims: { iss: "gateway" } })],
    ["for another body", () => ({ body: write({ askers: [], rows: [] }) })],
    ["for no body", () => ({ claims: { body_sha256: undefined } })],
    ["without an id", () => ({ claims: { jti: undefined } as never })],
    ["with an id that is none", () => ({ claims: { jti: "1" } })],
    ["that has expired", () => ({ claims: { iat: seconds() - 36, exp: seconds() - 6 } })],
    ["without an end", () => ({ claims: { exp: undefined } as never })],
    ["that lives for an hour", () => ({ claims: { exp: seconds() + 3_600 } })],
    ["that was made long ago", () => ({ claims: { iat: seconds() - 3_600 } })],
    ["of tomorrow", () => ({ claims: { iat: seconds() + 86_400, exp: seconds() + 86_430 } })],
    ["that is not valid yet", () => ({ claims: { nbf: seconds() + 6 } })],
    ["of a person's type", () => ({ header: { typ: "at+jwt" } })],
    ["of no type", () => ({ header: { typ: undefined } })],
    ["of a log head's type", () => ({ header: { typ: "lien-thong-head+jws" } })],
    ["of an unknown key", () => ({ header: { kid: "nobody" } })],
    ["whose key is a path", () => ({ header: { kid: "../../../../dev/null" } })],
    ["that names no key", () => ({ header: { kid: undefined } })],
    [
      "by the head's key",
      () => ({ key: gateway.key("head"), header: { kid: gateway.key("head").kid } }),
    ],
    [
      "by the evidence's key",
      () => ({ key: gateway.key("evidence"), header: { kid: gateway.key("evidence").kid } }),
    ],
    [
      "by the evidence's key under the service key's name",
      () => ({ key: gateway.key("evidence") }),
    ],
    [
      "with a shared secret, which is the public key (HS256)",
      () => ({
        header: { alg: "HS256" },
        key: Buffer.from(
          JSON.stringify(gateway.publicKeys().keys.find(({ kind }) => kind === "service")),
        ),
      }),
    ],
    [
      "by a key that it brings itself",
      async () => {
        const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
        const jwk = await exportJWK(publicKey);
        const jku = `${gateway.jwksUrl}?mine`;
        return { key: await exportJWK(privateKey), header: { jwk, jku, kid: "mine" } };
      },
    ],
  ];

  test.each(forgeries)("%s", async (_, forge) => {
    await call();
    const body = write();
    const token = await gateway.forge(body, await forge());
    const statements = sector.statementsOnCitizens();
    expect(await send(body, token)).toEqual(refused);
    expect(sector.statementsOnCitizens()).toEqual(statements);
  });

  test("forged right, it would be answered: the table above differs by what it says alone", async () => {
    const body = write();
    expect(await send(body, await gateway.forge(body))).toMatchObject(answered);
  });

  test.each([
    ["without a token", () => undefined],
    ["with an empty token", () => ""],
    ["with something that is no token", () => "a.b.c"],
    ["with a token of 5,000 characters", (token: string) => token + "A".repeat(5_000)],
    ["without a signature", (token: string) => token.slice(0, token.lastIndexOf(".") + 1)],
    ["with another's signature", (token: string) => token.slice(0, -4) + "AAAA"],
    [
      "without an algorithm (alg none)",
      (token: string) =>
        `${encode({ alg: "none", typ: "lien-thong-service+jwt" })}.${token.split(".")[1]}.`,
    ],
    [
      "without an algorithm, and something for a signature",
      (token: string) =>
        `${encode({ alg: "none", typ: "lien-thong-service+jwt" })}.${token.split(".")[1]}.AAAA`,
    ],
    [
      "with a header written anew (HS256)",
      (token: string) => {
        const key = gateway.publicKeys().keys.find(({ kind }) => kind === "service")!;
        const header = encode({ alg: "HS256", typ: "lien-thong-service+jwt", kid: key.kid });
        const signed = `${header}.${token.split(".")[1]}`;
        return `${signed}.${createHmac("sha256", JSON.stringify(key)).update(signed).digest("base64url")}`;
      },
    ],
    [
      "with a claim changed",
      (token: string) => {
        const [header, claims, signature] = token.split(".");
        const said = JSON.parse(Buffer.from(claims!, "base64url").toString()) as object;
        return `${header}.${encode({ ...said, jti: randomUUID() })}.${signature}`;
      },
    ],
  ])("%s", async (_, spoil) => {
    const body = write();
    expect(await send(body, spoil(gateway.sign("population", body)))).toEqual(refused);
  });

  test("with a body of other bytes, be they the same JSON", async () => {
    const body = write();
    const token = gateway.sign("population", body);
    expect(await send(`${body} `, token)).toEqual(refused);
    expect(await send(body.replace("ubnd-00004", "ubnd-00005"), token)).toEqual(refused);
    expect(await send(body.replace("residence-check", "data-cleaning"), token)).toEqual(refused);
    expect(await send(body, token)).toMatchObject(answered);
  });

  test("without a body, or with one that is no JSON", async () => {
    const post = (headers: Readonly<Record<string, string>>, body?: string) =>
      fetch(sector.url, {
        method: "POST",
        headers: { authorization: `Bearer ${gateway.sign("population", body ?? "")}`, ...headers },
        ...(body !== undefined && { body }),
      });
    expect((await post({})).status).toBe(401);
    expect((await post({ "content-type": "text/plain" }, write())).status).toBe(415);
    expect((await post({ "content-type": "application/json" }, "{")).status).toBe(400);
  });

  test("and the owner's log says why, without the token", async () => {
    const body = write();
    const before = sector.log.length;
    const token = await gateway.forge(body, { claims: { aud: "education" } });
    await send(body, token);
    const lines = sector.log.slice(before).map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { msg: "not the gateway's call", reason: "ERR_JWT_CLAIM_VALIDATION_FAILED aud" },
      { msg: "request", status: 401 },
    ]);
    expect(sector.log.join("")).not.toContain(token.split(".")[2]);
  });
});

describe("a token", () => {
  test("serves once", async () => {
    const body = write();
    const token = gateway.sign("population", body);
    expect(await send(body, token)).toMatchObject(answered);
    expect(await send(body, token)).toEqual(refused);
    clock += 20_000;
    expect(await send(body, token)).toEqual(refused);
    clock += 16_000;
    expect(await send(body, token)).toEqual(refused);
  });

  test("serves once where twenty copies come at the same time", async () => {
    const body = write();
    const token = gateway.sign("population", body);
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(body, token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
  });

  test("is made anew for a repeated call, which is answered and counted once", async () => {
    const body = write();
    const key = { "idempotency-key": `lease-${clock}.1` };
    const first = await send(body, gateway.sign("population", body), key);
    expect(first).toMatchObject({ ...answered, counted: "1" });
    const again = await send(body, gateway.sign("population", body), key);
    expect(again).toMatchObject({ ...answered, counted: "0" });
  });

  test("lives for half a minute, and five seconds longer for the sake of clocks", async () => {
    const body = write();
    const [soon, late] = [gateway.sign("population", body), gateway.sign("population", body)];
    clock += 34_000;
    expect(await send(body, soon)).toMatchObject(answered);
    clock += 1_000;
    expect(await send(body, late)).toEqual(refused);
  });

  test("may come from a gateway whose clock is up to five seconds fast", async () => {
    const body = write();
    const sign = (ahead: number) =>
      gateway.forge(body, { claims: { iat: seconds() + ahead, exp: seconds() + ahead + 30 } });
    expect(await send(body, await sign(5))).toMatchObject(answered);
    expect(await send(body, await sign(6))).toEqual(refused);
  });
});

describe("the gateway's keys", () => {
  test("change without a break: published first, used then, the old one's tokens still good", async () => {
    const old = gateway.key("service").kid;
    expect(await call()).toMatchObject(answered);
    const { kid } = await gateway.addKey("service", clock + 5 * minute);
    expect(gateway.key("service").kid).toBe(old);
    expect(await call()).toMatchObject(answered);
    clock += 5 * minute - 1_000;
    const body = write();
    const before = gateway.sign("population", body);
    clock += 1_000;
    expect(gateway.key("service").kid).toBe(kid);
    expect(await call()).toMatchObject(answered);
    expect(await send(body, before)).toMatchObject(answered);
  });

  test("go on while the page of keys is away, and unknown ones are refused", async () => {
    expect(await call()).toMatchObject(answered);
    const { kid, jwk } = await gateway.addKey("service", clock + 1_000 * minute);
    gateway.isAway = true;
    clock += 60 * minute;
    expect(await call()).toMatchObject(answered);
    clock += minute;
    const body = write();
    const sign = () => gateway.forge(body, { key: jwk, header: { kid } });
    expect(await send(body, await sign())).toEqual(refused);
    gateway.isAway = false;
    clock += minute;
    expect(await send(body, await sign())).toMatchObject(answered);
  });

  test("are fetched once for a flood of unknown ones, and again after half a minute", async () => {
    await call();
    const body = write();
    const flood = async () => {
      const tokens = await Promise.all(
        Array.from({ length: 20 }, (_, i) => gateway.forge(body, { header: { kid: `no-${i}` } })),
      );
      return await Promise.all(tokens.map((token) => send(body, token)));
    };
    clock += minute;
    const before = gateway.fetches();
    for (const answer of [...(await flood()), ...(await flood())]) expect(answer).toEqual(refused);
    expect(gateway.fetches()).toBe(before + 1);
    clock += 30_000;
    await flood();
    expect(gateway.fetches()).toBe(before + 2);
  });

  test("that were withdrawn are noticed within ten minutes", async () => {
    const body = write();
    const { kid, jwk } = await gateway.addKey("service", clock + 1_000 * minute);
    const sign = () => gateway.forge(body, { key: jwk, header: { kid } });
    clock += minute;
    expect(await send(body, await sign())).toMatchObject(answered);
    await gateway.withdrawKey(kid);
    expect(await send(body, await sign())).toMatchObject(answered);
    clock += 10 * minute;
    const before = gateway.fetches();
    await send(body, await sign());
    await expect.poll(() => gateway.fetches()).toBe(before + 1);
    await expect.poll(async () => (await send(body, await sign())).status).toBe(401);
  });

  test("that were never fetched leave the call unanswered for the time being", async () => {
    gateway.isAway = true;
    const other = await startSectorUnderTest(makePopulation({}), {
      now: () => new Date(clock),
      serviceTokens: { jwksUrl: gateway.jwksUrl, monotonic: () => clock },
    });
    const body = write();
    const ask = () =>
      fetch(other.url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${gateway.sign("population", body)}`,
        },
        body,
      });
    try {
      const response = await ask();
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({
        errors: [
          {
            message: "Who calls cannot be told while the gateway's keys are away. Ask again later.",
            extensions: { code: "SOURCE_UNAVAILABLE" },
          },
        ],
      });
      gateway.isAway = false;
      clock += 30_000;
      expect((await ask()).status).toBe(200);
    } finally {
      gateway.isAway = false;
      await other.stop();
    }
  });
});
