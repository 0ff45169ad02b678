import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Answer } from "../../support/federated-gateway.ts";
import { editRows } from "../../support/faulty-source.ts";
import type { Fault } from "../../support/faulty-source.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, ministryNames } from "../../support/ministries.ts";
import type { MinistryName } from "../../support/ministries.ts";

const dossier = `query Dossier($pin: PIN!) {
  citizen(pin: $pin) {
    pin fullName sex birthDate
    residences { kind address unit { name province { name } } from to }
    maritalHistory { __typename date registeredAt { name } spouse { pin fullName } }
    healthInsurance { cardNumber validTo facility { name } }
    enrolments { school { name } grade schoolYear }
  }
}`;

const { ministries, gateway, startAnother, heal, close } = await startMinistriesGateway();
afterEach(heal);
afterAll(close);

/** Paths that are lost when a ministry gives nothing. */
const fieldsOf: Record<MinistryName, string[]> = {
  population: [
    "citizen.fullName",
    "citizen.sex",
    "citizen.birthDate",
    "citizen.residences",
    "citizen.maritalHistory.0.spouse.fullName",
  ],
  "civil-status": ["citizen.maritalHistory"],
  "health-insurance": ["citizen.healthInsurance"],
  education: ["citizen.enrolments"],
};

const pathsOf = (answer: Answer) => answer.errors.map(({ path }) => path?.join("."));

/** The true answer with some places null. */
function without(truth: Answer, paths: readonly string[]): unknown {
  const data = structuredClone(truth.data);
  for (const path of paths) {
    const keys = path.split(".");
    const last = keys.pop()!;
    keys.reduce((value, key) => value[key], data)[last] = null;
  }
  return data;
}

function expectLossOf(answer: Answer, truth: Answer, name: MinistryName, code: string): void {
  expect(answer.status).toBe(200);
  expect(answer.data).toEqual(without(truth, fieldsOf[name]));
  expect(pathsOf(answer).toSorted()).toEqual(fieldsOf[name].toSorted());
  for (const { message, extensions } of answer.errors) {
    expect(message).toContain(`"${name}"`);
    expect(extensions).toEqual({
      code,
      source: name,
      retryAt: code === "SOURCE_ERROR" ? null : expect.stringMatching(/^\d{4}-.*Z$/),
      nextStep: expect.stringContaining("the rest of the answer stands"),
    });
  }
  expect(answer.text).not.toMatch(
    /127\.0\.0\.1|localhost|10\.0\.0\.7|ECONN|stack|serviceName|__lt_/,
  );
  expect(answer.sources).toContainEqual({
    name,
    status: "UNAVAILABLE",
    asOf: null,
    records: expect.any(Number),
  });
}

/** Every way to give nothing at all, and the code that it has. */
const nothing: Record<string, { fault: Fault; code: string }> = {
  "resets the connection": { fault: { kind: "reset" }, code: "SOURCE_UNAVAILABLE" },
  "answers HTTP 503": {
    fault: { kind: "says", status: 503, type: "text/plain", body: "at 10.0.0.7" },
    code: "SOURCE_UNAVAILABLE",
  },
  "answers HTTP 500": {
    fault: { kind: "says", status: 500, type: "application/json", body: '{"data":{}}' },
    code: "SOURCE_ERROR",
  },
  "answers with a page": {
    fault: { kind: "says", status: 200, type: "text/html", body: "<p>10.0.0.7</p>" },
    code: "SOURCE_ERROR",
  },
  "answers with half a JSON": {
    fault: { kind: "says", status: 200, type: "application/json", body: '{"data":{"_ent' },
    code: "SOURCE_ERROR",
  },
  "redirects to a login": {
    fault: { kind: "says", status: 302, type: "text/html", body: "" },
    code: "SOURCE_ERROR",
  },
  "answers with a GraphQL error": {
    fault: {
      kind: "edit",
      edit: () => ({
        data: null,
        errors: [{ message: "connect 10.0.0.7", extensions: { stacktrace: ["at db.ts"] } }],
      }),
    },
    code: "SOURCE_ERROR",
  },
  "answers with no rows": {
    fault: { kind: "edit", edit: () => ({ data: {} }) },
    code: "SOURCE_ERROR",
  },
  "answers with strings for rows": {
    fault: {
      kind: "edit",
      edit: ({ data }) => ({
        data: Object.fromEntries(
          Object.entries(data ?? {}).map(([key, value]) => [
            key,
            Array.isArray(value) ? ["row"] : "row",
          ]),
        ),
      }),
    },
    code: "SOURCE_ERROR",
  },
};

