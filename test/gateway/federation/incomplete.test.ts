import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Answer } from "../../support/federated-gateway.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, dung } from "../../support/ministries.ts";

const { ministries, gateway, startAnother, heal, close } = await startMinistriesGateway();
const { population } = ministries.sources;
afterEach(heal);
afterAll(close);

const schools = `query ($pins: [PIN!]!) { citizens(pins: $pins) { pin enrolments { school { name } } } }`;
const schoolsOf = ({ data }: Answer) =>
  data.citizens.map(({ enrolments }: { enrolments: { school: { name: string } }[] | null }) =>
    enrolments?.map(({ school }) => school.name),
  );
const pathsOf = ({ incomplete }: Answer) => incomplete.map(({ path }) => path.join("."));

describe("where population does not say which numbers somebody bore before", () => {
  test("what others know under the number asked for is shown, and told to be perhaps not all", async () => {
    const whole = await gateway.ask(schools, { pins: [dung, an] });
    expect(schoolsOf(whole)).toEqual([["School of Dũng"], ["School of An"]]);
    expect(whole.incomplete).toEqual([]);
    population.fault = { kind: "reset" };
    const answer = await gateway.ask(schools, { pins: [dung, an] });
    expect(schoolsOf(answer)).toEqual([[], ["School of An"]]);
    expect(answer.incomplete).toEqual(
      [0, 1].map((index) => ({
        path: ["citizens", index, "enrolments"],
        source: "education",
        without: ["currentPin", "formerPins"],
        because: { code: "SOURCE_UNAVAILABLE", source: "population" },
        message:
          'The source "education" finds this by `currentPin` and `formerPins` too, which "population" did not tell: there may be more than this.',
        retryAt: expect.stringMatching(/Z$/),
        nextStep: expect.any(String),
      })),
    );
    expect(answer.errors.map(({ path }) => path)).toEqual([
      ["citizens", 0],
      ["citizens", 1],
    ]);
    expect(answer.text).not.toMatch(/127\.0\.0\.1|@lost/);
  });

  test("it is told of each field that they are for, under the client's names, and of spouses too", async () => {
    population.fault = { kind: "says", status: 503, type: "text/plain", body: "" };
    const answer = await gateway.ask(
      `query ($more: Boolean!) {
         a: citizen(pin: "${an}") {
           cards: healthInsurance { cardNumber }
           enrolments @include(if: $more) { grade }
           maritalHistory { spouse { pin healthInsurance { cardNumber } } }
         }
       }`,
      { more: false },
    );
    expect(answer.data.a).toEqual({
      cards: { cardNumber: "CARD-AN" },
      maritalHistory: [{ spouse: { pin: binh, healthInsurance: { cardNumber: "CARD-BINH" } } }],
    });
    expect(pathsOf(answer).toSorted()).toEqual([
      "a.cards",
      "a.maritalHistory",
      "a.maritalHistory.0.spouse.healthInsurance",
    ]);
  });

  test("a field that is lost itself is told as lost alone", async () => {
    population.fault = { kind: "reset" };
    ministries.sources.education.fault = { kind: "reset" };
    const answer = await gateway.ask(schools, { pins: [dung] });
    expect(schoolsOf(answer)).toEqual([undefined]);
    expect(answer.errors.map(({ path }) => path?.join("."))).toContain("citizens.0.enrolments");
    expect(answer.incomplete).toEqual([]);
  });

  test("only that is told which it kept to itself: a lost name makes nothing uncertain", async () => {
    population.fault = {
      kind: "edit",
      edit: ({ data }) => ({
        data: {
          _entities: (data!["_entities"] as object[]).map((row) => ({ ...row, fullName: null })),
        },
        errors: [{ message: "no", path: ["_entities", 0, "fullName"] }],
      }),
    };
    const query = `{ citizen(pin: "${dung}") { fullName enrolments { school { name } } } }`;
    const answer = await gateway.ask(query);
    expect(answer.errors.map(({ path }) => path?.join("."))).toEqual(["citizen.fullName"]);
    expect(answer.data.citizen.enrolments).toHaveLength(1);
    expect(answer.incomplete).toEqual([]);
  });

  test("an error about the numbers alone, which nobody selected, is told too", async () => {
    population.fault = {
      kind: "edit",
      edit: ({ data }) => ({
        data: {
          _entities: (data!["_entities"] as object[]).map((row) => ({ ...row, formerPins: null })),
        },
        errors: [{ message: "no", path: ["_entities", 0, "formerPins"] }],
      }),
    };
    const answer = await gateway.ask(schools, { pins: [dung] });
    expect(schoolsOf(answer)).toEqual([[]]);
    expect(answer.incomplete).toMatchObject([
      { path: ["citizens", 0, "enrolments"], without: ["formerPins"] },
    ]);
  });

  test("an older answer of it serves, where its owner allows that", async () => {
    const keeping = await startAnother({
      timeoutMs: 20_000,
      terms: { population: { staleSeconds: 900 } },
    });
    await keeping.ask(schools, { pins: [dung] });
    population.fault = { kind: "reset" };
    const answer = await keeping.ask(schools, { pins: [dung] });
    await keeping.close();
    expect(schoolsOf(answer)).toEqual([["School of Dũng"]]);
    expect([answer.errors, answer.incomplete]).toEqual([[], []]);
    expect(answer.sources).toContainEqual(expect.objectContaining({ status: "STALE" }));
  });
});
