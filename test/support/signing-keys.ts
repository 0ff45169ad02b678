import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JWK } from "jose";
import { makeKeyFile } from "../../gateway/identity/key-file.ts";
import { keyKinds } from "../../schema/signatures.ts";
import type { KeyKind } from "../../schema/signatures.ts";

type NamedKey = JWK & { readonly kid: string };

/** A folder of keys of a test's own. */
export interface KeyFolder {
  readonly path: string;
  /** Adds a key that signs from an instant on, in milliseconds since 1970; its name, file and JWK. */
  add(kind: KeyKind, activeFrom: number): Promise<{ kid: string; file: string; jwk: NamedKey }>;
  /** Every key, its private half too. */
  list(): Promise<NamedKey[]>;
  /** Writes a file for this user alone. */
  write(name: string, content: string | object): Promise<string>;
  remove(): Promise<void>;
}

export async function makeKeyFolder(): Promise<KeyFolder> {
  const path = await mkdtemp(join(tmpdir(), "lien-thong-keys-"));
  return {
    path,
    async add(kind, activeFrom) {
      const file = await makeKeyFile(path, { kind, activeFrom });
      const jwk = await readKey(file);
      return { kid: jwk.kid, file, jwk };
    },
    async list() {
      const names = await readdir(path);
      return await Promise.all(names.map((name) => readKey(join(path, name))));
    },
    async write(name, content) {
      const file = join(path, name);
      await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
      await chmod(file, 0o600);
      return file;
    },
    remove: () => rm(path, { recursive: true }),
  };
}

async function readKey(file: string): Promise<NamedKey> {
  return JSON.parse(await readFile(file, "utf8")) as NamedKey;
}

/** A folder with a key of each kind, in use since an instant. */
export async function makeFullKeyFolder(activeFrom: number): Promise<KeyFolder> {
  const folder = await makeKeyFolder();
  for (const kind of keyKinds) await folder.add(kind, activeFrom);
  return folder;
}
