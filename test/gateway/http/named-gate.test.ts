import { createHash } from "node:crypto";
import { parse, print } from "graphql";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { readPublishedOperations } from "../../../schema/operations.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { Asked, TestGateway } from "../../support/gateway.ts";
import { serveCountry } from "../../support/miniature.ts";
import type { Miniature } from "../../support/miniature.ts";

const lan = "001199012345";
const nam = "001099054321";
const query = "query Ask($pin: PIN!) { citizen(pin: $pin) { pin fullName } }";
const whole =
  "query ($pin: PIN!) { citizen(pin: $pin) { fullName healthInsurance { cardNumber } } }";

let country: Readonly<Record<string, Miniature>>;
let gateway: TestGateway;
beforeAll(async () => {
  country = await serveCountry({
    [lan]: { fullName: "Nguyễn Thị Lan", sex: "FEMALE" },
    [nam]: { fullName: "Trần Văn Nam", sex: "MALE" },
  });
  gateway = await startTestGateway(country, { LOG_LEVEL: "trace" });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

const ask = (headers: Record<string, string> = {}, pin = lan, text = query) =>
  gateway.ask({ query: text, variables: { pin } }, { headers });

const codesOf = ({ json }: Asked) =>
  (json.errors ?? []).map(({ extensions }) => extensions["code"]);

/** How many calls have reached the registers. */
const callsSoFar = () => Object.values(country).reduce((sum, { asked }) => sum + asked.length, 0);

/** Expects that nothing was asked of a register meanwhile. */
async function expectNothingAsked(asked: () => Promise<Asked>): Promise<Asked> {
  const before = callsSoFar();
  const answer = await asked();
  expect(answer.json).not.toHaveProperty("data");
  expect(callsSoFar()).toBe(before);
  return answer;
}

describe("who asks", () => {
  it("must be said by an access token, and what to do is told", async () => {
    const answer = await expectNothingAsked(() => ask({ authorization: "" }));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.json.errors).toEqual([
      {
        message: "The header authorization must be `Bearer` and an access token.",
        extensions: { code: "UNAUTHENTICATED" },
      },
    ]);
  });

  it("is believed to the issuer alone, and to no other header", async () => {
    const answer = await expectNothingAsked(() =>
      ask({ authorization: "Bearer a.b.c", "x-role": "auditor", "x-agency": "ubnd-00004" }),
    );
    expect([answer.status, codesOf(answer)]).toEqual([401, ["UNAUTHENTICATED"]]);
  });

  it("is nobody once the token has ended", async () => {
    const { authorization } = await gateway.authorize({ exp: Math.floor(Date.now() / 1000) - 61 });
    const answer = await expectNothingAsked(() => ask({ authorization }));
    expect(answer.json.errors![0]!.message).toBe("The access token has expired. Sign in again.");
  });

  it("may not ask without end: a tenth of a minute's requests at once, and then it is told when to go on", async () => {
    const slow = await startTestGateway(country, { REQUESTS_PER_MINUTE: "20" });
    const answers = await Promise.all(
      ["a", "b", "c"].map(() => slow.ask({ query, variables: { pin: lan } })),
    );
    const { authorization } = await slow.authorize({ sub: "officer-minh" });
    const other = await slow.ask(
      { query, variables: { pin: lan } },
      { headers: { authorization } },
    );
    await slow.stop();
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 429]);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(codesOf(refused)).toEqual(["TOO_MANY_REQUESTS"]);
    expect(Date.parse(String(refused.json.errors![0]!.extensions["retryAt"]))).toBeGreaterThan(
      Date.now(),
    );
    expect(other.status).toBe(200);
  });
});

