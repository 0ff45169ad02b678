import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lan, startAttackedGateway, expectRefused } from "./attacked-gateway.ts";
import type { AttackedGateway } from "./attacked-gateway.ts";

let gateway: AttackedGateway;
let bearer: string;
beforeAll(async () => {
  gateway = await startAttackedGateway();
  bearer = (await gateway.authorize({})).authorization;
});
afterAll(() => gateway.stop());

const question = {
  query: "query ($pin: PIN!) { citizen(pin: $pin) { fullName } }",
  variables: { pin: lan },
};
const body = JSON.stringify(question);
const name = "Nguyễn Thị Lan";
const mutation = `mutation { confirmCase(purpose: "marital-status-certificate", case: "HS-1/2026", people: 9, reason: "x") { people } }`;

describe("Another site's page has nothing asked or changed in its visitor's name", () => {
  test.each([
    [
      "by a link",
      "GET",
      `/graphql?query=${encodeURIComponent(`{ citizen(pin: "${lan}") { fullName } }`)}`,
    ],
    [
      "by a picture that changes something",
      "GET",
      `/graphql?query=${encodeURIComponent(mutation)}`,
    ],
    [
      "by a link that is asked for its head",
      "HEAD",
      `/graphql?query=${encodeURIComponent(mutation)}`,
    ],
    ["by another method", "PUT", "/graphql"],
    ["by a method of its own", "QUERY", "/graphql"],
    ["by deleting", "DELETE", "/graphql"],
  ])("%s", async (_how, method, path) => {
    const touched = await gateway.isTouchedBy(async () => {
      const response = await fetch(`${gateway.url}${path}`, {
        method,
        headers: {
          authorization: bearer,
          "x-purpose": "marital-status-certificate",
          "x-case": "HS-1/2026",
        },
      });
      expect([400, 404, 405]).toContain(response.status);
      expect(await response.text()).not.toContain(name);
    });
    expect(touched).toBe(false);
  });

  // What a page may send to another site without having asked it first.
  test.each([
    "text/plain",
    "text/plain; charset=application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=application/json",
    "application/graphql",
    "application/jsonp",
    "",
  ])("by a form of the type %j", async (type) => {
    const headers = { "content-type": type };
    await expectRefused(gateway, () => gateway.ask(question, { headers }), 415, "BAD_USER_INPUT");
  });

  test("by a script that asks whether it may: nobody else is told that he may", async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: "OPTIONS",
      headers: {
        origin: "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-purpose",
      },
    });
    expect(response.status).toBe(405);
    const allowed = [...response.headers.keys()].filter((header) =>
      header.startsWith("access-control"),
    );
    expect(allowed).toEqual([]);
  });

  test("by a script that asks all the same: what comes is for no other origin, and for no frame", async () => {
    const { headers } = await gateway.ask(question, {
      headers: { origin: "https://evil.example" },
    });
    expect([...headers.keys()].filter((header) => header.startsWith("access-control"))).toEqual([]);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });
});

describe("Nobody has much done by little", () => {
  const many = (count: number, make: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => make(n)).join(" ");
  const fragments = many(
    60,
    (n) => `fragment f${n} on Citizen { ...f${n + 1} a${n}: pin ...f${n + 1} }`,
  );
  const costly: Readonly<Record<string, object>> = {
    "by look-ups side by side": {
      query: `{ ${many(21, (n) => `a${n}: citizen(pin: "${lan}") { pin }`)} }`,
    },
    "by aliases": { query: `{ citizen(pin: "${lan}") { ${many(201, (n) => `a${n}: pin`)} } }` },
    "by fields": { query: `{ citizen(pin: "${lan}") { ${"pin ".repeat(2_001)} } }` },
    "by depth": {
      query: `{ citizen(pin: "${lan}") { ${"spouseOnRecord { ".repeat(25)}pin${" }".repeat(25)} } }`,
    },
    "by words": { query: `{ citizen(pin: "${lan}") { ${"...{pin}".repeat(5_001)} } }` },
    "by fragments that double": {
      query: `{ citizen(pin: "${lan}") { ...f0 } } ${fragments} fragment f60 on Citizen { pin }`,
    },
    "by a list of lists": {
      query: `query ($p: [PIN!]!) { ${many(20, (n) => `a${n}: citizens(pins: $p) { residences { unit { province { name } } unitsNow { province { name } } } }`)} }`,
      variables: { p: Array.from({ length: 100 }, () => lan) },
    },
  };

  test.each(Object.entries(costly))("%s", async (_how, asked) => {
    await expectRefused(gateway, () => gateway.ask(asked), 400, "OPERATION_TOO_COSTLY");
  });

  test.each([
    ["by a batch", [question, question]],
    ["by a batch of one", [question]],
    ["by an empty batch", []],
    ["by a batch in the query", { query: [question.query] }],
    [
      "by a list that is too long",
      {
        ...question,
        query: "query ($p: [PIN!]!) { citizens(pins: $p) { pin } }",
        variables: { p: Array.from({ length: 101 }, () => lan) },
      },
    ],
  ])("%s", async (_how, asked) => {
    await expectRefused(gateway, () => gateway.ask(asked), 400, "BAD_USER_INPUT");
  });

  test("by a body of two million characters", async () => {
    const asked = { ...question, filler: "x".repeat(2_000_000) };
    await expectRefused(gateway, () => gateway.ask(asked), 413, "OPERATION_TOO_COSTLY");
  });
});

