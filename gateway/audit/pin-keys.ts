import { createSecretKey, randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PinKey } from "./pin-hash.ts";

const fileName = /^(\d{4}(-[a-z0-9]{1,16})?)\.pin-key$/;

/** As long as the hash: a shorter one would be the weaker part, a longer one no stronger (RFC 2104). */
const secretBytes = 32;

/**
 * Reads the keys of PIN hashes: files `<year>.pin-key` or `<year>-<name>.pin-key` that hold 32 bytes as
 * base64url. The folder must not lie where the log's database or its backups do. To end an epoch is to
 * delete its file, everywhere.
 *
 * @returns in the order of their ids
 * @throws {Error} with a sentence, naming the file, where one cannot be read, is not 32 bytes, or may be
 *   read by others
 */
export async function readPinKeys(folder: string): Promise<PinKey[]> {
  const names = (await readdir(folder)).filter((name) => fileName.test(name));
  const keys = await Promise.all(names.map((name) => readPinKey(folder, name)));
  return keys.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function readPinKey(folder: string, name: string): Promise<PinKey> {
  const file = join(folder, name);
  const { mode } = await stat(file);
  // Windows has no such modes.
  if (process.platform !== "win32" && (mode & 0o077) !== 0)
    throw new Error(
      `Others than its owner may read the PIN key ${file}. Close it: chmod 600 ${file}.`,
    );
  const text = (await readFile(file, "utf8")).trim();
  const secret = Buffer.from(text, "base64url");
  if (secret.length !== secretBytes || secret.toString("base64url") !== text)
    throw new Error(
      `The PIN key ${file} must hold ${secretBytes} bytes as base64url, which is 43 characters. Restore it from where it is kept safe.`,
    );
  return { id: fileName.exec(name)![1]!, secret: createSecretKey(secret) };
}

/** Makes a year's key where there is none. Safe when several processes do so at once: one of them makes it. */
export async function makePinKey(folder: string, year: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = await readdir(folder);
  if (names.some((name) => fileName.test(name) && Number(name.slice(0, 4)) === year)) return;
  const draft = join(folder, `draft-${randomBytes(8).toString("hex")}`);
  try {
    await writeFile(draft, `${randomBytes(secretBytes).toString("base64url")}\n`, { mode: 0o600 });
    // A link is there whole or not at all, and never replaces another process's key.
    await link(draft, join(folder, `${year}.pin-key`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}
