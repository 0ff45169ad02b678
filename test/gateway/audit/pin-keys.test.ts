import { createHmac } from "node:crypto";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { chooseKey, hashPin } from "../../../gateway/audit/pin-hash.ts";
import { makePinKey, readPinKeys } from "../../../gateway/audit/pin-keys.ts";
import { parsePin } from "../../../schema/values/pin.ts";
import { keyOf2026 } from "./access.ts";

const pin = parsePin("001190000007");
const summerOf2026 = Date.parse("2026-07-24T00:00:00Z");

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lien-thong-pin-keys-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function writeKey(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text, { mode: 0o600 });
}

describe("A PIN's hash", () => {
  test("is HMAC-SHA-256 under the epoch's key, and names it", () => {
    const hash = createHmac("sha256", Buffer.alloc(32, 26)).update("001190000007").digest();
    expect(hashPin(keyOf2026, pin)).toEqual({ key: "2026", hash });
  });

  test("takes the year's last key, never another year's", async () => {
    const folder = await makeFolder();
    for (const name of ["2025", "2026", "2026-b"])
      await writeKey(
        folder,
        `${name}.pin-key`,
        Buffer.alloc(32, name.length).toString("base64url"),
      );
    const keys = await readPinKeys(folder);
    expect(keys.map(({ id }) => id)).toEqual(["2025", "2026", "2026-b"]);
    expect(chooseKey(keys, summerOf2026).id).toBe("2026-b");
    expect(chooseKey(keys, Date.parse("2025-12-31T23:59:59.999Z")).id).toBe("2025");
    expect(() => chooseKey(keys, Date.parse("2027-01-01T00:00:00Z"))).toThrow(
      "no key for the PIN hashes of 2027",
    );
  });
});

describe("A folder of PIN keys", () => {
  test("gets one key a year, whoever makes it first, for its owner alone", async () => {
    const folder = join(await makeFolder(), "keys");
    await Promise.all([1, 2, 3].map(() => makePinKey(folder, 2026)));
    await makePinKey(folder, 2026);
    expect(await readdir(folder)).toEqual(["2026.pin-key"]);
    expect((await stat(join(folder, "2026.pin-key"))).mode & 0o777).toBe(0o600);
    const [key] = await readPinKeys(folder);
    expect(hashPin(key!, pin).hash).toHaveLength(32);
    expect(hashPin(key!, pin).hash).not.toEqual(hashPin(keyOf2026, pin).hash);
  });

  test("refuses a key that is short, is no base64url, or that others may read", async () => {
    const folder = await makeFolder();
    await writeKey(folder, "2026.pin-key", Buffer.alloc(31).toString("base64url"));
    await expect(readPinKeys(folder)).rejects.toThrow("must hold 32 bytes");
    await writeKey(folder, "2026.pin-key", Buffer.alloc(32, 255).toString("base64"));
    await expect(readPinKeys(folder)).rejects.toThrow("2026.pin-key must hold 32 bytes");
    await writeKey(folder, "2026.pin-key", `${Buffer.alloc(32).toString("base64url")}\n`);
    expect(await readPinKeys(folder)).toHaveLength(1);
    await chmod(join(folder, "2026.pin-key"), 0o640);
    await expect(readPinKeys(folder)).rejects.toThrow("Others than its owner may read");
  });

  test("is read past files of other names", async () => {
    const folder = await makeFolder();
    await writeKey(folder, "README", "keys");
    await writeKey(folder, "26.pin-key", "no");
    expect(await readPinKeys(folder)).toEqual([]);
  });
});
