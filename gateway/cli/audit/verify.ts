import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { PublicKey } from "../../../schema/signatures.ts";
import { listHeads } from "../../audit/published-heads.ts";
import { verifyStoredLog } from "../../audit/stored-log.ts";
import { readHeadsBy } from "../../audit/tree-head.ts";
import { openPool } from "../../database/pool.ts";
import { openSigningKeys } from "../../identity/signing-keys.ts";
import { defaultDataDirectory } from "../on-databases.ts";
import { findDatabase } from "../quota/ledger.ts";

/** Milliseconds for a page of the log: nobody waits at a counter for it. */
const patienceMs = 60_000;

/** `lien-thong audit verify`. */
export async function runVerification(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      heads: { type: "string" },
      keys: { type: "string" },
      data: { type: "string", default: defaultDataDirectory },
      json: { type: "boolean", default: false },
    },
  });
  const { data, json } = values;
  const heads = values.heads ?? setOrThere("TREE_HEADS_DIR", join(data, "tree-heads"));
  const keys = heads === undefined ? [] : await readKeys(values.keys, data);
  const database = openPool(await findDatabase({ data }), { timeoutMs: patienceMs });
  try {
    const verdict = await verifyStoredLog(database, {
      files: heads === undefined ? none() : listHeads(heads),
      readHead: readHeadsBy(keys),
    });
    if (json) {
      const told = "root" in verdict ? { ...verdict, root: toText(verdict.root) } : verdict;
      console.log(JSON.stringify(told, null, 2));
    } else if (verdict.sound) console.log(verdict.sentence);
    else console.error(verdict.sentence);
    return verdict.sound ? 0 : 1;
  } finally {
    await database.destroy();
  }
}

/** A folder that a variable names, or that lies where `start` puts it. */
function setOrThere(variable: string, folder: string): string | undefined {
  return process.env[variable] || (existsSync(folder) ? folder : undefined);
}

async function readKeys(file: string | undefined, data: string): Promise<readonly PublicKey[]> {
  if (file !== undefined) {
    const { keys } = JSON.parse(await readFile(file, "utf8")) as { keys?: readonly PublicKey[] };
    if (Array.isArray(keys)) return keys;
    throw new Error(`${file} must hold { "keys": [ … ] }, as /.well-known/jwks.json tells them.`);
  }
  const folder = setOrThere("SIGNING_KEYS_DIR", join(data, "signing-keys"));
  if (folder === undefined)
    throw new Error(
      "The keys that signed the tree heads are not known; name a file of them by --keys, or their folder by SIGNING_KEYS_DIR.",
    );
  const keys = await openSigningKeys({ folder, now: Date.now, onFailure: () => {} });
  keys.stop();
  return keys.publicKeys().keys;
}

// Without published heads, none.
async function* none(): AsyncGenerator<never> {}

function toText(hash: Uint8Array): string {
  return Buffer.from(hash).toString("base64url");
}
