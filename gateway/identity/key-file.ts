import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { calculateJwkThumbprint } from "jose";
import { isKeyKind, keyKinds, signatureAlgorithm } from "../../schema/signatures.ts";
import type { KeyKind, PublicKey } from "../../schema/signatures.ts";

/** A key of the folder. */
export interface StoredKey {
  readonly kid: string;
  readonly kind: KeyKind;
  /** Milliseconds since 1970 from which it signs; before, it is published alone. */
  readonly activeFrom: number;
  readonly publicKey: PublicKey;
  /** Undefined where the file holds the public half alone: a key that only verifies any more. */
  readonly privateKey: KeyObject | undefined;
}

/** What the names of key files end in; anything else in the folder is not read. */
export const keyFileEnding = ".jwk";

/**
 * Reads a file with one key: a JWK of the curve P-256 with `kid`, `kind` and `activeFrom` (ISO 8601, UTC).
 * A file without `d` holds a key that signs no more and still verifies.
 *
 * @throws {Error} with a sentence that names the file and never what stands in it
 */
export function parseKeyFile(text: string, path: string): StoredKey {
  const jwk = readObject(text, path);
  const { kid, kind, activeFrom, x, y, d } = jwk;
  const mustBe = (what: string) => new Error(`The key file ${path} must have ${what}.`);
  if (typeof kid !== "string" || !/^[A-Za-z0-9_-]{1,100}$/.test(kid))
    throw mustBe("a `kid` of 1 to 100 letters, digits, - and _");
  if (!isKeyKind(kind)) throw mustBe(`a \`kind\`, one of ${keyKinds.join(", ")}`);
  if (!isInstant(activeFrom))
    throw mustBe("an `activeFrom` in UTC such as 2026-11-25T08:00:00Z, from when the key signs");
  if (
    jwk["kty"] !== "EC" ||
    jwk["crv"] !== "P-256" ||
    typeof x !== "string" ||
    typeof y !== "string"
  )
    throw mustBe('`kty` "EC", `crv` "P-256", `x` and `y`');
  const publicKey: PublicKey = {
    kty: "EC",
    crv: "P-256",
    x,
    y,
    kid,
    kind,
    use: "sig",
    alg: signatureAlgorithm,
  };
  const privateKey = d === undefined ? undefined : { kty: "EC", crv: "P-256", x, y, d };
  return {
    kid,
    kind,
    activeFrom: Date.parse(activeFrom),
    publicKey,
    privateKey: importPair(publicKey, privateKey, path),
  };
}

function readObject(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // The parser's own message would repeat a part of the key.
  }
  throw new Error(`The key file ${path} must hold one JWK, a JSON object.`);
}

function isInstant(value: unknown): value is string {
  return (
    typeof value === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

/** Imports both halves, and tries them on each other: owners would refuse whatever a wrong pair signs. */
function importPair(
  { kty, crv, x, y }: PublicKey,
  privateJwk: Record<string, unknown> | undefined,
  path: string,
): KeyObject | undefined {
  try {
    const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
    if (privateJwk === undefined) return undefined;
    const privateKey = createPrivateKey({ key: privateJwk, format: "jwk" });
    const trial = Buffer.from("trial");
    if (verify("sha256", trial, publicKey, sign("sha256", trial, privateKey))) return privateKey;
  } catch {
    // OpenSSL's words would not help; the sentence below does.
  }
  throw new Error(
    `The key file ${path} must hold a point of P-256, and a \`d\` that belongs to it. Make the key anew.`,
  );
}

/**
 * Makes a key, and puts it into the folder as a file for this user alone; whole, for a gateway may be
 * reading the folder.
 *
 * @param activeFrom milliseconds since 1970. Where gateways are running already, some minutes ahead: each
 *   of them must have published the key before the first of them signs with it.
 * @returns the file's path
 */
export async function makeKeyFile(
  folder: string,
  { kind, activeFrom }: { readonly kind: KeyKind; readonly activeFrom: number },
): Promise<string> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y, d } = privateKey.export({ format: "jwk" });
  const kid = await calculateJwkThumbprint({ kty: "EC", crv: "P-256", x: x!, y: y! });
  const key = {
    kty: "EC",
    crv: "P-256",
    x,
    y,
    d,
    kid,
    kind,
    alg: signatureAlgorithm,
    use: "sig",
    activeFrom: new Date(activeFrom).toISOString(),
  };
  const path = join(folder, `${kind}-${kid}${keyFileEnding}`);
  const draft = `${path}.draft`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(key, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  return path;
}

/**
 * Makes a folder with a key of each kind, where there is none; one with something in it stays as it is. It
 * comes into being with all its keys in it, so that neither a crash nor a second process leaves half of one.
 *
 * @param activeFrom milliseconds since 1970
 * @returns whether it was made
 */
export async function makeKeyFolder(folder: string, activeFrom: number): Promise<boolean> {
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) return false;
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}.`);
  try {
    for (const kind of keyKinds) await makeKeyFile(draft, { kind, activeFrom });
    await rename(draft, folder);
    return true;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    return false;
  }
}
