import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { serveCountry } from "../../support/miniature.ts";
import type { Miniature } from "../../support/miniature.ts";

const people = ["001199012345", "001099054321", "001302000123", "001199000017", "001199000029"];

let country: Readonly<Record<string, Miniature>>;
let gateway: TestGateway;
beforeAll(async () => {
  country = await serveCountry(
    Object.fromEntries(people.map((pin, index) => [pin, { fullName: `Person ${index}` }])),
  );
  gateway = await startTestGateway(country);
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

const look = (pin: string, headers: Record<string, string>) =>
  gateway.ask({ query: `{ citizen(pin: "${pin}") { fullName } }` }, { headers });

const codesOf = async (asked: ReturnType<typeof look>) =>
  ((await asked).json.errors ?? []).map(({ extensions }) => extensions["code"]);

const confirm = async (scope: string, sub: string, number: string, people: number) =>
  (
    await gateway.ask(
      {
        query: `mutation { confirmCase(purpose: "marital-status-certificate", case: "${number}", people: ${people}, reason: "Two former spouses of one name") { people confirmedBy } }`,
      },
      { headers: { ...(await gateway.authorize({ scope, sub })), "x-purpose": "", "x-case": "" } },
    )
  ).json;

describe("A case of a certificate", () => {
  test("opens two people, request by request, and the third is refused before anybody is asked", async () => {
    const file = { "x-case": "HS-0100/2026" };
    expect(await codesOf(look(people[0]!, file))).toEqual([]);
    expect(await codesOf(look(people[1]!, file))).toEqual([]);
    expect(await codesOf(look(people[0]!, file))).toEqual([]);
    const asked = country["population"]!.asked.length;
    const refused = await look(people[2]!, file);
    expect(refused.status).toBe(403);
    expect(refused.json.errors).toMatchObject([
      { extensions: { code: "FORBIDDEN", missing: "confirmation" } },
    ]);
    expect(country["population"]!.asked.length).toBe(asked);
    expect(await codesOf(look(people[2]!, { "x-case": "HS-0101/2026" }))).toEqual([]);
  });

  test("is the business of the unit whose officer opened it first", async () => {
    const file = { "x-case": "HS-0103/2026" };
    expect(await codesOf(look(people[0]!, file))).toEqual([]);
    const elsewhere = await gateway.authorize({ unit: "00007", sub: "officer-of-another-unit" });
    expect((await look(people[0]!, { ...file, ...elsewhere })).json.errors).toMatchObject([
      { extensions: { code: "FORBIDDEN", missing: "unit" } },
    ]);
    const colleague = await gateway.authorize({ sub: "officer-minh" });
    expect(await codesOf(look(people[0]!, { ...file, ...colleague }))).toEqual([]);
  });

  test("opens more when another officer has confirmed it, who is a supervisor", async () => {
    const number = "HS-0102/2026";
    const file = { "x-case": number };
    await look(people[0]!, file);
    await look(people[1]!, file);
    expect((await confirm("", "officer-minh", number, 3)).errors).toMatchObject([
      { extensions: { code: "FORBIDDEN", missing: "scope" } },
    ]);
    expect((await confirm("supervisor", "officer-minh", number, 2)).errors).toMatchObject([
      { extensions: { code: "BAD_USER_INPUT", argument: "people" } },
    ]);
    expect((await confirm("supervisor", "officer-minh", number, 3)).data).toEqual({
      confirmCase: { people: 3, confirmedBy: "officer-minh" },
    });
    const own = { ...file, ...(await gateway.authorize({ sub: "officer-minh" })) };
    expect(await codesOf(look(people[2]!, own))).toEqual(["FORBIDDEN"]);
    expect(await codesOf(look(people[2]!, file))).toEqual([]);
    expect(await codesOf(look(people[3]!, file))).toEqual(["FORBIDDEN"]);
  });
});

describe("A predicate whose records are closed", () => {
  test("answers three questions a person and case, however many requests they come in", async () => {
    const ask = async (unit: string, number: string) =>
      (
        await gateway.ask(
          {
            query: `{ citizen(pin: "${people[4]}") { residesIn(unit: "${unit}", on: "2026-11-01") } }`,
          },
          {
            headers: {
              ...(await gateway.authorize({ role: "counter-officer" })),
              "x-purpose": "utility-supply",
              "x-case": number,
            },
          },
        )
      ).json.errors?.filter(({ extensions }) => extensions["code"] === "FORBIDDEN") ?? [];
    for (const unit of ["00004", "00007", "00004", "00008"])
      expect(await ask(unit, "DN-1")).toEqual([]);
    expect(await ask("00013", "DN-1")).toMatchObject([
      { extensions: { field: "Citizen.residesIn" } },
    ]);
    expect(await ask("00013", "DN-2")).toEqual([]);
  });
});
