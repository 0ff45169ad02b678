import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findLostInputs } from "../../../gateway/source/lost-inputs.ts";
import { markLoss, openLossRecord } from "../../../gateway/source/loss.ts";
import { describeLoss } from "../../../gateway/source/source-errors.ts";

/** How a person's key came to be what it is: given, none, or lost by one of two sources. */
const fate = fc.constantFrom("given", "none", "lost by a", "lost by b", "absent");

type Row = Record<string, unknown>;

/** A fetch of people in families whose keys met those fates, in the form that the executor has. */
function familiesOf(fates: readonly (readonly string[])[]) {
  const record = openLossRecord();
  const families = fates.map((family) => ({
    people: family.map((met): Row => {
      const person: Row = { __typename: "Person" };
      if (met !== "absent") person["org"] = { id: met === "given" ? "1" : null };
      if (met.startsWith("lost"))
        markLoss(
          person,
          {
            fields: [
              { path: ["name"], loss: describeLoss("SOURCE_ERROR", "another", 0) },
              { path: ["org", "id"], loss: describeLoss("SOURCE_ERROR", met, 0) },
            ],
            whole: null,
            near: [],
          },
          record,
        );
      return person;
    }),
  }));
  record.roots.push({ other: null }, { families });
  const representations = families
    .flatMap(({ people }) => people)
    .filter((person) => "org" in person)
    .map(({ __typename, org }) => ({ __typename, org: { ...(org as object) } }));
  return { record, representations };
}

const near = ["families", "@", "people", "@"];
const sourcesOf = (...asked: Parameters<typeof findLostInputs>) =>
  findLostInputs(...asked).map((lost) => [...lost.values()][0]?.source);

describe("a key that was lost", () => {
  test("is told by the loss of its own row, and one that there never was by none", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fate, { maxLength: 4 }), { maxLength: 4 }), (fates) => {
        const { record, representations } = familiesOf(fates);
        expect(sourcesOf(representations, near, record)).toEqual(
          fates
            .flat()
            .filter((met) => met !== "absent")
            .map((met) => (met.startsWith("lost") ? met : undefined)),
        );
      }),
    );
  });

  test("is told by the row that it lay deep in, unless a nearer one lost it", () => {
    const record = openLossRecord();
    const lose = (row: Row, source: string, ...path: (string | number)[]) =>
      markLoss(
        row,
        {
          fields: [{ path, loss: describeLoss("SOURCE_ERROR", source, 0) }],
          whole: null,
          near: [],
        },
        record,
      );
    const [first, second]: [Row, Row] = [{ pin: null }, { pin: null }];
    const root = { citizen: { history: [{ spouse: first }, { spouse: second }] } };
    record.roots.push(root);
    lose(root.citizen, "outer", "history", 1, "spouse", "pin");
    lose(root.citizen, "outer", "history", 0, "spouse", "pin");
    lose(second, "inner", "pin");
    const near = ["citizen", "history", "@", "spouse"];
    expect(sourcesOf([{ pin: null }, { pin: null }], near, record)).toEqual(["outer", "inner"]);
  });

  test("is looked for at an object of its type, or of any where the planner named an interface", () => {
    const record = openLossRecord();
    const things: Row[] = [
      { __typename: "Store", tag: null },
      { __typename: "Product", tag: null },
    ];
    for (const [index, thing] of things.entries())
      markLoss(
        thing,
        {
          fields: [{ path: ["tag"], loss: describeLoss("SOURCE_ERROR", `${index}`, 0) }],
          whole: null,
          near: [],
        },
        record,
      );
    record.roots.push({ things });
    const ask = (type: string) =>
      sourcesOf([{ __typename: type, tag: null }], ["things", "@"], record);
    expect([ask("Product"), ask("Thing")]).toEqual([["1"], ["0"]]);
  });
});
