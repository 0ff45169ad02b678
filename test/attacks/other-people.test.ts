import type { JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lan, minh, nam, startAttackedGateway, expectRefused } from "./attacked-gateway.ts";
import type { AttackedGateway } from "./attacked-gateway.ts";

let gateway: AttackedGateway;
beforeAll(async () => {
  gateway = await startAttackedGateway();
});
afterAll(() => gateway.stop());

interface Question {
  readonly query: string;
  readonly variables?: object;
  readonly operationName?: string;
}

const of = (pin: string, fields: string) => `{ citizen(pin: "${pin}") { ${fields} } }`;
const ask = (question: Question | string, headers: Readonly<Record<string, string>> = {}) =>
  gateway.ask(typeof question === "string" ? { query: question } : question, { headers });
const asLan = () => citizen(lan);
async function citizen(pin: string) {
  const claims = { role: "citizen", sub: `citizen-${pin}`, pin, acr: "2" };
  return { ...(await gateway.authorize(claims)), "x-purpose": "own-data", "x-case": "" };
}

describe("A citizen under own-data does not come to a stranger", () => {
  const questions: Readonly<Record<string, Question | string>> = {
    "by his number": of(nam, "fullName"),
    "by his number in a variable": {
      query: "query ($p: PIN!) { citizen(pin: $p) { fullName } }",
      variables: { p: nam },
    },
    "by his number with spaces in it": of("001 099 054 321", "fullName"),
    "by his number in full-width digits": of("００1099054321", "fullName"),
    "under an alias": `{ myself: citizen(pin: "${nam}") { fullName } }`,
    "beside himself": `{ a: citizen(pin: "${lan}") { pin } b: citizen(pin: "${nam}") { pin } }`,
    "in a list": `{ citizens(pins: ["${nam}"]) { fullName } }`,
    "in a list behind himself": `{ citizens(pins: ["${lan}", "${nam}"]) { fullName } }`,
    "in a list's variable": {
      query: "query ($p: [PIN!]!) { citizens(pins: $p) { fullName } }",
      variables: { p: [lan, nam] },
    },
    "by a single value for a list": {
      query: "query ($p: [PIN!]!) { citizens(pins: $p) { fullName } }",
      variables: { p: nam },
    },
    "by a default": `query ($p: PIN! = "${nam}") { citizen(pin: $p) { fullName } }`,
    "by a default behind a variable that is not given": {
      query: `query ($p: PIN! = "${nam}") { citizen(pin: $p) { fullName } }`,
      variables: { q: lan },
    },
    "in a fragment on the root": `{ ...f } fragment f on Query { citizen(pin: "${nam}") { fullName } }`,
    "in a nested fragment": `{ ... { ... on Query { citizen(pin: "${nam}") { fullName } } } }`,
    "behind a condition that holds": {
      query: `query ($x: Boolean!) { citizen(pin: "${nam}") @include(if: $x) { fullName } }`,
      variables: { x: true },
    },
    "behind a condition that does not hold, beside one that does": {
      query: `query ($x: Boolean!) { citizen(pin: "${nam}") @include(if: $x) { fullName } ... @skip(if: $x) { citizen(pin: "${nam}") { fullName } } }`,
      variables: { x: false },
    },
    "in the operation that is meant, behind a harmless one": {
      query: `query A { citizen(pin: "${lan}") { pin } } query B { citizen(pin: "${nam}") { pin } }`,
      operationName: "B",
    },
    "by his type alone": of(nam, "__typename"),
    "by a yes or no about him": of(nam, `residesIn(unit: "00004", on: "2026-01-01")`),
  };

  test.each(Object.entries(questions))("%s", async (_how, question) => {
    const headers = await asLan();
    await expectRefused(gateway, () => ask(question, headers), 403, "FORBIDDEN");
  });

  test.each(["marital-status-certificate", "data-cleaning", "pupil-enrolment"])(
    "under an officer's purpose, %s",
    async (purpose) => {
      const headers = { ...(await asLan()), "x-purpose": purpose, "x-case": "HS-1/2026" };
      await expectRefused(gateway, () => ask(of(nam, "fullName"), headers), 403, "FORBIDDEN");
    },
  );

  test("by a case number of an office", async () => {
    const headers = { ...(await asLan()), "x-case": "HS-1/2026" };
    await expectRefused(gateway, () => ask(of(nam, "fullName"), headers), 403, "FORBIDDEN");
  });

  test("by a token without a number", async () => {
    const claims = { role: "citizen", sub: "c", acr: "2" };
    const headers = { ...(await gateway.authorize(claims)), "x-purpose": "own-data", "x-case": "" };
    await expectRefused(gateway, () => ask(of(nam, "fullName"), headers), 403, "FORBIDDEN");
  });

  test.each([undefined, "0", "1", "two", "-2", ""])(
    "nor to herself by an identity of level %j",
    async (acr) => {
      const claims = { role: "citizen", sub: "c", pin: lan, ...(acr !== undefined && { acr }) };
      const headers = {
        ...(await gateway.authorize(claims)),
        "x-purpose": "own-data",
        "x-case": "",
      };
      const [status, code] =
        acr === "" ? ([401, "UNAUTHENTICATED"] as const) : ([403, "FORBIDDEN"] as const);
      await expectRefused(gateway, () => ask(of(lan, "fullName"), headers), status, code);
    },
  );

  test("… while she is told of herself", async () => {
    const { json } = await ask(of(lan, "fullName pupilCode"), await asLan());
    expect(json.data).toEqual({ citizen: { fullName: "Nguyễn Thị Lan", pupilCode: "HS-LAN" } });
  });
});