describe.each(ministryNames)("when %s", (name) => {
  test.each(Object.keys(nothing))(
    "%s, only its fields are lost, each with one error",
    async (how) => {
      const truth = await gateway.ask(dossier, { pin: an });
      const { fault, code } = nothing[how]!;
      ministries.sources[name].fault = fault;
      expectLossOf(await gateway.ask(dossier, { pin: an }), truth, name, code);
    },
  );

  test("is dead, only its fields are lost; when it lives again, nothing is", async () => {
    const truth = await gateway.ask(dossier, { pin: an });
    await ministries.sources[name].die();
    const answer = await gateway.ask(dossier, { pin: an });
    await ministries.sources[name].live();
    expectLossOf(answer, truth, name, "SOURCE_UNAVAILABLE");
    expect((await gateway.ask(dossier, { pin: an })).data).toEqual(truth.data);
  });

  test.each(["silent", "drip"] as const)(
    "is %s, it is given up after the time-out",
    async (kind) => {
      const truth = await gateway.ask(dossier, { pin: an });
      const hasty = await startAnother({
        timeoutMs: 20_000,
        terms: { [name]: { timeoutMs: 100 } },
      });
      ministries.sources[name].fault = { kind };
      const answer = await hasty.ask(dossier, { pin: an });
      await hasty.close();
      expectLossOf(answer, truth, name, "SOURCE_TIMEOUT");
    },
  );
});

describe("a source that a later step of the plan would ask again", () => {
  test.each([
    ["once, when it is silent", { kind: "silent" }, "SOURCE_TIMEOUT", 1],
    ["twice, when the line breaks", { kind: "reset" }, "SOURCE_UNAVAILABLE", 2],
  ] as const)("is asked by a request %s", async (_, fault, code, times) => {
    const { population } = ministries.sources;
    const hasty = await startAnother({
      timeoutMs: 20_000,
      terms: { population: { timeoutMs: 100 } },
      // By its clock a broken line shows at once, which a busy machine need not let it.
      now: () => 0,
    });
    population.fault = fault;
    const asked = population.requests.length;
    const answer = await hasty.ask(dossier, { pin: an });
    expect(population.requests.length).toBe(asked + times);
    expect(hasty.calls.filter(({ source }) => source === "population")).toHaveLength(1);
    expect(hasty.log).toHaveLength(1);
    expect(
      answer.errors.map(({ path, extensions }) => [path?.join("."), extensions["code"]]),
    ).toEqual(fieldsOf.population.map((path) => [path, code]));
    expect(answer.sources).toContainEqual({
      name: "population",
      status: "UNAVAILABLE",
      asOf: null,
      records: 1,
    });
    // The next request does not know of it.
    await hasty.ask(dossier, { pin: an });
    expect(population.requests.length).toBe(asked + 2 * times);
    await hasty.close();
  });

  test("is asked again after an answer that was no use", async () => {
    const { population } = ministries.sources;
    population.fault = { kind: "says", status: 500, type: "text/plain", body: "" };
    const asked = population.requests.length;
    await gateway.ask(dossier, { pin: an });
    expect(population.requests.length).toBe(asked + 2);
  });
});

test("an error about one field costs that field", async () => {
  ministries.sources.population.fault = {
    kind: "edit",
    edit: ({ data }) => {
      const [row] = data!["_entities"] as object[];
      return row && "sex" in row
        ? {
            data: { _entities: [{ ...row, sex: null }] },
            errors: [{ message: "no", path: ["_entities", 0, "sex"] }],
          }
        : { data: data ?? null };
    },
  };
  const answer = await gateway.ask(dossier, { pin: an });
  expect(pathsOf(answer)).toEqual(["citizen.sex"]);
  expect(answer.data.citizen).toMatchObject({ fullName: "Nguyễn Văn An", sex: null });
});

test("an error deep within a row costs the null that it explains", async () => {
  ministries.sources.education.fault = {
    kind: "edit",
    edit: ({ data }) => {
      const [row] = data!["_entities"] as [{ enrolments: { school: unknown }[] }];
      row.enrolments[0]!.school = null;
      const path = ["_entities", 0, "enrolments", 0, "school", "name"];
      return { data: data ?? null, errors: [{ message: "no", path }] };
    },
  };
  const answer = await gateway.ask(dossier, { pin: an });
  expect(pathsOf(answer)).toEqual(["citizen.enrolments.0.school"]);
  expect(answer.data.citizen.enrolments[0].grade).toBe(1);
});

test("null where the source's schema allows none is a loss with an error, never only an extension", async () => {
  ministries.sources.education.fault = editRows((rows) =>
    rows.map((row) => {
      const { enrolments, ...rest } = row as { enrolments: { schoolYear: unknown }[] };
      return { ...rest, enrolments: enrolments.map((one) => ({ ...one, schoolYear: null })) };
    }),
  );
  const answer = await gateway.ask(dossier, { pin: an });
  expect(pathsOf(answer)).toEqual(["citizen.enrolments"]);
  expect(answer.text).not.toContain("valueCompletion");
});

test("a code that clients may act on is passed on, and the source's own words are not", async () => {
  ministries.sources.population.fault = {
    kind: "edit",
    edit: ({ data }) => ({
      data: {
        _entities: (data!["_entities"] as object[]).map((row) => ({ ...row, residesIn: null })),
      },
      errors: [
        {
          message: "row 17 of 10.0.0.7",
          path: ["_entities", 0, "residesIn"],
          extensions: { code: "NOT_RECORDED" },
        },
      ],
    }),
  };
  const answer = await gateway.ask(
    `{ citizen(pin: "${an}") { residesIn(unit: "01", on: "2020-01-01") } }`,
  );
  expect(answer.data.citizen.residesIn).toBeNull();
  expect(answer.errors).toMatchObject([
    { path: ["citizen", "residesIn"], extensions: { code: "NOT_RECORDED", source: "population" } },
  ]);
  expect(answer.text).not.toContain("row 17");
});

