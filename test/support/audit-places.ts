import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeKeyFolder } from "../../gateway/identity/key-file.ts";

/** Where a gateway of a test keeps what must not lie in its database. */
export interface AuditPlaces {
  /** For its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly signingKeysDir: string;
  readonly pinKeysDir: string;
  readonly headsDir: string;
  remove(): Promise<void>;
}

/** Makes folders of its own for signing keys, PIN keys and tree heads. */
export async function makeAuditPlaces(): Promise<AuditPlaces> {
  const folder = await mkdtemp(join(tmpdir(), "lien-thong-audit-"));
  const signingKeysDir = join(folder, "signing-keys");
  const pinKeysDir = join(folder, "pin-keys");
  const headsDir = join(folder, "heads");
  await makeKeyFolder(signingKeysDir, 0);
  await mkdir(headsDir);
  return {
    env: {
      SIGNING_KEYS_DIR: signingKeysDir,
      PIN_KEYS_DIR: pinKeysDir,
      TREE_HEADS_DIR: headsDir,
    },
    signingKeysDir,
    pinKeysDir,
    headsDir,
    remove: () => rm(folder, { recursive: true }),
  };
}
