import fc from "fast-check";
import { an, binh, chi, dung, nobody } from "./ministries.ts";

/** A query about the ministries' few people, and its variables. */
export interface RandomQuestion {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Fields of one citizen, from every ministry. */
const leafFields = [
  "pin",
  "fullName",
  "sex",
  "currentPin",
  "formerPins",
  "residences { kind address unit { name province { name } } unitsNow { code } }",
  "residesIn(unit: $unit, on: $on)",
  `there: residesIn(unit: "79", on: $on)`,
  "healthInsurance { cardNumber facility { name } }",
  "enrolments { school { name } level schoolYear }",
  "pupilCode",
  "... on Citizen { birthDate }",
  "maritalCertificates { __typename }",
  "healthInsurance @include(if: $yes) { validTo }",
  "enrolments @skip(if: $yes) { grade }",
  "...name",
];

const selection = fc
  .tuple(
    fc.subarray(leafFields, { minLength: 1 }),
    fc.option(fc.subarray(leafFields, { minLength: 1 })),
    fc.boolean(),
  )
  .map(([own, spouse, typed]) => {
    const inner = spouse ? `spouse { ${spouse.join(" ")} }` : "date";
    const events = `maritalHistory { __typename registeredAt { name } ${typed ? `... on Marriage { form ${inner} }` : inner} }`;
    return [...own, ...(spouse || typed ? [events] : [])].join(" ");
  });

const pin = fc.constantFrom(an, binh, chi, dung, nobody);

const roots = fc.oneof(
  selection.map((fields) => `citizens(pins: $pins) { ${fields} }`),
  fc
    .array(fc.tuple(pin, selection), { minLength: 1, maxLength: 3 })
    .map((asked) =>
      asked
        .map(([one, fields], index) => `r${index}: citizen(pin: "${one}") { ${fields} }`)
        .join(" "),
    ),
  fc
    .tuple(pin, selection, selection)
    .map(
      ([one, first, second]) =>
        `citizen(pin: "${one}") { ${first} } ... @include(if: $yes) { citizen(pin: "${one}") { ${second} } }`,
    ),
  fc
    .tuple(pin, selection, selection)
    .map(
      ([one, first, second]) =>
        `citizen(pin: "${one}") { ${first} } ... on Query { others: citizens(pins: $pins) { ${second} } }`,
    ),
);

/** Values for the variables of any of the questions. */
export const randomVariables = fc.record({
  pins: fc.array(pin, { minLength: 1, maxLength: 5 }),
  yes: fc.boolean(),
  unit: fc.constantFrom("01", "48", "79"),
  on: fc.constantFrom("2020-01-01", "2020-01-02"),
});

const definitions = { pins: "[PIN!]!", yes: "Boolean!", unit: "UnitCode!", on: "Date!" };

/**
 * Questions with aliases, fragments, `@include` and `@skip`, variables deep inside, people whom nobody
 * knows, the same person twice, and spouses.
 */
export const randomQuestion: fc.Arbitrary<RandomQuestion> = fc
  .tuple(roots, randomVariables)
  .map(([asked, variables]) => {
    const defined = Object.entries(definitions)
      .filter(([name]) => new RegExp(`\\$${name}\\b`).test(asked))
      .map(([name, type]) => `$${name}: ${type}`);
    const head = `query Q${defined.length > 0 ? `(${defined.join(", ")})` : ""}`;
    const fragment = asked.includes("...name")
      ? "fragment name on Citizen { fullName nationality }"
      : "";
    return { query: `${head} { ${asked} } ${fragment}`, variables };
  });
