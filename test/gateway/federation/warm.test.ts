import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { warmUp } from "../../../gateway/federation/warm.ts";
import { preparationOf, published } from "../../support/supergraphs.ts";

const folder = mkdtempSync(join(tmpdir(), "operations-"));
afterAll(() => rmSync(folder, { recursive: true }));

const prepare = preparationOf(published);
const warmed = (files: URL) => {
  const texts: string[] = [];
  warmUp(files, prepare, { warm: (operations) => texts.push(...operations) });
  return texts;
};

describe("the operations of the agreement", () => {
  it("are planned before anybody asks, the Dossier among them, by the text that requests have", () => {
    const texts = warmed(new URL("../../../schema/operations/", import.meta.url));
    const dossier = texts.find((text) => text.startsWith("query Dossier("));
    const asked = prepare(`  ${dossier}`, undefined);
    expect("operation" in asked && asked.operation.text).toBe(dossier);
  });

  it("stop a start, by the file's name, where the supergraph refuses them", () => {
    writeFileSync(join(folder, "salaries.graphql"), "{ salaries }");
    expect(() => warmed(pathToFileURL(`${folder}/`))).toThrow(
      /^schema\/operations\/salaries\.graphql does not fit the supergraph: Cannot query field/,
    );
  });
});