describe("An officer does not come to more than the purpose opens", () => {
  const fields: Readonly<Record<string, string>> = {
    "by asking": "pupilCode",
    "under an alias": "code: pupilCode",
    "by its type alone": "healthInsurance { __typename }",
    "by its type alone, under an alias": "healthInsurance { t: __typename }",
    "in a fragment": "...f",
    "in a fragment that is used twice": "pin ...f ...f",
    "in an inline fragment": "... on Citizen { pupilCode }",
    "behind a condition that holds": "pupilCode @include(if: true)",
    "behind two conditions that hold": "pupilCode @include(if: true) @skip(if: false)",
    "of a spouse": "spouseOnRecord { pupilCode }",
    "of a spouse, who is more than number and name": "spouseOnRecord { birthDate }",
    "of a spouse of the marital history": "maritalHistory { spouse { birthDate } }",
    "of a spouse, through one kind of event":
      "maritalHistory { ... on Marriage { spouse { sex } } }",
    "of a spouse's spouse": "spouseOnRecord { spouseOnRecord { pin } }",
    "of a spouse's spouse, who is the citizen again":
      "maritalHistory { spouse { maritalHistory { spouse { pin } } } }",
    "of a spouse's residence": "spouseOnRecord { residences { address } }",
    "of a spouse, by a yes or no": `spouseOnRecord { residesIn(unit: "00004", on: "2026-01-01") }`,
    "of a parent": "father { fullName }",
  };

  test.each(Object.entries(fields))("%s", async (_how, selection) => {
    const fragment = selection.includes("...f") ? " fragment f on Citizen { pupilCode }" : "";
    await expectRefused(gateway, () => ask(of(lan, selection) + fragment), 403, "FORBIDDEN");
  });

  const operations: Readonly<Record<string, Question>> = {
    "by a variable that includes it": {
      query: `query ($all: Boolean = true) ${of(lan, "pupilCode @include(if: $all)")}`,
    },
    "by a variable that includes it after all": {
      query: `query ($no: Boolean!) ${of(lan, "pupilCode @skip(if: $no)")}`,
      variables: { no: false },
    },
    "by another operation of the document": {
      query: `query A ${of(lan, "pin")} query B ${of(lan, "pupilCode")}`,
      operationName: "B",
    },
  };

  test.each(Object.entries(operations))("%s", async (_how, question) => {
    await expectRefused(gateway, () => ask(question), 403, "FORBIDDEN");
  });

  const impossible: Readonly<Record<string, Question>> = {
    "by an entity of the registers": {
      query: `{ _entities(representations: [{ __typename: "Citizen", pin: "${lan}" }]) { ... on Citizen { pupilCode } } }`,
    },
    "under the alias of an open field": { query: of(lan, "fullName: pupilCode") },
    "by an alias that would have a register told another day": {
      query: of(lan, "birthDate: fullName maritalHistory { date }"),
    },
    "by an alias that would have a register asked about another": {
      query: of(lan, `pin: currentPin maritalHistory { spouse { pin } }`),
    },
    "by a register's own schema": { query: "{ _service { sdl } }" },
    "by a variable that has the registers' name": {
      query: `query ($representations: PIN!) { citizen(pin: $representations) { pin } }`,
      variables: { representations: lan },
    },
    "by a fragment on a type that is no citizen's": { query: of(lan, "... on School { name }") },
    "by a fragment that is in itself": {
      query: `${of(lan, "...f")} fragment f on Citizen { ...f }`,
    },
    "by a mutation of what is a question": { query: `mutation ${of(lan, "fullName")}` },
    "by a subscription": { query: `subscription ${of(lan, "fullName")}` },
    "by two operations of which none is named": {
      query: `query A ${of(lan, "pin")} query B ${of(lan, "pupilCode")}`,
    },
  };

  test.each(Object.entries(impossible))("%s", async (_how, question) => {
    await expectRefused(gateway, () => ask(question), 400, "BAD_USER_INPUT");
  });
});