describe("why somebody asks", () => {
  it("must be said, and what may be said is told with its ground", async () => {
    const answer = await expectNothingAsked(() => ask({ "x-purpose": "" }));
    expect(answer.status).toBe(403);
    expect(answer.json.errors).toEqual([
      {
        message: expect.stringMatching(/^Say why you ask: send the header x-purpose with one of /),
        extensions: {
          code: "PURPOSE_REQUIRED",
          missing: "x-purpose",
          purposes: ["marital-status-certificate", "marriage-registration", "utility-supply"],
          ground: expect.stringContaining("Nghị định 123/2015/NĐ-CP"),
        },
      },
    ]);
  });

  it("must be one of the role's purposes", async () => {
    const answer = await expectNothingAsked(() => ask({ "x-purpose": "own-data" }));
    expect([answer.status, codesOf(answer)]).toEqual([403, ["FORBIDDEN"]]);
  });

  it("needs a case where the purpose does, in a form that no log can mistake", async () => {
    const without = await expectNothingAsked(() => ask({ "x-case": "" }));
    expect(without.json.errors).toMatchObject([
      { extensions: { code: "FORBIDDEN", missing: "x-case" } },
    ]);
    const wrong = await expectNothingAsked(() => ask({ "x-case": "1 or 1=1" }));
    expect([wrong.status, codesOf(wrong)]).toEqual([400, ["BAD_USER_INPUT"]]);
  });

  it("opens each field by itself: the whole is refused, and a field that is closed says what would open it", async () => {
    const answer = await expectNothingAsked(() => ask({}, lan, whole));
    expect(answer.status).toBe(403);
    expect(answer.json.errors!.map(({ path }) => path)).toEqual([
      ["citizen", "healthInsurance"],
      ["citizen", "healthInsurance", "cardNumber"],
    ]);
    expect(answer.json.errors![0]!.extensions).toMatchObject({
      code: "FORBIDDEN",
      field: "Citizen.healthInsurance",
      missing: "purpose",
      purposes: ["own-data"],
      ground: "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15",
    });
  });

  it("says how many people may be looked up, in one request", async () => {
    const pins = [lan, nam, "001099000001"];
    const text = "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName } }";
    const answer = await expectNothingAsked(() =>
      gateway.ask({ query: text, variables: { pins } }),
    );
    expect(answer.json.errors).toMatchObject([
      { path: ["citizens"], extensions: { code: "FORBIDDEN", missing: "confirmation" } },
    ]);
  });

  it("need not be said of what tells nothing about anybody", async () => {
    const answer = await gateway.ask(
      { query: "{ sources { name } }" },
      { headers: { "x-purpose": "", "x-case": "" } },
    );
    expect(answer.json.errors).toBeUndefined();
    expect(answer.json.data).toHaveProperty("sources");
  });

  it("chooses the lane, whatever a header says", async () => {
    const headers = {
      ...(await gateway.authorize({ role: "case-officer" })),
      "x-purpose": "data-cleaning",
      "x-lane": "counter",
    };
    await ask(headers, nam);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(
      /lienthong_source_records_total\{source="population",lane="bulk"\} [1-9]/,
    );
  });
});

describe("a citizen", () => {
  it("sees his own data, all of it", async () => {
    const { json } = await ask(await gateway.asCitizen(lan), lan, whole);
    expect(json.data).toMatchObject({ citizen: { fullName: "Nguyễn Thị Lan" } });
    expect(
      (json.errors ?? []).filter(({ extensions }) => extensions["code"] === "FORBIDDEN"),
    ).toEqual([]);
  });

  it("sees nobody else's, by no argument", async () => {
    const headers = await gateway.asCitizen(lan);
    const both = "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName } }";
    for (const answer of [
      await expectNothingAsked(() => ask(headers, nam)),
      await expectNothingAsked(() =>
        gateway.ask({ query: both, variables: { pins: [lan, nam] } }, { headers }),
      ),
      await expectNothingAsked(() =>
        gateway.ask(
          { query: `{ a: citizen(pin: "${lan}") { pin } b: citizen(pin: "${nam}") { pin } }` },
          { headers },
        ),
      ),
    ])
      expect(answer.json.errors).toMatchObject([
        { extensions: { code: "FORBIDDEN", missing: "pin" } },
      ]);
  });

  it("must have signed in with an identity of level 2", async () => {
    const weak = await gateway.authorize({ role: "citizen", sub: "c", pin: lan, acr: "1" });
    const answer = await expectNothingAsked(() =>
      ask({ ...weak, "x-purpose": "own-data", "x-case": "" }),
    );
    expect(answer.json.errors).toMatchObject([
      { extensions: { code: "FORBIDDEN", missing: "acr" } },
    ]);
  });

  test("… what was read for one is kept for that one alone, even of the same number", async () => {
    const statusFor = async (sub: string) => {
      const token = await gateway.authorize({ role: "citizen", sub, pin: nam, acr: "2" });
      const { json } = await ask({ ...token, "x-purpose": "own-data", "x-case": "" }, nam);
      return json.extensions!["sources"];
    };
    expect(await statusFor("first")).toMatchObject([{ status: "FRESH", records: 1 }]);
    expect(await statusFor("first")).toMatchObject([{ status: "CACHED", records: 0 }]);
    expect(await statusFor("second")).toMatchObject([{ status: "FRESH", records: 1 }]);
  });
});

