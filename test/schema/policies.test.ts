import { parse, print } from "graphql";
import { describe, expect, it, test } from "vitest";
import { apiSchemaOf } from "../../schema/check.ts";
import { composeSupergraph } from "../../schema/compose.ts";
import { readPolicies, spellOutPolicies } from "../../schema/policies.ts";
import { findDisagreements, findPolicyFaults } from "../../schema/policy-check.ts";
import { readPurposes } from "../../schema/purpose.ts";
import { readSectors } from "../../schema/sectors.ts";

const sectors = readSectors();
const published = composeSupergraph(sectors);

const read = (sdl: string) => readPolicies(spellOutPolicies(parse(sdl)));
const opening = (to: string, ground = "Luật 1") => ({
  to: to.split(" "),
  thirdParty: [],
  ground,
});

describe("An owner's word on a field", () => {
  it("names purposes, those of third parties among them, and the ground", () => {
    const policies = read(
      `type A { b: Int @open(to: "p  q\\n r", thirdParty: "q", ground: " Luật 1 ") @open(to: "s", ground: "Luật 2") }`,
    );
    expect(policies.get("A.b")).toEqual({
      impersonal: false,
      openings: [
        { to: ["p", "q", "r"], thirdParty: ["q"], ground: "Luật 1" },
        { to: ["s"], thirdParty: [], ground: "Luật 2" },
      ],
      sensitive: false,
      predicateOf: undefined,
    });
  });

  it("may stand on the type, for the fields that have none of their own", () => {
    const policies = read(`
      type A @open(to: "p", ground: "Luật 1") { b: Int c: Int @open(to: "q", ground: "Luật 1") d: Int @impersonal e: Int @sensitive }
      extend type A { f: Int }
      interface I @impersonal { b: Int }`);
    expect(policies.get("A.b")?.openings).toEqual([opening("p")]);
    expect(policies.get("A.c")?.openings).toEqual([opening("q")]);
    expect(policies.get("A.d")).toMatchObject({ impersonal: true, openings: [] });
    expect(policies.get("A.e")).toMatchObject({ sensitive: true, openings: [] });
    expect(policies.get("A.f")?.openings).toEqual([opening("p")]);
    expect(policies.get("I.b")?.impersonal).toBe(true);
  });

  it("lets nothing impersonal lead to a person by its type's line", () => {
    const policies = read(`
      type Place @impersonal { name: String in: Place people: [Person!] any: Any mayor: Person @open(to: "p", ground: "Luật 1") }
      type Person { name: String }
      union Any = Place | Person`);
    expect([...policies.keys()]).toEqual(["Place.name", "Place.in", "Place.mayor"]);
    expect(policies.get("Place.mayor")?.impersonal).toBe(false);
  });

  it("is not taken from a type in a supergraph, where nobody can tell whose fields it was for", () => {
    expect(readPolicies(parse(`type A @open(to: "p", ground: "Luật 1") { b: Int }`)).size).toBe(0);
  });

  it("says in a sentence what it lacks", () => {
    expect(() => read("type A { b: Int @open(to: 5) }")).toThrow(
      'A.b bears @open, whose "to" must be a text.',
    );
    expect(() => read(`type A { b: Int @open(to: "p") }`)).toThrow('"ground" must be a text');
  });

  it("is composed as it was written, field by field, and on no type", () => {
    const composed = readPolicies(parse(published));
    for (const { typeDefs } of sectors)
      for (const [coordinate, policy] of readPolicies(spellOutPolicies(typeDefs)))
        expect(composed.get(coordinate), coordinate).toEqual(policy);
    expect(published).not.toMatch(/^(type|interface) .*@(open|impersonal)/m);
    expect(published).not.toMatch(/^ {2}@(open|impersonal)/m);
  });
});

/** Faults of the published sectors, one of which says something otherwise. */
function check(sector: string, from: string | RegExp, to: string): string[] {
  const changed = sectors.map((each) => {
    if (each.name !== sector) return each;
    const sdl = print(each.typeDefs);
    expect(sdl).toMatch(from);
    return { ...each, typeDefs: parse(sdl.replace(from, to)) };
  });
  const supergraph = composeSupergraph(changed);
  const faults = [
    ...findPolicyFaults(parse(supergraph), apiSchemaOf(supergraph), readPurposes()),
    ...findDisagreements(changed),
  ];
  return faults.map(({ coordinate, fault }) => `${coordinate} ${fault}`);
}

describe("The check of the policies", () => {
  test("finds nothing in what is published", () => {
    expect(check("population", "type Citizen", "type Citizen")).toEqual([]);
  });

  const nativePlace = /nativePlace: String @open\([^)]*\)/;

  test.each([
    ["without a policy", "nativePlace: String", "has no policy"],
    [
      "with a purpose that is not on the list",
      'nativePlace: String @open(to: "curiosity", ground: "x")',
      'is opened for "curiosity", which is no purpose of purposes.json: marital-status-certificate',
    ],
    [
      "without a ground",
      'nativePlace: String @open(to: "own-data", ground: " ")',
      "is opened without a ground",
    ],
    [
      "of third parties alone",
      'nativePlace: String @open(to: "", thirdParty: "own-data", ground: "x")',
      'is opened to "own-data" of third parties and not of the citizen asked about',
    ],
    [
      "both personal and not",
      'nativePlace: String @impersonal @open(to: "own-data", ground: "x")',
      "is @impersonal and opened for purposes",
    ],
    [
      "both sensitive and impersonal",
      "nativePlace: String @impersonal @sensitive",
      "is @impersonal and @sensitive",
    ],
    [
      "sensitive, with no line of its own",
      "nativePlace: String @sensitive",
      "is told closed by no line of its own",
    ],
    [
      "that answers about nothing",
      'nativePlace: String @predicate(of: "home") @open(to: "own-data", ground: "x")',
      'answers about "home", and its type has no such field',
    ],
  ])("finds a field %s", (_what, written, fault) => {
    expect(check("population", nativePlace, written)).toEqual([
      expect.stringMatching(new RegExp(`^Citizen.nativePlace ${fault.replaceAll(/[".]/g, ".")}`)),
    ]);
  });

  test("lets an owner close a field to everybody, in so many words", () => {
    expect(
      check(
        "population",
        nativePlace,
        'nativePlace: String @sensitive @open(to: "", ground: "Luật 91/2025/QH15")',
      ),
    ).toEqual([]);
  });

  test("finds a field that leads from no person to one", () => {
    expect(
      check(
        "education",
        "type School @impersonal {",
        "type School @impersonal { pupils: [Citizen!]",
      ),
    ).toEqual([expect.stringContaining("School.pupils has no policy")]);
  });

  test("finds a field that needs what another owner keeps closed for its purpose", () => {
    expect(
      check(
        "health-insurance",
        /(healthInsurance: HealthInsurance @requires[^@]*@open\(to: ")/,
        "$1utility-supply ",
      ),
    ).toEqual([
      expect.stringContaining(
        'Citizen.healthInsurance is opened for "utility-supply" and needs Citizen.currentPin',
      ),
      expect.stringContaining("needs Citizen.formerPins"),
    ]);
  });

  test("finds two owners who say different things of a field that both answer", () => {
    expect(
      check(
        "education",
        "pin: PIN!\n  currentPin",
        'pin: PIN! @open(to: "data-cleaning", ground: "x")\n  currentPin',
      ),
    ).toEqual([
      expect.stringContaining("Citizen.pin is opened otherwise by education than by population"),
    ]);
  });
});