describe("A body says one thing", () => {
  const refused: Readonly<Record<string, string>> = {
    "with a key twice": `{"query":"{ __typename }","query":"{ citizen(pin: \\"${lan}\\") { fullName } }"}`,
    "with a key twice, once written otherwise": `{"query":"{ __typename }","\\u0071uery":"{ citizen(pin: \\"${lan}\\") { fullName } }"}`,
    "with a variable twice": `{"query":${JSON.stringify(question.query)},"variables":{"pin":"${lan}","pin":"001099054321"}}`,
    "with a variable twice, once written otherwise": `{"query":${JSON.stringify(question.query)},"variables":{"pin":"${lan}","p\\u0069n":"001099054321"}}`,
    "and no second one behind it": `${body}${body}`,
    "and is no JSON by halves": body.slice(0, -1),
    "and not what JavaScript would read": `{query:'{ __typename }'}`,
    "and no comment": `/* */${body}`,
    "and no number for a query": `{"query":1}`,
    "and not nothing": "null",
  };

  test.each(Object.entries(refused))("%s", async (_how, sent) => {
    await expectRefused(gateway, () => gateway.ask(sent), 400, "BAD_USER_INPUT");
  });

  test.each(["gzip", "deflate", "br", "identity"])("and not by %s", async (encoding) => {
    const headers = { "content-encoding": encoding };
    await expectRefused(gateway, () => gateway.ask(question, { headers }), 415, "BAD_USER_INPUT");
  });

  test("whose names are those of every object: they are variables like any other", async () => {
    const { json } = await gateway.ask(
      `{"query":${JSON.stringify(question.query)},"variables":{"__proto__":{"pin":"${lan}"}}}`,
    );
    expect(json.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    expect(json).not.toHaveProperty("data");
    expect(({} as Record<string, unknown>)["pin"]).toBeUndefined();
  });
});

describe("A request is where HTTP says that it is", () => {
  const head = (more: readonly string[], path = "/graphql") =>
    [
      `POST ${path} HTTP/1.1`,
      "host: localhost",
      "content-type: application/json",
      `authorization: ${bearer}`,
      "x-purpose: marital-status-certificate",
      "x-case: HS-9/2026",
      ...more,
    ].join("\r\n");
  /** So that nobody waits for another request. */
  const hangUp = (bytes: string) => bytes.replace("\r\n", "\r\nconnection: close\r\n");
  const length = `content-length: ${Buffer.byteLength(body)}`;
  const chunk = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;

  const refused: Readonly<Record<string, () => string>> = {
    "not with two lengths": () => `${head([length, "content-length: 1"])}\r\n\r\n${body}`,
    "not with two lengths in one": () => `${head([`${length}, 1`])}\r\n\r\n${body}`,
    "not with a length and chunks": () =>
      `${head([length, "transfer-encoding: chunked"])}\r\n\r\n${chunk}`,
    "not with chunks and a length": () =>
      `${head(["transfer-encoding: chunked", length])}\r\n\r\n${chunk}`,
    "not with chunks that are no last coding": () =>
      `${head(["transfer-encoding: chunked, identity"])}\r\n\r\n${chunk}`,
    "not with chunks by nearly their name": () =>
      `${head(["transfer-encoding: xchunked"])}\r\n\r\n${chunk}`,
    "not with a length that is signed": () =>
      `${head([length.replace(": ", ": +")])}\r\n\r\n${body}`,
    "not with a length below nothing": () => `${head(["content-length: -1"])}\r\n\r\n${body}`,
    "not with a header's name before a space": () =>
      `${head([length, "x-purpose : own-data"])}\r\n\r\n${body}`,
    "not with a header that goes on in the next line": () =>
      `${head([length, "x-request-id: a", " b"])}\r\n\r\n${body}`,
    "not with a line feed alone in a header": () =>
      `${head([length, "x-request-id: a\nx-role: auditor"])}\r\n\r\n${body}`,
    "not with a return alone in a header": () =>
      `${head([length, "x-request-id: a\rx-role: auditor"])}\r\n\r\n${body}`,
    "not with a zero in a header": () => `${head([length, "x-request-id: a\0b"])}\r\n\r\n${body}`,
    "not for two hosts": () => `${head([length, "host: elsewhere"])}\r\n\r\n${body}`,
    "not for no host": () => `${head([length]).replace("host: localhost\r\n", "")}\r\n\r\n${body}`,
    "not with two callers": () => `${head([length, "Authorization: Bearer a.b.c"])}\r\n\r\n${body}`,
    "not for two purposes": () => `${head([length, "X-Purpose: own-data"])}\r\n\r\n${body}`,
    "not for two cases": () => `${head([length, "X-CASE: HS-10/2026"])}\r\n\r\n${body}`,
    "not by two ids": () =>
      `${head([length, "x-request-id: a", "x-request-id: b"])}\r\n\r\n${body}`,
    "not with two types": () => `${head([length, "content-type: text/plain"])}\r\n\r\n${body}`,
  };

  test.each(Object.entries(refused))("%s", async (_how, write) => {
    let heard = "";
    expect(
      await gateway.isTouchedBy(async () => (heard = await gateway.sendRaw(hangUp(write())))),
    ).toBe(false);
    expect(heard).toMatch(/^HTTP\/1\.1 400 /);
    expect(heard).not.toContain(name);
  });

  test("so what follows a body is another request, of nobody", async () => {
    const second = head(["connection: close", length]).replace(/authorization: .*\r\n/, "");
    const heard = await gateway.sendRaw(`${head([length])}\r\n\r\n${body}${second}\r\n\r\n${body}`);
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 401"]);
  });

  test("so a body that is said to be shorter is cut, and its rest is no request", async () => {
    const cut = head([`content-length: ${Buffer.byteLength(body) - 5}`]);
    const heard = await gateway.sendRaw(`${cut}\r\n\r\n${body}`);
    expect(new Set(heard.match(/HTTP\/1\.1 \d+/g))).toEqual(new Set(["HTTP/1.1 400"]));
    expect(heard).not.toContain(name);
  });

  test("so a header of underscores is none of those that count", async () => {
    const heard = await gateway.sendRaw(
      `${head([length, "connection: close", "x_purpose: own-data", "x_case: X"])}\r\n\r\n${body}`,
    );
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    "//graphql",
    "/graphql/",
    "/GraphQL",
    "/graphql;a",
    "/graphql%2f",
    "/./graphql",
    "/health/../graphql",
    "/%67raphql%00",
  ])("and no other path leads there: %s", async (path) => {
    let heard = "";
    const write = () => `${head([length, "connection: close"], path)}\r\n\r\n${body}`;
    expect(
      await gateway.isTouchedBy(async () => (heard = await gateway.sendRaw(hangUp(write())))),
    ).toBe(false);
    expect(heard).toMatch(/^HTTP\/1\.1 40[045] /);
  });
});

describe("Nobody writes a line of his own into the log", () => {
  const injected = '"},{"level":60,"msg":"forged"';
  const headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "by the id of a request": { "x-request-id": injected },
    "by the name of a program": { "user-agent": injected },
    "by the number of a case": { "x-case": injected },
    "by a purpose": { "x-purpose": injected },
    "by a lane": { "x-lane": injected },
    "by a wish for evidence": { "x-evidence": injected },
    "by a token": { authorization: `Bearer ${injected}` },
    "by an address of a proxy": { "x-forwarded-for": injected, forwarded: `for=${injected}` },
    "by a type of content": { "content-type": `application/json; x=${injected}` },
  };

  test.each(Object.entries(headers))("%s", async (_how, sent) => {
    const before = gateway.logged.length;
    const answer = await gateway.ask(question, { headers: sent });
    const lines = gateway.logged.slice(before).join("");
    expect(lines).toContain('"msg":"request"');
    expect(lines).not.toContain("forged");
    for (const line of lines.trim().split("\n"))
      expect(JSON.parse(line)).not.toHaveProperty("level", 60);
    expect(answer.headers.get("x-request-id")).toMatch(/^[\w.:-]{1,64}$/);
  });

  test.each([
    "a\\r\\nforged",
    "%0d%0aforged",
    "\u001b[2Jforged",
    "${jndi:ldap://forged}",
    "%sforged%o",
  ])("by an id that a terminal or a program would take for more: %j", async (id) => {
    const before = gateway.logged.length;
    const text = `x-request-id: ${id}`;
    await gateway.sendRaw(
      `POST /graphql HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n${text}\r\ncontent-length: 2\r\n\r\n{}`,
    );
    expect(gateway.logged.slice(before).join("")).not.toContain("forged");
  });

  test.each([
    [
      "by the name of an operation",
      { query: `query Forged { nobody }`, operationName: "Forged\n{}" },
    ],
    ["by a query that cannot be read", { query: `{ "forged\n` }],
    ["by a variable", { ...question, variables: { pin: "forged\r\nforged" } }],
    ["by the name of a variable", { ...question, variables: { "forged\n": 1 } }],
  ])("%s", async (_how, asked) => {
    const before = gateway.logged.length;
    await expectRefused(gateway, () => gateway.ask(asked), 400, "BAD_USER_INPUT");
    expect(gateway.logged.slice(before).join("").toLowerCase()).not.toContain("forged");
  });

  test("nor into the log of all access, where a case or an id is kept as it was checked", async () => {
    const { headers: told } = await gateway.ask(question, {
      headers: { "x-request-id": injected },
    });
    expect(told.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("Nobody guesses a record of evidence, or what it is about", () => {
  let record: { id: string; jws: string; salt: string };
  beforeAll(async () => {
    const { json } = await gateway.ask(question, { headers: { "x-evidence": "required" } });
    record = json.extensions!["evidence"] as typeof record;
  });
  const check = async (id: string) => {
    const response = await fetch(`${gateway.url}/evidence/${id}`);
    return { status: response.status, text: await response.text() };
  };

  test("by its id, which is 128 random bits", () => {
    expect(Buffer.from(record.id, "base64url")).toHaveLength(16);
  });

  test.each([
    ["by the number of a person", () => lan],
    ["by the index of an entry", () => "0"],
    ["by the id in other letters", () => record.id.toLowerCase()],
    ["by the id turned round", () => [...record.id].toReversed().join("")],
    ["by the id without its end", () => record.id.slice(0, -1)],
    ["by a pattern", () => "%25"],
    ["by its salt", () => record.salt],
  ])("%s", async (_how, id) => {
    expect(await check(id())).toEqual(await check("A".repeat(22)));
  });

  test("by trying what it commits to, without its salt", async () => {
    const { text } = await check(record.id);
    for (const secret of [record.salt, lan, name, "fullName"]) expect(text).not.toContain(secret);
    const again = await gateway.ask(question, { headers: { "x-evidence": "required" } });
    const payload = ({ jws }: { jws: string }) =>
      JSON.parse(Buffer.from(jws.split(".")[1]!, "base64url").toString()) as Record<
        string,
        unknown
      >;
    const second = payload(again.json.extensions!["evidence"] as typeof record);
    const first = payload(record);
    // The same question and answer: nothing of them is the same in the open.
    for (const commitment of ["people", "question", "answer"]) {
      expect(first[commitment]).toBeDefined();
      expect(second[commitment]).not.toEqual(first[commitment]);
    }
  });

  test("by asking for it often", async () => {
    const slow = await startAttackedGateway({ EVIDENCE_CHECKS_PER_MINUTE: "9" });
    const statuses = [];
    for (let n = 0; n < 5; n++)
      statuses.push((await fetch(`${slow.url}/evidence/${record.id}`)).status);
    await slow.stop();
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
  });
});
