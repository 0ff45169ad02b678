import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { trustOperations } from "../../../gateway/policy/trusted-operations.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const dossier =
  "query Dossier($pin: PIN!) { citizen(pin: $pin) { ...name } } fragment name on Citizen { fullName }";
const trusted = trustOperations([dossier, "query Sources { sources { name } }"], sha256);

test("an operation is found by the hash of its text", () => {
  const hash = trusted.hashes.get("Dossier")!;
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(trusted.find(`sha256:${hash}`)).toContain("query Dossier");
  expect(trusted.find(`sha256:${hash}`)).toContain("fragment name");
});

test.each(["", "sha256:", `sha256:${"0".repeat(64)}`, "Dossier", "sha256:__proto__", "__proto__"])(
  "%j names none",
  (hash) => {
    expect(trusted.find(hash)).toBeUndefined();
  },
);

test("its text is known however it is spaced and commented", () => {
  expect(trusted.includes(dossier)).toBe(true);
  expect(trusted.includes(`# officers ask this\n${dossier.replaceAll(" ", "\n  ")}`)).toBe(true);
});

test.each([
  ["another field", dossier.replace("fullName", "fullName sex")],
  ["another name", dossier.replace("Dossier", "Dossiers")],
  ["a second operation", `${dossier} query Other { sources { name } }`],
  ["a directive", dossier.replace("fullName", "fullName @skip(if: false)")],
  ["an alias", dossier.replace("fullName", "name: fullName")],
  ["no GraphQL", "SELECT 1"],
  ["nothing", ""],
])("with %s it is another one", (_, query) => {
  expect(trusted.includes(query)).toBe(false);
});

test("an operation without a name, and two of one name, are refused", () => {
  expect(() => trustOperations(["{ sources { name } }"], sha256)).toThrow("must have a name");
  expect(() => trustOperations([dossier, dossier], sha256)).toThrow(
    'two trusted operations "Dossier"',
  );
});
