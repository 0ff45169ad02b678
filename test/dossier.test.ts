import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCountry } from "../gateway/local/country.ts";
import type { Country } from "../gateway/local/country.ts";
import { countCalls } from "./support/calls.ts";
import type { CallCounter } from "./support/calls.ts";
import { agreesWithRegisters, drawPins, openRegisters } from "./support/truth.ts";
import type { Dossier } from "./support/truth.ts";
import { startTestGateway } from "./support/gateway.ts";
import type { Asked, TestGateway } from "./support/gateway.ts";
import { startSigningGateway } from "./support/signing-gateway.ts";
import type { SigningGateway } from "./support/signing-gateway.ts";

const query = readFileSync(
  new URL("../schema/operations/dossier.graphql", import.meta.url),
  "utf8",
);
const ministries = ["civil-status", "education", "health-insurance", "population"];

let signing: SigningGateway;
let country: Country;
let registers: ReturnType<typeof openRegisters>;
let counter: CallCounter;
let gateway: TestGateway;

beforeAll(async () => {
  // Sectors fetch the keys before the gateway below is there.
  signing = await startSigningGateway(Date.now);
  country = await startCountry({
    dataDirectory: "memory",
    // Two communities and more: the first, whose sample life the README shows, is then a whole one.
    citizens: 4_000,
    seed: 42,
    jwksUrl: signing.jwksUrl,
    portOf: () => 0,
    environment: { PATH: process.env["PATH"], LOG_LEVEL: "error" },
    onStep: () => {},
  });
  registers = openRegisters(country.databases);
  counter = await countCalls(country.sectorUrls);
  gateway = await startTestGateway(
    Object.fromEntries(Object.entries(counter.urls).map(([name, url]) => [name, { url }])),
    { SIGNING_KEYS_DIR: signing.keyFolder },
  );
}, 120_000);

afterAll(async () => {
  await gateway?.stop();
  counter?.stop();
  await registers?.close();
  await country?.stop();
  await signing?.stop();
});

/** Of one's own data, as nobody else sees all of it. */
async function ask(pin: string): Promise<Asked> {
  return await gateway.ask(
    { query, variables: { pin } },
    { headers: await gateway.asCitizen(pin) },
  );
}

async function askDossier(pin: string): Promise<Dossier> {
  const { status, json } = await ask(pin);
  expect({ status, errors: json.errors }).toEqual({ status: 200, errors: undefined });
  return json.data!["citizen"] as Dossier;
}

/** Somebody who has rows in all four registers. Another place is somebody else, of whom nothing is kept. */
async function drawFullLife(place = 0): Promise<string> {
  const enrolled = await registers.education.query<{ pin: string }>(
    "select distinct pin from pupil join enrolment on pupil_code = code where pin is not null",
  );
  const married = await registers.civilStatus.query<{ pin: string }>(
    `select distinct pin from marriage, lateral (values (husband_pin), (wife_pin)) as party(pin)
     where pin = any($1)`,
    [enrolled.rows.map(({ pin }) => pin)],
  );
  const pin = married.rows[place]?.pin;
  if (pin === undefined) throw new Error("Nobody in this country has married and been to school.");
  return pin;
}

describe("One query answers a citizen's life from four ministries", () => {
  test("each answer says what the four registers say", async () => {
    for (const pin of await drawPins(registers, 60)) {
      const dossier = await askDossier(pin);
      expect(dossier.pin).toBe(pin);
      expect(await agreesWithRegisters(registers, pin, dossier)).toBe(true);
    }
  });

  test("all four take part, and the answer says so", async () => {
    const { json } = await ask(await drawFullLife());
    const sources = json.extensions!["sources"] as { name: string; status: string }[];
    expect(sources.map(({ name }) => name).toSorted()).toEqual(ministries);
    expect(new Set(sources.map(({ status }) => status))).toEqual(new Set(["FRESH"]));
  });

  test("it costs each ministry one call for each step of the plan: population two, the others one", async () => {
    const pin = await drawFullLife(1);
    const before = { ...counter.calls };
    await askDossier(pin);
    const calls = Object.fromEntries(
      ministries.map((name) => [name, counter.calls[name]! - before[name]!]),
    );
    expect(calls).toEqual({
      "civil-status": 1,
      education: 1,
      "health-insurance": 1,
      population: 2,
    });
  });

  test("nobody is found under a number that population does not know, and that is no error", async () => {
    const { json } = await ask("001000000000");
    expect(json.errors).toBeUndefined();
    expect(json.data).toEqual({ citizen: null });
  });

  test("somebody without acts, cards or schooling has empty lists, not errors", async () => {
    const { rows } = await registers.population.query<{ pin: string }>(
      "select pin from citizen where death_date < '1990' limit 1",
    );
    const dossier = await askDossier(rows[0]!.pin);
    expect(dossier).toMatchObject({ healthInsurance: null, enrolments: [] });
  });
});

describe("README.md", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const block = (language: string) =>
    new RegExp(`\n\`\`\`${language}\n([^]*?)\n\`\`\``).exec(readme)![1]!;

  test("shows the query that ships with the schema", () => {
    expect(block("graphql")).toBe(query.trim());
  });

  test("shows what the system really answers", async () => {
    const shown = JSON.parse(block("json")) as { data: { citizen: Dossier } };
    expect(shown.data.citizen).toEqual(await askDossier(shown.data.citizen.pin));
  });
});
