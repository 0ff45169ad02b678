import { describe, expect, it } from "vitest";
import { mostPredicateAnswers } from "../../../gateway/policy/predicates.ts";
import { ask, lan, nam, refusedPaths } from "./asking.ts";

const certificate = "marital-status-certificate";

describe("a case", () => {
  const pins = (count: number) =>
    Array.from({ length: count }, (_, index) => `00130200${String(index).padStart(4, "0")}`);
  const namePeople = (count: number, purpose: string) =>
    ask("query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName } }", {
      purpose,
      variables: { pins: pins(count) },
    });

  it.each([
    [certificate, 2],
    ["marriage-registration", 4],
    ["utility-supply", 1],
  ])("of %s opens %i people and not one more", (purpose, people) => {
    expect(namePeople(people, purpose)).toMatchObject({ people: pins(people) });
    expect(namePeople(people + 1, purpose)).toMatchObject({
      refusals: [{ code: "FORBIDDEN", path: ["citizens"], details: { missing: "confirmation" } }],
    });
  });

  it("is no limit where data are cleaned", () => {
    expect(refusedPaths(namePeople(100, "data-cleaning"))).toEqual([]);
  });

  it("counts the same person once, and adds up all that a request asks", () => {
    const query = `{ a: citizen(pin: "${lan}") { pin } b: citizen(pin: "${nam}") { pin } c: citizens(pins: ["${lan}"]) { pin } }`;
    expect(ask(query, { purpose: certificate })).toMatchObject({ people: [lan, nam] });
    expect(
      refusedPaths(
        ask(query.replace("c:", `d: citizen(pin: "001099000001") { pin } c:`), {
          purpose: certificate,
        }),
      ),
    ).toEqual(["d", "c"]);
  });
});

describe("a question with yes or no about a closed field", () => {
  const residesIn = (count: number) =>
    Array.from(
      { length: count },
      (_, i) => `u${i}: residesIn(unit: "0000${i}", on: "2026-11-01")`,
    ).join(" ");

  it("is answered three times for a person, and told to whoever counts across requests", () => {
    expect(
      ask(`{ citizen(pin: "${lan}") { ${residesIn(2)} } }`, { purpose: "pupil-enrolment" }),
    ).toMatchObject({
      predicates: [
        {
          coordinate: "Citizen.residesIn",
          people: [lan],
          arguments: '{"unit":"00000","on":"2026-11-01"}',
        },
        {
          coordinate: "Citizen.residesIn",
          people: [lan],
          arguments: '{"unit":"00001","on":"2026-11-01"}',
        },
      ],
    });
    expect(
      refusedPaths(
        ask(`{ citizen(pin: "${lan}") { ${residesIn(mostPredicateAnswers + 1)} } }`, {
          purpose: "pupil-enrolment",
        }),
      ),
    ).toEqual(["citizen.u3"]);
  });

  it("counts for each person, whichever field names him", () => {
    const query = `{
      a: citizen(pin: "${lan}") { ${residesIn(2)} }
      b: citizens(pins: ["${nam}", "${lan}"]) { v: residesIn(unit: "00008", on: "2026-11-01") w: residesIn(unit: "00009", on: "2026-11-01") }
    }`;
    expect(refusedPaths(ask(query, { purpose: "pupil-enrolment" }))).toEqual(["b.w"]);
  });

  it("is no oracle where the field itself is open", () => {
    expect(
      ask(`{ citizen(pin: "${lan}") { ${residesIn(9)} } }`, { purpose: certificate }),
    ).toMatchObject({ predicates: [] });
  });

  it("reaches back as far as the purpose, and no further", () => {
    const on = (day: string, purpose: string) =>
      ask(`{ citizen(pin: "${lan}") { residesIn(unit: "00004", on: "${day}") } }`, { purpose });
    expect(refusedPaths(on("2025-11-25", "pupil-enrolment"))).toEqual([]);
    expect(on("2025-11-24", "pupil-enrolment")).toMatchObject({
      refusals: [
        { message: expect.stringContaining("from 2025-11-25 on"), path: ["citizen", "residesIn"] },
      ],
    });
    expect(refusedPaths(on("1990-01-01", certificate))).toEqual([]);
  });
});
