import { createPublicKey, verify } from "node:crypto";
import { chmod, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { calculateJwkThumbprint, compactVerify, createLocalJWKSet } from "jose";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { makeKeyFolder as makeSigningFolder } from "../../../gateway/identity/key-file.ts";
import { openSigningKeys } from "../../../gateway/identity/signing-keys.ts";
import type { SigningKeysOptions } from "../../../gateway/identity/signing-keys.ts";
import { keyKinds, signatureTypes } from "../../../schema/signatures.ts";
import { makeFullKeyFolder, makeKeyFolder } from "../../support/signing-keys.ts";
import type { KeyFolder } from "../../support/signing-keys.ts";

const start = Date.UTC(2026, 10, 25, 8);
const minute = 60_000;

let clock: number;
let folder: KeyFolder;
let failures: unknown[];

beforeEach(async () => {
  clock = start;
  failures = [];
  folder = await makeFullKeyFolder(start - minute);
  return () => folder.remove();
});

async function open(options: Partial<SigningKeysOptions> = {}) {
  const keys = await openSigningKeys({
    folder: folder.path,
    now: () => clock,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  onTestFinished(() => keys.stop());
  return keys;
}

const kidOf = (jws: string) =>
  (JSON.parse(Buffer.from(jws.split(".")[0]!, "base64url").toString()) as { kid: string }).kid;

describe("a signature", () => {
  test.each(keyKinds)("of the kind %s is a JWS of its type, by a key of its kind", async (kind) => {
    const keys = await open();
    const { payload, protectedHeader } = await compactVerify(
      keys.sign(kind, "Trần Thị Hoa"),
      createLocalJWKSet(keys.publicKeys()),
    );
    expect(Buffer.from(payload).toString()).toBe("Trần Thị Hoa");
    expect(protectedHeader).toMatchObject({ alg: "ES256", typ: signatureTypes[kind] });
    const { kid } = protectedHeader;
    expect(keys.publicKeys().keys.find((key) => key.kid === kid)).toMatchObject({ kind });
  });

  test("is what OpenSSL verifies, however many zeros its two numbers begin with", async () => {
    const keys = await open();
    const jwk = keys.publicKeys().keys.find(({ kind }) => kind === "head")!;
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    const zeros = new Set<number>();
    // One number of 256 begins with a zero.
    for (let i = 0; i < 2_000; i++) {
      const jws = keys.sign("head", String(i));
      const at = jws.lastIndexOf(".");
      const signature = Buffer.from(jws.slice(at + 1), "base64url");
      expect(signature).toHaveLength(64);
      for (const place of [0, 32]) if (signature[place] === 0) zeros.add(place);
      const signed = Buffer.from(jws.slice(0, at));
      expect(verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
    }
    expect(zeros.size).toBe(2);
  });

  test("is made by the newest key whose time has come", async () => {
    const old = await folder.add("service", start - 2 * minute);
    const keys = await open();
    const used = kidOf(keys.sign("service", ""));
    expect(used).not.toBe(old.kid);
    const newest = await folder.add("service", start + minute);
    const reread = await open();
    expect(kidOf(reread.sign("service", ""))).toBe(used);
    clock = start + minute;
    expect(kidOf(reread.sign("service", ""))).toBe(newest.kid);
  });
});

describe("the published keys", () => {
  test("are those of the past and of the future too", async () => {
    const future = await folder.add("evidence", start + 1_000 * minute);
    const past = await folder.add("evidence", 0);
    const kids = (await open()).publicKeys().keys.map(({ kid }) => kid);
    expect(kids).toHaveLength(5);
    expect(kids).toEqual(expect.arrayContaining([future.kid, past.kid]));
  });

  test("have the members that verifiers need, and none that signs", async () => {
    const { kid, jwk } = await folder.add("head", start);
    // What a file has besides stays inside too.
    await folder.write(`head-${kid}.jwk`, { ...jwk, dp: "secret", note: "secret" });
    const keys = await open();
    for (const key of keys.publicKeys().keys) {
      expect(Object.keys(key).toSorted()).toEqual(
        ["alg", "crv", "kid", "kind", "kty", "use", "x", "y"].toSorted(),
      );
      expect(key).toMatchObject({ use: "sig", alg: "ES256", kty: "EC", crv: "P-256" });
    }
    expect(JSON.stringify(keys.publicKeys())).not.toContain(jwk.d);
    expect(JSON.stringify(keys.publicKeys())).not.toContain("secret");
  });

  test("keep a key whose private half was taken away, which then signs no more", async () => {
    const { kid, jwk, file } = await folder.add("evidence", start);
    expect(kidOf((await open()).sign("evidence", ""))).toBe(kid);
    const { d: _, ...publicHalf } = jwk;
    await rm(file);
    await folder.write("retired.jwk", publicHalf);
    const keys = await open();
    expect(kidOf(keys.sign("evidence", ""))).not.toBe(kid);
    expect(keys.publicKeys().keys.map((key) => key.kid)).toContain(kid);
  });
});

describe("the folder", () => {
  test("is looked at again: a new key is published without a restart", async () => {
    const keys = await open({ everyMs: 5 });
    const { kid } = await folder.add("service", start + minute);
    await expect.poll(() => keys.publicKeys().keys.map((key) => key.kid)).toContain(kid);
    clock += minute;
    expect(kidOf(keys.sign("service", ""))).toBe(kid);
    expect(failures).toEqual([]);
  });

  test("that cannot be read any more leaves the keys of before, and says why", async () => {
    const keys = await open({ everyMs: 5 });
    const before = keys.publicKeys();
    const bad = await folder.write("bad.jwk", "{");
    await expect.poll(() => failures.length).toBeGreaterThan(1);
    expect(failures[0]).toMatchObject({
      message: `The key file ${bad} must hold one JWK, a JSON object.`,
    });
    expect(keys.publicKeys()).toEqual(before);
    expect(keys.sign("service", "")).toMatch(/^[\w-]+\.\.[\w-]+$/);
  });

  test("gets a made key as a file for its user alone, named by its thumbprint", async () => {
    const { kid, file, jwk } = await folder.add("head", start);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(kid).toBe(await calculateJwkThumbprint(jwk));
    expect(await readdir(folder.path)).toHaveLength(4);
  });
});

describe("a made folder", () => {
  test("has a key of each kind, for its user alone, and opens at once", async () => {
    const made = join(folder.path, "below", "keys");
    await makeSigningFolder(made, start);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
    const keys = await open({ folder: made });
    expect(keys.publicKeys().keys.map(({ kind }) => kind)).toEqual(["evidence", "head", "service"]);
  });

  test("is made by one of several at the same time, and never again", async () => {
    const made = join(folder.path, "keys");
    await Promise.all([1, 2, 3].map(() => makeSigningFolder(made, start)));
    const before = await readdir(made);
    await makeSigningFolder(made, start + minute);
    expect(await readdir(made)).toEqual(before);
    expect(before).toHaveLength(3);
    expect((await readdir(folder.path)).filter((name) => name.startsWith("keys"))).toEqual([
      "keys",
    ]);
  });
});

describe("a folder is refused with a sentence", () => {
  test("that is not there", async () => {
    const missing = join(folder.path, "missing");
    await expect(open({ folder: missing })).rejects.toThrow(
      `The folder of signing keys ${missing} is not there. Make it for this user alone (mode 0700), with a key of each kind: service, head, evidence.`,
    );
  });

  test("that others may read", async () => {
    await chmod(folder.path, 0o750);
    await expect(open()).rejects.toThrow(
      `The folder of signing keys ${folder.path} is open to other users. Close it to them: chmod 700 ${folder.path}`,
    );
  });

  test("with a file that others may read", async () => {
    const { file } = await folder.add("service", start);
    await chmod(file, 0o640);
    await expect(open()).rejects.toThrow(
      `The key file ${file} is open to other users. Close it to them, chmod 600 ${file}, and replace the key if they may have read it.`,
    );
  });

  test.each(keyKinds)("that lacks a key of the kind %s which may sign by now", async (kind) => {
    const partial = await makeKeyFolder();
    onTestFinished(() => partial.remove());
    for (const each of keyKinds) await partial.add(each, each === kind ? start + 1 : start);
    await expect(open({ folder: partial.path })).rejects.toThrow(
      `The folder of signing keys ${partial.path} holds no key of the kind ${kind} that may sign by now. Put a file *.jwk with one there, its \`activeFrom\` in the past.`,
    );
    clock = start + 1;
    expect((await open({ folder: partial.path })).publicKeys().keys).toHaveLength(3);
  });

  test("that holds one key for two uses", async () => {
    const { kid, jwk } = await folder.add("service", start);
    await folder.write("twin.jwk", { ...jwk, kid: `${kid}-2`, kind: "evidence" });
    await expect(open()).rejects.toThrow(/holds one key twice/);
  });

  test("that holds two keys of one name", async () => {
    const { kid } = await folder.add("service", start);
    const { jwk, file } = await folder.add("service", start);
    await rm(file);
    await folder.write("twin.jwk", { ...jwk, kid });
    await expect(open()).rejects.toThrow(/holds one name twice/);
  });

  test.each([
    ["no JSON", () => "d: secret", "must hold one JWK"],
    ["a kid that is a path", (jwk: object) => ({ ...jwk, kid: "../a" }), "must have a `kid`"],
    ["no kind", (jwk: object) => ({ ...jwk, kind: undefined }), "must have a `kind`"],
    ["an unknown kind", (jwk: object) => ({ ...jwk, kind: "token" }), "must have a `kind`"],
    ["no activeFrom", (jwk: object) => ({ ...jwk, activeFrom: undefined }), "an `activeFrom`"],
    ["a local time", (jwk: object) => ({ ...jwk, activeFrom: "2026-11-25T08:00" }), "in UTC"],
    [
      "an impossible time",
      (jwk: object) => ({ ...jwk, activeFrom: "2026-13-25T08:00:00Z" }),
      "in UTC",
    ],
    ["another curve", (jwk: object) => ({ ...jwk, crv: "P-384" }), '`crv` "P-256"'],
    ["a shared secret", (jwk: object) => ({ ...jwk, kty: "oct", k: "secret" }), '`kty` "EC"'],
    ["no point of the curve", (jwk: object) => ({ ...jwk, x: "AAAA" }), "a point of P-256"],
    ["another key's private half", (jwk: object, d: string) => ({ ...jwk, d }), "a point of P-256"],
  ])("with a file that has %s", async (_, spoil, said) => {
    const { jwk, file } = await folder.add("service", start);
    const other = await folder.add("service", start);
    await rm(file);
    const spoilt = await folder.write("spoilt.jwk", spoil(jwk, other.jwk.d!));
    const refusal = await open().catch((error: Error) => error.message);
    expect(refusal).toContain(spoilt);
    expect(refusal).toContain(said);
    expect(refusal).not.toContain("secret");
    expect(refusal).not.toContain(jwk.d);
  });
});
