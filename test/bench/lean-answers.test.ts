import { describe, expect, it } from "vitest";
import { readSector } from "../../schema/sectors.ts";
import { buildLeanSchema, prepareAnswer, spouseOf } from "./lean-answers.ts";

const population = buildLeanSchema(readSector("population"));
const civilStatus = buildLeanSchema(readSector("civil-status"));
const an = "001090000001";
const binh = "079195000002";

describe("A lean stand-in", () => {
  it("answers a look-up for whomever its variable names, under the aliases asked for", async () => {
    const answer = await prepareAnswer(
      population,
      "query Dossier__population__0($p: PIN!) { who: citizen(pin: $p) { __typename key: pin fullName residences { kind } } }",
    );
    expect(JSON.parse(answer({ p: an }))).toEqual({
      who: {
        __typename: "Citizen",
        key: an,
        fullName: `fullName của ${an}`,
        residences: Array.from({ length: 3 }, () => ({ kind: "ABROAD" })),
      },
    });
    expect(answer({ p: binh })).toContain(binh);
  });

  it("answers a row for each representation, in order, and echoes its key", async () => {
    const answer = await prepareAnswer(
      civilStatus,
      `query ($r: [_Any!]!) { _entities(representations: $r) { __typename
         ... on Citizen { __lt_key_Citizen_pin: pin maritalHistory { spouse { pin } } } } }`,
    );
    const asked = [an, binh].map((pin) => ({ __typename: "Citizen", pin, currentPin: pin }));
    expect(JSON.parse(answer({ r: asked }))).toEqual({
      _entities: [an, binh].map((pin) => ({
        __typename: "Citizen",
        __lt_key_Citizen_pin: pin,
        maritalHistory: [{ spouse: { pin: spouseOf(pin) } }],
      })),
    });
  });

  it("answers several root fields of one operation, each for its own variable", async () => {
    const answer = await prepareAnswer(
      population,
      `query ($a: [_Any!]!, $b: [_Any!]!) {
         one: _entities(representations: $a) { ... on Citizen { pin } }
         other: _entities(representations: $b) { ... on Citizen { pin } } }`,
    );
    const of = (pin: string) => [{ __typename: "Citizen", pin }];
    expect(JSON.parse(answer({ a: of(an), b: [] }))).toEqual({ one: [{ pin: an }], other: [] });
  });

  it("refuses what it cannot keep ready, with a sentence", async () => {
    await expect(prepareAnswer(population, `{ citizen(pin: "${an}") { pin } }`)).rejects.toThrow(
      "asked by key, in a variable",
    );
    await expect(
      prepareAnswer(population, "query ($p: PIN!) { citizen(pin: $p) { nonsense } }"),
    ).rejects.toThrow("nonsense");
  });
});
