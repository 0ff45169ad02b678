import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jwksPath } from "../../../gateway/http/jwks.ts";
import { runCommand } from "../../support/command-line.ts";
import { evidenceOf, startSignedAnswers } from "../../support/signed-answers.ts";

let folder: string;
let saved: string;
let id: string;
let jwks: string;
let keys: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evidence-verify-"));
  const room = await startSignedAnswers();
  const { json } = await room.ask();
  saved = JSON.stringify(json, null, 2);
  id = evidenceOf(json).id;
  jwks = await save("jwks.json", await (await fetch(`${room.gateway.url}${jwksPath}`)).text());
  keys = join(folder, "signing-keys");
  await cp(room.keys.path, keys, { recursive: true });
  await chmod(keys, 0o700);
  // From here on nobody answers: verifying needs no server.
  await room.stop();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function save(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

const verify = async (text: string, ...args: string[]) =>
  runCommand(["evidence", "verify", await save("answer.json", text), ...args]);

test("A saved answer is genuine to whoever has the gateway's public keys, with no server at all", async () => {
  const { code, stdout } = await verify(saved, "--jwks", jwks);
  expect(stdout).toMatch(
    /^Genuine: signed for ubnd-00004 on \d{4}-\d\d-\d\d \(record [\w-]{22}, key [\w-]{43}\), and neither people, question nor answer were changed\. Whether it was revoked since, the gateway tells at \/evidence\/[\w-]{22}\.\n$/,
  );
  expect(code).toBe(0);
  const told = await verify(saved, "--jwks", jwks, "--json");
  expect(JSON.parse(told.stdout)).toMatchObject({ genuine: true, id, agency: "ubnd-00004" });
});

test("It is verified by the keys of a gateway of this machine, where none are named", async () => {
  const file = await save("own.json", saved);
  const { code } = await runCommand(["evidence", "verify", file], {
    env: { SIGNING_KEYS_DIR: keys },
  });
  expect(code).toBe(0);
});

test.each([
  ["FEMALE", "MALE", "OTHER_ANSWER", /^Not genuine: What the document says is not what was signed/],
  ['"salt": "', '"salt": "A', "OTHER_PEOPLE", /^Not genuine: It was signed for other people/],
])("With %s made %s it is not, and the exit code says so", async (from, to, fault, sentence) => {
  const changed = saved.replace(from, to);
  const { code, stdout, stderr } = await verify(changed, "--jwks", jwks);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(sentence);
  const told = await verify(changed, "--jwks", jwks, "--json");
  expect([told.code, JSON.parse(told.stdout)]).toEqual([1, { genuine: false, fault }]);
});

test("Neither is it by another gateway's keys", async () => {
  const none = await save("none.json", '{"keys":[]}');
  const { code, stderr } = await verify(saved, "--jwks", none);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Not genuine: It was signed with a key that is none of this gateway's/);
});

test("What is no document is told from a false one", async () => {
  const { code, stderr } = await verify("nonsense", "--jwks", jwks);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^This is no JSON\. Take the file as the officer's program saved it/);
});

test.each([
  [["evidence"], 2, /^Say what to do: verify, revoke or revocations\./],
  [["evidence", "forge"], 2, /^"forge" is nothing that can be done with evidence\./],
  [["evidence", "verify"], 2, /^Name one file/],
  [["evidence", "verify", "/nowhere"], 1, /^The document \/nowhere cannot be read \(ENOENT\)\./],
  [["evidence", "revocations", "--data", "/nowhere"], 1, /^GATEWAY_DATABASE_URL is not set/],
])("%j used wrongly or in vain ends with a sentence", async (args, code, sentence) => {
  const ran = await runCommand(args);
  expect(ran.code).toBe(code);
  expect(ran.stderr).toMatch(sentence);
});

test("Without any keys it says where to get them", async () => {
  const { code, stderr } = await verify(saved, "--data", "/nowhere");
  expect(code).toBe(1);
  expect(stderr).toBe(
    "There are no keys of a gateway on this machine. Save what yours tells at /.well-known/jwks.json, and name that file by --jwks.\n",
  );
});