test("a look-up whose key the source refuses is null with one error, and nobody else is asked", async () => {
  ministries.sources.population.fault = {
    kind: "edit",
    edit: () => ({
      data: { _entities: [null] },
      errors: [
        {
          message: "11 digits",
          path: ["_entities", 0],
          extensions: { code: "BAD_USER_INPUT" },
        },
      ],
    }),
  };
  const asked = ministries.sources.education.requests.length;
  const answer = await gateway.ask(dossier, { pin: an });
  expect(answer.data).toEqual({ citizen: null });
  expect(answer.errors).toMatchObject([
    { path: ["citizen"], extensions: { code: "BAD_USER_INPUT", source: "population" } },
  ]);
  expect(ministries.sources.education.requests.length).toBe(asked);
});

test("where population cannot confirm a citizen and no field of its own was asked, one error stands at the citizen", async () => {
  ministries.sources.population.fault = { kind: "reset" };
  const answer = await gateway.ask(
    `{ citizen(pin: "${an}") { pin healthInsurance { cardNumber } } }`,
  );
  expect(answer.data).toEqual({ citizen: { pin: an, healthInsurance: { cardNumber: "CARD-AN" } } });
  expect(answer.errors).toMatchObject([
    { path: ["citizen"], extensions: { code: "SOURCE_UNAVAILABLE", source: "population" } },
  ]);
});

test("a source that answers more than it was asked reaches no field of another ministry", async () => {
  const truth = await gateway.ask(dossier, { pin: an });
  ministries.sources.education.fault = editRows((rows) =>
    rows.map((row) => ({
      ...(row as object),
      fullName: "Somebody Else",
      healthInsurance: { cardNumber: "CARD-OF-SOMEBODY-ELSE" },
    })),
  );
  const answer = await gateway.ask(dossier, { pin: an });
  expect(answer.data).toEqual(truth.data);
  expect(answer.errors).toEqual([]);
});

test("an answer larger than the limit is a loss", async () => {
  const small = await startAnother({ maxAnswerBytes: 300 });
  const answer = await small.ask(dossier, { pin: an });
  await small.close();
  expect(pathsOf(answer)).toContain("citizen.residences");
  expect(answer.errors[0]!.extensions["code"]).toBe("SOURCE_ERROR");
});

test("the log names the source, the reason and the request, and no number or name of a citizen", async () => {
  ministries.sources["civil-status"].fault = editRows((rows) => rows.map(() => `${an} ${binh}`));
  const fresh = await startAnother({ timeoutMs: 20_000 });
  for (let time = 0; time < 3; time++) await fresh.ask(dossier, { pin: an });
  expect(fresh.log).toMatchObject([
    {
      message: "a source lost something",
      fields: {
        source: "civil-status",
        requestId: expect.stringMatching(/^request-/),
        reasons: [expect.stringContaining("expected a row")],
      },
    },
  ]);
  await fresh.close();
  expect(fresh.log).toMatchObject([
    {},
    {
      message: "a source went on losing something for the same reasons",
      fields: { source: "civil-status", times: { "expected a row, got string": 2 } },
    },
  ]);
  expect(JSON.stringify(fresh.log)).not.toMatch(new RegExp(`${an}|${binh}|Nguyễn`));
});

test("a client that goes away is no warning about the source that it waited for", async () => {
  const { population } = ministries.sources;
  population.fault = { kind: "silent" };
  const asked = population.requests.length;
  gateway.calls.length = 0;
  gateway.log.length = 0;
  const client = new AbortController();
  const answer = fetch(gateway.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: dossier, variables: { pin: an } }),
    signal: client.signal,
  });
  await expect.poll(() => population.requests.length).toBe(asked + 1);
  client.abort();
  await expect(answer).rejects.toThrow(/aborted/);
  await expect.poll(() => gateway.calls).toMatchObject([{ outcome: "abandoned" }]);
  // The way of another request is longer than what is left of this one.
  population.fault = { kind: "none" };
  await gateway.ask(dossier, { pin: an });
  expect(gateway.log).toEqual([]);
  expect(gateway.calls.filter(({ outcome }) => outcome !== "ok")).toHaveLength(1);
});

test("each call is counted once, with its outcome", async () => {
  ministries.sources.education.fault = { kind: "reset" };
  gateway.calls.length = 0;
  await gateway.ask(dossier, { pin: an });
  const outcomes = gateway.calls.map(({ source, outcome, records }) => [source, outcome, records]);
  expect(outcomes.toSorted()).toEqual([
    ["civil-status", "ok", 1],
    ["education", "source_unavailable", 1],
    ["health-insurance", "ok", 1],
    ["population", "ok", 1],
    ["population", "ok", 1],
  ]);
});
