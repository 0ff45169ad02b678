import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { options, renderOptions } from "../../gateway/settings.ts";
import { errorCatalogue, gatewayError } from "../../gateway/errors.ts";
import { readmeFile } from "../support/generate-tables.ts";

const readme = readFileSync(readmeFile, "utf8");

/** The cells of the table between two marks, however a formatter has padded them. */
function tableOf(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[\s|:-]+$/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
const section = (mark: string) =>
  readme.slice(readme.indexOf(`<!-- ${mark} -->`), readme.indexOf(`<!-- /${mark} -->`));

describe("gateway/README.md", () => {
  it("explains every code of the catalogue, with its status, and no other", () => {
    const [, ...rows] = tableOf(section("errors"));
    expect(rows).toEqual(
      Object.entries(errorCatalogue).map(([code, { httpStatus, meaning }]) => [
        `\`${code}\``,
        String(httpStatus ?? 200),
        meaning,
      ]),
    );
  });

  it("names no error code anywhere that the code has not", () => {
    const known = new Set([...Object.keys(errorCatalogue), "SOURCE_*"]);
    const named = readme.match(/\b(?:SOURCE|OPERATION|INTERNAL|BAD|NOT)_[A-Z_*]+/g) ?? [];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((code) => !known.has(code) && !isVariable(code))).toEqual([]);
  });

  it("lists every setting as the code has it (mended by `node test/support/generate-tables.ts`)", () => {
    expect(tableOf(section("settings"))).toEqual(tableOf(renderOptions()));
  });
});

const isVariable = (name: string) =>
  Object.values(options).some(({ variable }) => variable === name);

describe("an error of the catalogue", () => {
  it("carries its code and what else a program may act on", () => {
    const error = gatewayError("OPERATION_TOO_COSTLY", "Too deep.", { limit: 20, cost: 50 });
    expect(error.toJSON()).toEqual({
      message: "Too deep.",
      extensions: { code: "OPERATION_TOO_COSTLY", limit: 20, cost: 50 },
    });
  });
});
