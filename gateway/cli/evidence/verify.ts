import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { JSONWebKeySet } from "jose";
import { readDocument } from "../../evidence/document.ts";
import { faultWords } from "../../evidence/fault-words.ts";
import { signingDay } from "../../evidence/record.ts";
import { verifyDocument } from "../../evidence/verify.ts";
import type { SignedRecord } from "../../evidence/verify.ts";
import { openSigningKeys } from "../../identity/signing-keys.ts";
import { defaultDataDirectory } from "../on-databases.ts";

interface Wish {
  readonly file: string;
  /** File of public keys; undefined for those of this machine. */
  readonly jwks: string | undefined;
  readonly data: string;
  readonly json: boolean;
}

/** `lien-thong evidence verify`. */
export function readVerifyTask(args: readonly string[]): () => Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      jwks: { type: "string" },
      data: { type: "string", default: defaultDataDirectory },
      json: { type: "boolean", default: false },
    },
  });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0)
    throw new Error("Name one file, the answer of a look-up as it was saved.");
  const { jwks, data, json } = values;
  return () => verify({ file, jwks, data, json });
}

/** @returns 0 where the document is genuine, else 1 */
async function verify({ file, jwks, data, json }: Wish): Promise<number> {
  const document = readDocument(await readText(file, "The document"));
  const keys = jwks === undefined ? await readOwnKeys(data) : await readKeys(jwks);
  const verdict = await verifyDocument(document, { keys, isRevoked: () => false });
  if (verdict.kind === "genuine") {
    const { record, kid } = verdict;
    if (json) console.log(JSON.stringify({ genuine: true, ...tell(verdict) }, null, 2));
    else
      console.log(
        `Genuine: signed for ${record.agency} on ${signingDay(record)} (record ${record.id}, key ${kid}), and neither people, question nor answer were changed. Whether it was revoked since, the gateway tells at /evidence/${record.id}.`,
      );
    return 0;
  }
  if (json) console.log(JSON.stringify({ genuine: false, fault: verdict.fault }, null, 2));
  else console.error(`Not genuine: ${faultWords[verdict.fault].en}`);
  return 1;
}

function tell({ record, kid }: SignedRecord) {
  const { id, agency } = record;
  return { id, day: signingDay(record), agency, keyId: kid };
}

async function readKeys(file: string): Promise<JSONWebKeySet> {
  const text = await readText(file, "The file of keys");
  try {
    const value = JSON.parse(text) as JSONWebKeySet;
    if (Array.isArray(value.keys)) return value;
  } catch {
    // The sentence below says more.
  }
  throw new Error(
    `${file} is no set of keys. Save what the gateway tells at /.well-known/jwks.json, and name that file by --jwks.`,
  );
}

/** The public keys of a gateway of this machine. */
async function readOwnKeys(data: string): Promise<JSONWebKeySet> {
  const folder = process.env["SIGNING_KEYS_DIR"] || join(data, "signing-keys");
  if (!existsSync(folder))
    throw new Error(
      "There are no keys of a gateway on this machine. Save what yours tells at /.well-known/jwks.json, and name that file by --jwks.",
    );
  const keys = await openSigningKeys({ folder, now: Date.now, onFailure: () => undefined });
  keys.stop();
  return keys.publicKeys();
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${what} ${file} cannot be read (${code}). Name one that can.`, {
      cause: error,
    });
  }
}