describe("What was kept for officer A is not shown to B, who has no right to it", () => {
  const question = of(lan, "fullName birthDate");
  beforeAll(async () => {
    expect((await ask(question)).json.data).not.toBeNull();
    expect((await ask(question)).json.extensions!["sources"]).toMatchObject([{ status: "CACHED" }]);
  });

  const others: Readonly<
    Record<string, readonly [JWTPayload, Readonly<Record<string, string>>, string]>
  > = {
    "as B gives no purpose": [{ sub: "b" }, { "x-purpose": "" }, "PURPOSE_REQUIRED"],
    "as B gives no case": [{ sub: "b" }, { "x-case": "" }, "FORBIDDEN"],
    "as B's purpose does not open it": [
      { sub: "b" },
      { "x-purpose": "utility-supply" },
      "FORBIDDEN",
    ],
    "as B's role has not that purpose": [{ sub: "b", role: "education-clerk" }, {}, "FORBIDDEN"],
    "as B has no unit": [{ sub: "b", unit: undefined }, {}, "FORBIDDEN"],
    "as B is an auditor": [{ sub: "b", role: "auditor" }, {}, "FORBIDDEN"],
    "as B is another citizen": [
      { sub: "b", role: "citizen", pin: nam, acr: "2" },
      { "x-purpose": "own-data", "x-case": "" },
      "FORBIDDEN",
    ],
  };

  test.each(Object.entries(others))("%s", async (_why, [claims, headers, code]) => {
    const { authorization } = await gateway.authorize(claims);
    await expectRefused(gateway, () => ask(question, { authorization, ...headers }), 403, code);
  });
});

describe("A yes or no about a closed field is no oracle", () => {
  const yesNo = (alias: string, unit: number, pin = lan) =>
    `${alias}: citizen(pin: "${pin}") { residesIn(unit: "${String(unit).padStart(5, "0")}", on: "2026-01-01") }`;
  const forWater = (number: string) => ({ "x-purpose": "utility-supply", "x-case": number });

  test("by four questions in one request", async () => {
    const four = [4, 5, 6, 7].map((unit) => yesNo(`a${unit}`, unit)).join(" ");
    await expectRefused(gateway, () => ask(`{ ${four} }`, forWater("N-1/2026")), 403, "FORBIDDEN");
  });

  test("by four hundred aliases", async () => {
    const many = Array.from(
      { length: 400 },
      (_, unit) =>
        `u${unit}: residesIn(unit: "${String(unit).padStart(5, "0")}", on: "2026-01-01")`,
    );
    await expectRefused(
      gateway,
      () => ask(of(lan, many.join(" ")), forWater("N-2/2026")),
      400,
      "OPERATION_TOO_COSTLY",
    );
  });

  test("by four requests, whoever of the agency sends them and however the number is written", async () => {
    const headers = forWater("N-3/2026");
    for (const unit of [4, 5, 6])
      expect((await ask(`{ ${yesNo("a", unit)} }`, headers)).json.data).not.toBeUndefined();
    const colleague = { ...(await gateway.authorize({ sub: "officer-minh" })), ...headers };
    await expectRefused(gateway, () => ask(`{ ${yesNo("a", 7)} }`, colleague), 403, "FORBIDDEN");
    await expectRefused(
      gateway,
      () => ask(`{ ${yesNo("a", 7, "001 199 012 345")} }`, headers),
      403,
      "FORBIDDEN",
    );
    await expectRefused(
      gateway,
      () =>
        ask(
          {
            query:
              "query ($p: PIN!, $u: UnitCode!, $d: Date!) { citizen(pin: $p) { residesIn(on: $d, unit: $u) } }",
            variables: { p: lan, u: "00008", d: "2026-01-01" },
          },
          headers,
        ),
      403,
      "FORBIDDEN",
    );
  });

  test("by going back further in time than the purpose may", async () => {
    const query = of(lan, `residesIn(unit: "00004", on: "1999-01-01")`);
    await expectRefused(gateway, () => ask(query, forWater("N-4/2026")), 403, "FORBIDDEN");
  });
});

describe("A case opens nobody beyond its people", () => {
  test("by one request after the other, or by a colleague", async () => {
    const headers = { "x-case": "HS-300/2026" };
    for (const pin of [lan, minh])
      expect((await ask(of(pin, "fullName"), headers)).status).toBe(200);
    await expectRefused(gateway, () => ask(of(nam, "fullName"), headers), 403, "FORBIDDEN");
    const colleague = { ...(await gateway.authorize({ sub: "officer-minh" })), ...headers };
    await expectRefused(gateway, () => ask(of(nam, "fullName"), colleague), 403, "FORBIDDEN");
  });

  test("for an officer of another unit, whose business it is not", async () => {
    const headers = { "x-case": "HS-302/2026" };
    expect((await ask(of(lan, "fullName"), headers)).status).toBe(200);
    const elsewhere = { ...(await gateway.authorize({ sub: "b", unit: "00007" })), ...headers };
    await expectRefused(gateway, () => ask(of(lan, "fullName"), elsewhere), 403, "FORBIDDEN");
  });

  test("by the officer's own word for it", async () => {
    const confirm = `mutation { confirmCase(purpose: "marital-status-certificate", case: "HS-301/2026", people: 9, reason: "x") { people } }`;
    const { json } = await ask(confirm, { "x-purpose": "", "x-case": "" });
    expect(json.errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    const three = `{ citizens(pins: ["${lan}", "${minh}", "${nam}"]) { fullName } }`;
    await expectRefused(gateway, () => ask(three, { "x-case": "HS-301/2026" }), 403, "FORBIDDEN");
  });
});
