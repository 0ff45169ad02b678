import { describe, expect, it } from "vitest";
import { warmUp } from "../../../gateway/federation/warm.ts";
import { readPublishedOperations } from "../../../schema/operations.ts";
import { preparationOf, published } from "../../support/supergraphs.ts";

const prepare = preparationOf(published);
const warmed = (operations: ReadonlyMap<string, string>) => {
  const texts: string[] = [];
  warmUp(operations, prepare, { warm: (each) => texts.push(...each) });
  return texts;
};

describe("the operations of the agreement", () => {
  it("are planned before anybody asks, the Dossier among them, by the text that requests have", () => {
    const texts = warmed(readPublishedOperations());
    const dossier = texts.find((text) => text.startsWith("query Dossier("));
    const asked = prepare(`  ${dossier}`, undefined);
    expect("operation" in asked && asked.operation.text).toBe(dossier);
  });

  it("stop a start, by the file's name, where the supergraph refuses them", () => {
    expect(() => warmed(new Map([["salaries.graphql", "{ salaries }"]]))).toThrow(
      /^schema\/operations\/salaries\.graphql does not fit the supergraph: Cannot query field/,
    );
  });
});
