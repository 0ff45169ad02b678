import { sign } from "node:crypto";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { keyKinds, signatureAlgorithm, signatureTypes } from "../../schema/signatures.ts";
import type { KeyKind, PublicKey } from "../../schema/signatures.ts";
import { keyFileEnding, parseKeyFile } from "./key-file.ts";
import type { StoredKey } from "./key-file.ts";

/** The keys that the gateway signs with. */
export interface SigningKeys {
  /**
   * Signs with the newest key of the kind whose time has come: a compact JWS (RFC 7515) of that kind's
   * type. At once and without waiting, since each call to a source needs one.
   */
  sign(kind: KeyKind, payload: string): string;
  /** Every key of the folder, those of the future and of the past too, without what signs (RFC 7517). */
  publicKeys(): { readonly keys: PublicKey[] };
  /** Afterwards the folder is not read again. */
  stop(): void;
}

export interface SigningKeysOptions {
  /** One key a file, as `parseKeyFile` reads them; every gateway of a country shares it. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told why the folder could not be read again; the keys of before go on. */
  readonly onFailure: (error: unknown) => void;
  /**
   * Milliseconds between two looks at the folder, 30,000 by default: folders that machines share tell
   * nobody of changes, and a key is published long before it signs.
   */
  readonly everyMs?: number;
}

/**
 * Opens a folder of keys. Keys change without a break: a file with a key whose `activeFrom` lies ahead
 * is published first and signs from then on; older ones stay published for as long as their files are
 * there, for what they signed.
 *
 * @throws {Error} with a sentence where the folder is not there, others may read it, or it lacks a key
 *   of some kind that may sign by now
 */
export async function openSigningKeys({
  folder,
  now,
  onFailure,
  everyMs = 30_000,
}: SigningKeysOptions): Promise<SigningKeys> {
  const read = async () => {
    const keys = await readFolder(folder);
    for (const kind of keyKinds) findNewest(keys, kind, now(), folder);
    return keys;
  };
  let keys = await read();
  let reading = false;
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    read()
      .then((fresh) => {
        keys = fresh;
      })
      .catch(onFailure)
      .finally(() => {
        reading = false;
      });
  }, everyMs);
  timer.unref();
  return {
    sign: (kind, payload) => signCompact(findNewest(keys, kind, now(), folder), payload),
    publicKeys: () => ({ keys: keys.map(({ publicKey }) => publicKey) }),
    stop: () => clearInterval(timer),
  };
}

interface Signer extends StoredKey {
  readonly privateKey: NonNullable<StoredKey["privateKey"]>;
}

function findNewest(
  keys: readonly StoredKey[],
  kind: KeyKind,
  now: number,
  folder: string,
): Signer {
  let newest: Signer | undefined;
  for (const key of keys)
    if (
      key.kind === kind &&
      canSign(key) &&
      key.activeFrom <= now &&
      key.activeFrom >= (newest?.activeFrom ?? Number.NEGATIVE_INFINITY)
    )
      newest = key;
  if (newest !== undefined) return newest;
  throw new Error(
    `The folder of signing keys ${folder} holds no key of the kind ${kind} that may sign by now. Put a file *${keyFileEnding} with one there, its \`activeFrom\` in the past.`,
  );
}

function canSign(key: StoredKey): key is Signer {
  return key.privateKey !== undefined;
}

function signCompact({ kid, kind, privateKey }: Signer, payload: string): string {
  const header = { alg: signatureAlgorithm, typ: signatureTypes[kind], kid };
  const signed = `${encode(JSON.stringify(header))}.${encode(payload)}`;
  const signature = joinNumbers(sign("sha256", Buffer.from(signed), privateKey));
  return `${signed}.${signature.toString("base64url")}`;
}

/** Bytes of a number of P-256. */
const numberBytes = 32;

/**
 * The two numbers of a signature as JOSE writes them, side by side (RFC 7518, section 3.4), out of the
 * ASN.1 in which OpenSSL gives them: a sequence of two integers, each of them 33 bytes at most. Node does
 * the same for `dsaEncoding: "ieee-p1363"`, at 20 µs, which is more than it signs in.
 */
function joinNumbers(sequence: Buffer): Buffer {
  const joined = Buffer.alloc(2 * numberBytes);
  let at = 2;
  for (const end of [numberBytes, 2 * numberBytes]) {
    const start = at + 2;
    at = start + sequence[start - 1]!;
    // An integer begins with a zero where its sign would else be negative, and lacks zeros that say nothing.
    const digits = sequence.subarray(Math.max(start, at - numberBytes), at);
    digits.copy(joined, end - digits.length);
  }
  return joined;
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

/** @throws {Error} with a sentence */
async function readFolder(folder: string): Promise<StoredKey[]> {
  const names = await listFolder(folder);
  const keys = await Promise.all(names.map((name) => readKey(join(folder, name))));
  refuseTwins(keys, folder);
  return keys;
}

/** In one order, so that gateways of one folder choose the same of two keys with one `activeFrom`. */
async function listFolder(folder: string): Promise<string[]> {
  const its = `The folder of signing keys ${folder}`;
  const status = await stat(folder).catch(() => undefined);
  if (!status?.isDirectory())
    throw new Error(
      `${its} is not there. Make it for this user alone (mode 0700), with a key of each kind: ${keyKinds.join(", ")}.`,
    );
  if (isOpenToOthers(status.mode))
    throw new Error(`${its} is open to other users. Close it to them: chmod 700 ${folder}`);
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith(keyFileEnding)).toSorted();
}

async function readKey(path: string): Promise<StoredKey> {
  const file = await open(path).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(
      `The key file ${path} cannot be read (${code}). Give it to the gateway's user.`,
    );
  });
  try {
    if (isOpenToOthers((await file.stat()).mode))
      throw new Error(
        `The key file ${path} is open to other users. Close it to them, chmod 600 ${path}, and replace the key if they may have read it.`,
      );
    return parseKeyFile(await file.readFile("utf8"), path);
  } finally {
    await file.close();
  }
}

/** Windows has no such modes: there, whoever sets the folder up answers for its access list. */
function isOpenToOthers(mode: number): boolean {
  return process.platform !== "win32" && (mode & 0o077) !== 0;
}

/** Two keys of one name could not be told apart; and one key of two kinds would serve two uses. */
function refuseTwins(keys: readonly StoredKey[], folder: string): void {
  const seen = new Set<string>();
  for (const { kid, publicKey } of keys)
    for (const [what, value] of [
      ["name", kid],
      ["key", `${publicKey.x}.${publicKey.y}`],
    ] as const) {
      if (seen.has(`${what} ${value}`))
        throw new Error(
          `The folder of signing keys ${folder} holds one ${what} twice, that of ${kid}. Keep each key once, for one use.`,
        );
      seen.add(`${what} ${value}`);
    }
}
