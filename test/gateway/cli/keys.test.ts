import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openSigningKeys } from "../../../gateway/identity/signing-keys.ts";
import { keyKinds } from "../../../schema/signatures.ts";
import { runCommand } from "../../support/command-line.ts";
import { makeFolder, removeFolder } from "../local/cluster-owner.ts";

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await makeFolder();
  folder = join(parent, "deep", "signing-keys");
  return () => removeFolder(parent);
});

const env = () => ({ SIGNING_KEYS_DIR: folder });

/** Names of the keys that sign at an instant, as a gateway would use them. */
async function readSigners(now: number) {
  const keys = await openSigningKeys({ folder, now: () => now, onFailure: () => undefined });
  keys.stop();
  return keyKinds.map((kind) => {
    const [header] = keys.sign(kind, "").split(".");
    return (JSON.parse(Buffer.from(header!, "base64url").toString()) as { kid: string }).kid;
  });
}

describe("lien-thong keys", () => {
  it("makes a folder that a gateway signs with, for this user alone, and changes none that is there", async () => {
    const made = await runCommand(["keys", "make", folder]);
    expect(made).toEqual({
      code: 0,
      stdout: `Made ${folder}, with a key of each kind: service, head, evidence.\n`,
      stderr: "",
    });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const before = await readSigners(Date.now());
    expect(new Set(before).size).toBe(3);
    const again = await runCommand(["keys", "make"], { env: env() });
    expect(again.stdout).toBe(
      `${folder} is there already, with something in it. Nothing was changed.\n`,
    );
    expect(await readSigners(Date.now())).toEqual(before);
  });

  it("adds a key that signs five minutes later, or at once where the old one was stolen", async () => {
    await runCommand(["keys", "make"], { env: env() });
    const [service] = await readSigners(Date.now());
    const { code, stdout } = await runCommand(["keys", "add", "service"], { env: env() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Made .+\/service-.+\.jwk, which signs from .+Z on\.\n$/);
    expect((await readSigners(Date.now() + 4 * 60_000))[0]).toBe(service);
    const [next] = await readSigners(Date.now() + 6 * 60_000);
    expect(next).not.toBe(service);
    await runCommand(["keys", "add", "service", folder, "--now"]);
    const [atOnce] = await readSigners(Date.now());
    expect([service, next]).not.toContain(atOnce);
    expect(await readdir(folder)).toHaveLength(5);
  });

  it.each([
    [["keys"], 'keys can "make" and "add".'],
    [["keys", "remove"], 'keys can "make" and "add", not "remove".'],
    [["keys", "make"], "Give one DIR, or set SIGNING_KEYS_DIR."],
    [["keys", "add", "master"], 'KIND must be one of service, head, evidence, not "master".'],
  ])("ends with 2 where it is used wrongly: %j", async (args, sentence) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
  });
});