describe("an officer of another agency, or under another purpose", () => {
  it("is not answered by what was kept for the first", async () => {
    const fresh = await startTestGateway(country);
    const statusFor = async (headers: Record<string, string>) => {
      const { json } = await fresh.ask({ query, variables: { pin: lan } }, { headers });
      return (json.extensions!["sources"] as { status: string }[]).map(({ status }) => status);
    };
    expect(await statusFor({})).toEqual(["FRESH"]);
    expect(await statusFor({})).toEqual(["CACHED"]);
    expect(await statusFor(await fresh.authorize({ agency: "ubnd-00007" }))).toEqual(["FRESH"]);
    expect(await statusFor({ "x-purpose": "marriage-registration" })).toEqual(["FRESH"]);
    await fresh.stop();
  });
});

describe("a client that may send trusted operations alone", () => {
  const texts = readPublishedOperations();
  const trusted = texts.get("certificate-dossier.graphql")!;
  const documentId = `sha256:${createHash("sha256")
    .update(print(parse(trusted)))
    .digest("hex")}`;
  let strict: TestGateway;
  beforeAll(async () => {
    strict = await startTestGateway(country, { FREE_CLIENTS: "", PUBLIC_SCHEMA: "no" });
  });
  afterAll(() => strict.stop());
  const send = (body: object, headers = {}) =>
    strict.ask({ variables: { pin: lan }, ...body }, { headers });

  it("sends one by its text, however it is spaced, or by its hash", async () => {
    for (const body of [
      { query: trusted },
      { query: trusted.replaceAll(/\s+/g, " ") },
      { documentId },
    ]) {
      const { json } = await send(body);
      expect(json.data).toMatchObject({ citizen: { fullName: "Nguyễn Thị Lan" } });
    }
  });

  it("is refused any other, and no header makes it another client", async () => {
    for (const body of [
      { query },
      { query: `${trusted} query Other { __typename }`, operationName: "CertificateDossier" },
      { documentId: documentId.replace(/.$/, "0") },
    ]) {
      const answer = await send(body, {
        "x-client-id": "console",
        "apollographql-client-name": "console",
      });
      expect([answer.status, codesOf(answer)]).toEqual([403, ["OPERATION_NOT_TRUSTED"]]);
    }
  });

  it("sends one thing", async () => {
    const answer = await send({ query: trusted, documentId });
    expect([answer.status, codesOf(answer)]).toEqual([400, ["BAD_USER_INPUT"]]);
  });
});

describe("the schema, where it is not public", () => {
  let strict: TestGateway;
  beforeAll(async () => {
    strict = await startTestGateway(country, { PUBLIC_SCHEMA: "no" });
  });
  afterAll(() => strict.stop());
  const introspection = { query: "{ __schema { queryType { name } } }" };

  it("is told to integrators, and to nobody else, by whatever door", async () => {
    const integrator = await strict.authorize({ role: "integrator" });
    const officer = await strict.authorize({});
    expect((await strict.ask(introspection)).json.errors).toMatchObject([
      { extensions: { code: "FORBIDDEN", missing: "role" } },
    ]);
    const shown = await strict.ask(introspection, {
      headers: { ...integrator, "x-purpose": "", "x-case": "" },
    });
    expect(shown.json.data).toEqual({ __schema: { queryType: { name: "Query" } } });
    for (const path of ["/schema.graphql", "/explorer"]) {
      const statusOf = async (headers: Record<string, string>) =>
        (await fetch(`${strict.url}${path}`, { headers })).status;
      expect(await statusOf({}), path).toBe(401);
      expect(await statusOf(officer), path).toBe(403);
      expect(await statusOf(integrator), path).toBe(200);
    }
  });
});

describe("the issuer away", () => {
  it("lets nobody new in, and says that it is not the token's fault", async () => {
    const lonely = await startTestGateway(country, { OIDC_ISSUER: "http://127.0.0.1:9" });
    const answer = await lonely.ask({ query, variables: { pin: lan } });
    await lonely.stop();
    expect([answer.status, codesOf(answer)]).toEqual([503, ["IDENTITY_UNAVAILABLE"]]);
    expect(JSON.stringify(answer.json)).not.toContain("127.0.0.1");
  });
});

test("no token, number, name or case stands in what the gateway logged", async () => {
  const token = (await gateway.authorize({})).authorization.replace("Bearer ", "");
  const text = gateway.logged.join("");
  expect(text).toContain('"msg":"request"');
  for (const secret of [lan, nam, "Lan", "Nam", "HS-1/2026", token.split(".")[0]!, "officer-lan"])
    expect(text).not.toContain(secret);
});
