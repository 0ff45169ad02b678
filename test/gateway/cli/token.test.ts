import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startIssuer } from "../../../gateway/local/issuer.ts";
import type { Issuer } from "../../../gateway/local/issuer.ts";
import { runCommand } from "../../support/command-line.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer({ port: 0, audience: "lien-thong" });
});
afterAll(() => issuer.stop());

const run = (args: readonly string[]) =>
  runCommand(["token", ...args], { env: { OIDC_ISSUER: issuer.url } });

test("prints a token alone on its last line, for a variable of a shell", async () => {
  const { code, stdout, stderr } = await run(["--as", "counter-officer"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  expect(decodeJwt(lines.at(-1)!)).toMatchObject({
    iss: issuer.url,
    aud: "lien-thong",
    role: "counter-officer",
    agency: "ubnd-00004",
    unit: "00004",
  });
});

test("takes what differs from the role's ready-made person, and prints JSON for a program", async () => {
  const wish = { subject: "lan", pin: "001199012345", acr: "1", expires: "60" };
  const args = Object.entries(wish).flatMap(([name, value]) => [`--${name}`, value]);
  const { stdout } = await run(["--as", "citizen", ...args, "--json"]);
  const { token } = JSON.parse(stdout) as { token: string };
  const claims = decodeJwt(token);
  expect(claims).toMatchObject({ sub: "lan", role: "citizen", pin: "001199012345", acr: "1" });
  expect(claims.exp! - claims.iat!).toBe(60);
});

test.each([
  [[], 2, "--as must be one of counter-officer,"],
  [["--as", "minister"], 2, 'not "minister".'],
  [["--as", "auditor", "--expires", "never"], 1, "expires must be seconds"],
  [["--as", "auditor", "--issuer", "here"], 2, "--issuer must be a URL"],
  [
    ["--as", "auditor", "--issuer", "http://localhost:1"],
    1,
    "No issuer answers at http://localhost:1",
  ],
  [["--as", "auditor", "--agent", "x"], 2, "--agent"],
])("%j ends with a sentence", async (args, exit, sentence) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
